import { describe, expect, it } from 'vitest';
import type { OfferedSession } from '../../../contract/registry/training-runs.ts';
import { trainingConfigurationSchema, type LabelPlan } from '../../../contract/training/configuration.ts';
import { chooseLabel } from './choose-label.ts';

const question = 'respiratory-insufficiency';
type Source = OfferedSession['labels'][number]['source'];

function sessionOf(...said: readonly (readonly [Source, string])[]): OfferedSession {
  return {
    state: 'offered',
    kind: 'CONTROL',
    labels: said.map(([source, value]) => ({ question, source, value, at: '2026-11-21T12:00:00.000Z' })),
  } as unknown as OfferedSession;
}

function planOf(label: object): LabelPlan {
  const { data } = trainingConfigurationSchema.parse({
    data: { kind: 'registry', recordings: ['sustentada'], label },
    model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
  });
  if (data.kind !== 'registry') throw new Error('of the registry');
  return data.label;
}
const strict = planOf({ from: 'question', question });
const first = planOf({ from: 'question', question, onDisagreement: 'first-source' });

describe('the label of a session', () => {
  it('is by default that on which all sources agree, the hospital’s record believed first', () => {
    expect(strict).toEqual({
      from: 'question',
      question,
      sources: ['hospital-record', 'clinician', 'researcher', 'form'],
      onDisagreement: 'exclude',
    });
  });

  it.each<[string, LabelPlan, readonly (readonly [Source, string])[], object]>([
    ['one says it', strict, [['form', 'positive']], { label: 'positive', source: 'form' }],
    [
      'all agree',
      strict,
      [
        ['form', 'negative'],
        ['clinician', 'negative'],
      ],
      { label: 'negative', source: 'clinician' },
    ],
    [
      'another cannot tell',
      strict,
      [
        ['form', 'negative'],
        ['clinician', 'unsure'],
      ],
      { label: 'negative', source: 'form' },
    ],
    [
      'two differ',
      strict,
      [
        ['form', 'negative'],
        ['clinician', 'positive'],
      ],
      { kind: 'labels-disagree', reason: 'clinician: positive, form: negative' },
    ],
    [
      'two differ and the first is believed',
      first,
      [
        ['form', 'negative'],
        ['clinician', 'positive'],
      ],
      { label: 'positive', source: 'clinician' },
    ],
    [
      'the believed differ',
      first,
      [
        ['clinician', 'negative'],
        ['clinician', 'positive'],
      ],
      { kind: 'labels-disagree' },
    ],
    ['nobody says anything', strict, [], { kind: 'unlabelled' }],
    ['all cannot tell', first, [['clinician', 'unsure']], { kind: 'unlabelled' }],
    [
      'it is called unusable',
      strict,
      [['clinician', 'unusable']],
      { kind: 'unusable', reason: 'says clinician' },
    ],
    [
      'one calls it unusable, another does not',
      strict,
      [
        ['clinician', 'unusable'],
        ['form', 'positive'],
      ],
      { kind: 'labels-disagree' },
    ],
    [
      'only a source speaks that is not named',
      planOf({ from: 'question', question, sources: ['clinician'] }),
      [['form', 'positive']],
      { kind: 'unlabelled' },
    ],
    [
      'a source that is not named differs',
      planOf({ from: 'question', question, sources: ['clinician'] }),
      [
        ['form', 'positive'],
        ['clinician', 'negative'],
      ],
      { label: 'negative', source: 'clinician' },
    ],
    [
      'it is what the session was recorded as',
      planOf({ from: 'sample-kind' }),
      [['form', 'positive']],
      { label: 'CONTROL', source: 'sample-kind' },
    ],
  ])('where %s', (_name, plan, said, expected) => {
    expect(chooseLabel(sessionOf(...said), plan)).toMatchObject(expected);
  });
});
