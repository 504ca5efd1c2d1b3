import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formDefinitionSchema } from '../../contract/form.ts';
import { protocolDefinitionSchema } from '../../contract/protocol.ts';
import type { Consent, SessionDetail, SessionStep } from '../../contract/session.ts';
import {
  firstOpenStep,
  mayOpen,
  placeAfter,
  placesOf,
  resumePlace,
  verdictOfForm,
  withAnswer,
  type FlowFacts,
  type Place,
} from './flow-rules.ts';

const resources = new URL('../../resources/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, resources), 'utf8'));
const protocol = protocolDefinitionSchema.parse(read('protocols/spira-1.0.0.json'));
const form = formDefinitionSchema.parse(read('forms/spira-patient-1.0.0.json'));
const keys = protocol.steps.map((step) => step.key);
const [noise = '', consentStep = '', voice = ''] = keys;

function facts(change: {
  readonly done?: readonly string[];
  readonly hasConsent?: boolean;
  readonly currentStep?: string;
  readonly status?: SessionDetail['status'];
  readonly isFormDone?: boolean;
}): FlowFacts {
  const steps = keys.map((key): SessionStep => ({
    key,
    state: change.done?.includes(key) === true ? 'done' : 'open',
    skipReason: null,
    takes: [],
  }));
  return {
    session: {
      status: change.status ?? 'draft',
      steps,
      consent: change.hasConsent === true ? ({} as Consent) : null,
      currentStep: change.currentStep ?? 'form',
    },
    protocol,
    isFormDone: change.isFormDone ?? true,
  };
}
const step = (stepKey: string): Place => ({ at: 'step', stepKey });

it('leads from the form over the microphone and the steps of the protocol to the result', () => {
  expect(placesOf(protocol).map((place) => (place.at === 'step' ? place.stepKey : place.at))).toEqual([
    'form',
    'microphone',
    ...keys,
    'result',
  ]);
  expect(placeAfter({ at: 'microphone' }, protocol)).toEqual(step(noise));
  expect(placeAfter(step(keys.at(-1) ?? ''), protocol)).toEqual({ at: 'result' });
});

it('opens no voice task before the spoken consent is accepted', () => {
  const before = facts({ done: [noise, consentStep] });
  expect([
    mayOpen(step(noise), before),
    mayOpen(step(consentStep), before),
    mayOpen(step(voice), before),
  ]).toEqual([true, true, false]);
  expect(mayOpen(step(voice), facts({ hasConsent: true }))).toBe(true);
});

it('opens no recording before it is known whose it is', () => {
  const unknown = facts({ isFormDone: false, hasConsent: true });
  expect(placesOf(protocol).filter((place) => mayOpen(place, unknown))).toEqual([{ at: 'form' }]);
});

it('opens the result only when every step is recorded or left out', () => {
  expect(mayOpen({ at: 'result' }, facts({ done: keys.slice(1), hasConsent: true }))).toBe(false);
  expect(mayOpen({ at: 'result' }, facts({ done: keys, hasConsent: true }))).toBe(true);
  expect(firstOpenStep(facts({ done: [noise, consentStep] }))).toBe(consentStep);
});

it.each([
  ['at the step where the draft was', { currentStep: voice, hasConsent: true }, step(voice)],
  ['at the consent, when a voice task is not allowed any more', { currentStep: voice }, step(consentStep)],
  ['at the form, when it is not complete', { currentStep: voice, isFormDone: false }, { at: 'form' }],
  ['at the microphone', { currentStep: 'microphone' }, { at: 'microphone' }],
  ['at the form, when the place is unknown', { currentStep: 'elsewhere' }, { at: 'form' }],
  [
    'at the result, when the session is closed',
    { status: 'completed', currentStep: 'form' },
    { at: 'result' },
  ],
] as const)('resumes %s', (_title, change, place) => {
  expect(resumePlace(facts(change))).toEqual(place);
});

const today = '2026-11-21';
const whole = {
  hospital: 'Hospital das Clínicas',
  rgh: '14259401E',
  sex: 'FEMALE',
  age: 61,
  covidStatus: 'FALSE',
  maskType: 'NONE',
};

it('takes a form as done without faults, and with its warnings confirmed', () => {
  expect(verdictOfForm(form, whole, [], today).isDone).toBe(true);
  expect(verdictOfForm(form, { ...whole, age: 'x' }, [], today).isDone).toBe(false);
  const wrong = { ...whole, rgh: '12345678A' };
  expect(verdictOfForm(form, wrong, [], today)).toMatchObject({ isDone: false, open: [{ field: 'rgh' }] });
  expect(verdictOfForm(form, wrong, ['rgh'], today).isDone).toBe(true);
});

it('forgets a confirmation with the value that was confirmed, and with the hospital whose rule it is', () => {
  const draft = { answers: whole, confirmedWarnings: ['rgh', 'spo2'] };
  expect(withAnswer(form, draft, 'rgh', '1').confirmedWarnings).toEqual(['spo2']);
  expect(withAnswer(form, draft, 'hospital', 'Santa Casa').confirmedWarnings).toEqual(['spo2']);
  expect(withAnswer(form, draft, 'age', 60)).toEqual({
    answers: { ...whole, age: 60 },
    confirmedWarnings: ['rgh', 'spo2'],
  });
});

it('keeps no empty answer', () => {
  const draft = { answers: whole, confirmedWarnings: [] };
  for (const empty of [undefined, '', []]) {
    expect('age' in withAnswer(form, draft, 'age', empty).answers).toBe(false);
  }
});
