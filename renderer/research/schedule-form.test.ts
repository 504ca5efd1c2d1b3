import { describe, expect, it } from 'vitest';
import { newTrainingScheduleSchema, type TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import {
  emptySchedule,
  readConfiguration,
  readSchedule,
  typedConfiguration,
  typedSchedule,
  type TypedSchedule,
} from './schedule-form.ts';

const configuration = {
  data: { kind: 'csv', file: 'digits.csv' },
  model: { name: 'digits', version: '1.0.0', recording: 'sustentada' },
};
const zone = 'America/Sao_Paulo';
const typed = (changes: Partial<TypedSchedule> = {}): TypedSchedule => ({
  ...emptySchedule(zone),
  id: 'weekly',
  kind: 'digits',
  expression: ' 0 3 * * 6 ',
  configuration: JSON.stringify(configuration),
  ...changes,
});
const read = (changes: Partial<TypedSchedule>) => readSchedule(typed(changes), ['nightly']);

describe('a schedule that is typed', () => {
  it.each([
    [{}, { on: 'cron', expression: '0 3 * * 6', timeZone: zone }],
    [
      { on: 'labelled-sessions', count: 20 },
      { on: 'labelled-sessions', count: 20 },
    ],
    [{ on: 'drift-alert' }, { on: 'drift-alert', model: null }],
    [
      { on: 'drift-alert', model: ' vowel ' },
      { on: 'drift-alert', model: 'vowel' },
    ],
    [{ on: 'message' }, { on: 'message' }],
  ] as const)('becomes what the registry takes: %j', (changes, occasion) => {
    expect(read(changes)).toEqual({
      ok: true,
      id: 'weekly',
      schedule: newTrainingScheduleSchema.parse({ kind: 'digits', occasion, configuration }),
    });
  });

  it.each([
    [{ id: ' ' }, { id: 'missing' }],
    [{ id: 'Semanal!' }, { id: 'slug' }],
    [{ id: 'nightly' }, { id: 'taken' }],
    [{ kind: '' }, { kind: 'missing' }],
    [{ kind: 'vogal longa' }, { kind: 'slug' }],
    [{ expression: '' }, { expression: 'missing' }],
    [{ expression: 'toda semana' }, { expression: 'cron' }],
    [{ on: 'labelled-sessions', count: undefined }, { count: 'count' }],
    [{ on: 'labelled-sessions', count: 2.5 }, { count: 'count' }],
    [{ on: 'drift-alert', model: 'v'.repeat(61) }, { model: 'too-long' }],
    [{ configuration: '' }, { configuration: { is: 'missing' } }],
    [{ attempts: 21 }, { attempts: 'number' }],
    [{ firstDelayS: 'soon' }, { firstDelayS: 'number' }],
    [{ timeoutMinutes: 0 }, { timeoutMinutes: 'number' }],
  ] as const)('is not sent where it says %j', (changes, faults) => {
    expect(read(changes)).toEqual({ ok: false, faults });
  });

  it('does not mind what another kind of occasion would need', () => {
    expect(read({ on: 'message', expression: 'x', count: 'many', model: 'v'.repeat(61) })).toMatchObject({
      ok: true,
    });
  });

  it('is opened as it stands at the registry, and saved unchanged is the same', () => {
    const occasion = { on: 'cron', expression: '30 2 * * SUN', timeZone: 'Europe/Lisbon' } as const;
    const content = newTrainingScheduleSchema.parse({
      kind: 'vowel',
      occasion,
      isEnabled: false,
      configuration,
      limits: { attempts: 2 },
    });
    const schedule: TrainingSchedule = {
      ...content,
      id: 'sundays',
      changedAt: '2026-11-21T12:00:00.000Z',
      changedBy: 'ana',
      nextAt: null,
      labelledSessions: null,
      lastJobId: null,
    };
    expect(readSchedule(typedSchedule(schedule, zone), [])).toEqual({
      ok: true,
      id: 'sundays',
      schedule: content,
    });
  });
});

describe('a configuration that is typed', () => {
  const fault = (text: string) => {
    const found = readConfiguration(text);
    return found.ok ? null : found.fault;
  };

  it.each([
    ['{"data": ', { is: 'not-json' }],
    ['[1, 2]', { is: 'not-json' }],
    ['"digits"', { is: 'not-json' }],
    [
      JSON.stringify({ ...configuration, data: { kind: 'csv', file: '/home/ana/digits.csv' } }),
      { is: 'outside' },
    ],
    [
      JSON.stringify({ ...configuration, fit: { seed: -1, sead: 1 }, colour: 'red' }),
      { is: 'wrong', keys: ['fit › seed', 'fit › sead', 'colour'] },
    ],
    [
      JSON.stringify({ ...configuration, data: { kind: 'registry', recordings: [] } }),
      { is: 'wrong', keys: ['data › recordings', 'data › label'] },
    ],
  ])('is refused by the keys that are wrong: %s', (text, expected) => {
    expect(fault(text)).toEqual(expected);
  });

  it('is written with every number that stands behind it', () => {
    const first = readConfiguration(JSON.stringify(configuration));
    if (!first.ok) throw new Error('refused');
    expect(readConfiguration(typedConfiguration(first.value))).toEqual(first);
    expect(typedConfiguration(first.value)).toContain('"recordingsPerBatch": 5');
  });
});
