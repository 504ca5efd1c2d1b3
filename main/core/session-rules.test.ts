import { expect, it } from 'vitest';
import type { Take } from '../../contract/session.ts';
import { protocol } from '../app/fixtures/definitions.ts';
import { becomesChosen, checkSkip, checkSteps, isUsable, stepsOf, usedTakes } from './session-rules.ts';

interface Wish {
  readonly step: string;
  readonly version?: number;
  readonly passed?: boolean;
  readonly overridden?: boolean;
  readonly chosen?: boolean;
}

/** Only what the rules read. */
function take({ step, version = 1, passed = true, overridden = false, chosen = true }: Wish): Take {
  const override = overridden ? { reason: 'cough', by: 'x', at: { at: 'x', zone: 'x' } } : null;
  const rules = { stepKey: step, version, quality: { passed }, override, isChosen: chosen };
  return { id: `${step} ${version}`, ...rules } as unknown as Take;
}

const noiseLeftOut = { stepKey: 'ruido', reason: 'cannot-be-quiet' };
const sentenceLeftOut = { stepKey: 'frase', reason: 'cannot-read' };
const spoken = [take({ step: 'aceite' }), take({ step: 'sustentada' })];

it('is complete when every step is recorded well enough or left out', () => {
  expect(checkSteps(protocol, spoken, [noiseLeftOut, sentenceLeftOut])).toEqual({ ok: true, value: null });
});

it.each([
  ['a step was never recorded', spoken.slice(0, 1), 'sustentada', 'not-recorded'],
  ['its take failed', [spoken[0], take({ step: 'sustentada', passed: false })], 'sustentada', 'quality'],
  [
    'its good take was not chosen',
    [spoken[0], take({ step: 'sustentada', chosen: false })],
    'sustentada',
    'quality',
  ],
])('is not complete when %s', (_, takes, step, reason) => {
  const given = takes.filter((one) => one !== undefined);
  expect(checkSteps(protocol, given, [noiseLeftOut, sentenceLeftOut])).toEqual({
    ok: false,
    problem: { code: 'session-incomplete', details: { step, reason } },
  });
});

it('is not complete while an optional step is neither recorded nor left out with a reason', () => {
  expect(checkSteps(protocol, spoken, [noiseLeftOut])).toMatchObject({
    problem: { details: { step: 'frase' } },
  });
});

it('a failed take counts once somebody answered for it', () => {
  const overridden = take({ step: 'sustentada', passed: false, overridden: true });
  expect(isUsable(overridden)).toBe(true);
  expect(stepsOf(['sustentada'], [overridden], [])[0]?.state).toBe('done');
});

it('a step that was left out stays so, and its takes are not used', () => {
  const skips = [{ stepKey: 'sustentada', reason: 'x' }];
  expect(stepsOf(['sustentada'], spoken, skips)[0]).toMatchObject({ state: 'skipped', skipReason: 'x' });
  expect([...usedTakes(spoken, skips).keys()]).toEqual(['aceite']);
});

it('lists the takes of a step in the order in which they were made', () => {
  const takes = [take({ step: 'frase', version: 2 }), take({ step: 'frase', version: 1, chosen: false })];
  expect(stepsOf(['frase'], takes, [])[0]?.takes.map((one) => one.version)).toEqual([1, 2]);
});

it.each([
  ['the first take, even a failed one', take({ step: 's', passed: false }), [], true],
  ['a good one over a good one', take({ step: 's' }), [take({ step: 's' })], true],
  [
    'a failed one over a failed one',
    take({ step: 's', passed: false }),
    [take({ step: 's', passed: false })],
    true,
  ],
  ['not a failed one over a good one', take({ step: 's', passed: false }), [take({ step: 's' })], false],
  [
    'not a failed one over one that was answered for',
    take({ step: 's', passed: false }),
    [take({ step: 's', passed: false, overridden: true })],
    false,
  ],
])('chooses %s', (_, next, others, isChosen) => {
  expect(becomesChosen(next, others)).toBe(isChosen);
});

it.each([
  ['ruido', 'cannot-be-quiet', 'ok'],
  ['ruido', 'no-time', 'invalid-input'],
  ['sustentada', 'cannot-be-quiet', 'step-not-skippable'],
])('leaving %s out for %s: %s', (key, reason, answer) => {
  const step = protocol.steps.find((candidate) => candidate.key === key);
  if (step === undefined) throw new Error('no such step');
  const allowed = checkSkip(step, reason);
  expect(allowed.ok ? 'ok' : allowed.problem.code).toBe(answer);
});

it('a required step cannot be left out, whatever reasons the protocol lists for it', () => {
  const [noise] = protocol.steps;
  if (noise === undefined) throw new Error('the protocol has steps');
  expect(checkSkip({ ...noise, required: true }, 'cannot-be-quiet')).toMatchObject({
    problem: { code: 'step-not-skippable' },
  });
});
