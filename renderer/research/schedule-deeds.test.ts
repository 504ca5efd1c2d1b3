import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountId } from '../../contract/ids.ts';
import { newTrainingScheduleSchema, type TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import type { ProblemCode } from '../../contract/result.ts';
import { fail, ok } from '../../contract/result.ts';
import { createClient } from '../api/client.ts';
import { memoryTransport } from '../api/transport.memory.ts';
import { removeSchedule, saveSchedule, switchSchedule } from './schedule-deeds.ts';
import { draftKey, dropDraft, keepDraft, useScheduleDrafts } from './schedule-drafts.ts';
import { emptySchedule, type NewSchedule } from './schedule-form.ts';

const content = (changes: object = {}): NewSchedule =>
  newTrainingScheduleSchema.parse({
    kind: 'digits',
    occasion: { on: 'cron', expression: '0 3 * * 6', timeZone: 'UTC' },
    configuration: {
      data: { kind: 'csv', file: 'digits.csv' },
      model: { name: 'digits', version: '1.0.0', recording: 'sustentada' },
    },
    ...changes,
  });

/** A registry that takes whatever it is given, as the real one does, and notes when. */
function registry() {
  const held = new Map<string, TrainingSchedule>();
  let made = 0;
  let problem: ProblemCode | null = null;
  let isAnswerLost = false;
  const put = (id: string, schedule: NewSchedule, changedBy = 'ana'): TrainingSchedule => {
    made += 1;
    const whole = {
      ...schedule,
      id,
      changedAt: `2026-11-21T12:00:0${made}.000Z`,
      changedBy,
      nextAt: null,
      labelledSessions: null,
      lastJobId: null,
    };
    held.set(id, whole);
    return whole;
  };
  const written = <T>(value: T) => (isAnswerLost ? fail('registry-unreachable') : ok(value));
  const transport = memoryTransport({
    'research.training-schedules.list': () =>
      problem === null ? ok({ schedules: [...held.values()] }) : fail(problem),
    'research.training-schedules.put': ({ params, body }) =>
      written(put(params.scheduleId, newTrainingScheduleSchema.parse(body))),
    'research.training-schedules.remove': ({ params }) => {
      held.delete(params.scheduleId);
      return written({});
    },
  });
  return {
    call: createClient(transport).call,
    held,
    put,
    writes: () => transport.asked.filter(({ name }) => name !== 'research.training-schedules.list').length,
    breaks: (next: ProblemCode | null) => {
      problem = next;
    },
    losesAnswers: (next: boolean) => {
      isAnswerLost = next;
    },
  };
}

let there: ReturnType<typeof registry>;
beforeEach(() => {
  there = registry();
});

describe('a schedule at the registry', () => {
  it('is made, changed, switched off and removed', async () => {
    const { call, held } = there;
    expect(await saveSchedule(call, { id: 'weekly', base: null, schedule: content() })).toBeNull();
    const made = held.get('weekly') as TrainingSchedule;
    const changed = content({ kind: 'other' });
    expect(await saveSchedule(call, { id: 'weekly', base: made, schedule: changed })).toBeNull();
    expect(await switchSchedule(call, held.get('weekly') as TrainingSchedule, false)).toBeNull();
    expect(held.get('weekly')).toMatchObject({ kind: 'other', isEnabled: false });
    expect(await removeSchedule(call, held.get('weekly') as TrainingSchedule)).toBeNull();
    expect(held.size).toBe(0);
  });

  it('of somebody else is not replaced by a new one of its name', async () => {
    there.put('weekly', content({ kind: 'theirs' }), 'bia');
    expect(await saveSchedule(there.call, { id: 'weekly', base: null, schedule: content() })).toEqual({
      is: 'taken',
    });
    expect(there.writes()).toBe(0);
  });

  it('that somebody changed meanwhile is neither changed, switched nor removed', async () => {
    const base = there.put('weekly', content());
    const now = there.put('weekly', content({ kind: 'theirs' }), 'bia');
    const changed = { is: 'changed', now };
    expect(
      await saveSchedule(there.call, { id: 'weekly', base, schedule: content({ kind: 'mine' }) }),
    ).toEqual(changed);
    expect(await switchSchedule(there.call, base, false)).toEqual(changed);
    expect(await removeSchedule(there.call, base)).toEqual(changed);
    expect(there.writes()).toBe(0);
  });

  it('that was removed meanwhile is not made again by a change of it, and is removed once', async () => {
    const base = there.put('weekly', content());
    there.held.clear();
    expect(await switchSchedule(there.call, base, false)).toEqual({ is: 'removed' });
    expect(await removeSchedule(there.call, base)).toBeNull();
    expect(there.writes()).toBe(0);
  });

  it('is saved once where the answer was lost and it is saved again', async () => {
    const wanted = { id: 'weekly', base: null, schedule: content() };
    there.losesAnswers(true);
    expect(await saveSchedule(there.call, wanted)).toMatchObject({ is: 'problem' });
    there.losesAnswers(false);
    expect(await saveSchedule(there.call, wanted)).toBeNull();
    expect(there.writes()).toBe(1);
  });

  it.each(['registry-unreachable', 'registry-forbidden'] as const)(
    'stays as it is where it cannot be looked at: %s',
    async (code) => {
      const base = there.put('weekly', content());
      there.breaks(code);
      const refused = { is: 'problem', problem: { code } };
      expect(await switchSchedule(there.call, base, false)).toMatchObject(refused);
      expect(await removeSchedule(there.call, base)).toMatchObject(refused);
      expect(there.writes()).toBe(0);
    },
  );
});

it('keeps the draft of each person and schedule apart until it is dropped', () => {
  const [ana, bia] = ['a', 'b'] as unknown as [AccountId, AccountId];
  const draft = (id: string) => ({ typed: { ...emptySchedule('UTC'), id }, base: null });
  keepDraft(draftKey(ana, null), draft('new'));
  keepDraft(draftKey(ana, 'weekly'), draft('weekly'));
  const keptOf = (key: string) => useScheduleDrafts.getState().kept[key]?.typed.id;
  expect([keptOf(draftKey(ana, null)), keptOf(draftKey(bia, null))]).toEqual(['new', undefined]);
  dropDraft(draftKey(ana, null));
  expect([keptOf(draftKey(ana, null)), keptOf(draftKey(ana, 'weekly'))]).toEqual([undefined, 'weekly']);
});
