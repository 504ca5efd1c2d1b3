/** Where one is in a session, where one may go, and what the rail shows. Pure, so that it can be tried case by case. */
import { checkAnswers, type Answers, type AnswersVerdict, type FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { SessionDetail } from '../../contract/session.ts';

export type Place =
  { readonly at: 'form' | 'microphone' | 'result' } | { readonly at: 'step'; readonly stepKey: string };

export interface FlowFacts {
  readonly session: Pick<SessionDetail, 'status' | 'steps' | 'consent' | 'currentStep'>;
  readonly protocol: ProtocolDefinition;
  readonly isFormDone: boolean;
}

export function placesOf(protocol: ProtocolDefinition): readonly Place[] {
  return [
    { at: 'form' },
    { at: 'microphone' },
    ...protocol.steps.map((step): Place => ({ at: 'step', stepKey: step.key })),
    { at: 'result' },
  ];
}

/** The word under which a place is kept in the draft. */
export function nameOf(place: Place): string {
  return place.at === 'step' ? place.stepKey : place.at;
}

export function samePlace(one: Place, other: Place): boolean {
  return nameOf(one) === nameOf(other) && one.at === other.at;
}

/** Where a draft goes on; a place that it no longer may show gives way to the last one that it may. */
export function resumePlace(facts: FlowFacts): Place {
  if (facts.session.status !== 'draft') return { at: 'result' };
  const places = placesOf(facts.protocol);
  const name = facts.session.currentStep;
  const kept =
    places.find((place) => place.at === 'step' && place.stepKey === name) ??
    places.find((place) => nameOf(place) === name) ??
    ({ at: 'form' } as const);
  if (mayOpen(kept, facts)) return kept;
  const before = places.slice(
    0,
    places.findIndex((place) => samePlace(place, kept)),
  );
  return before.findLast((place) => mayOpen(place, facts)) ?? { at: 'form' };
}

/** No recording before it is known whose it is, no voice task before the spoken consent, no result before all of it. */
export function mayOpen(place: Place, { session, protocol, isFormDone }: FlowFacts): boolean {
  if (session.status !== 'draft') return place.at === 'result';
  switch (place.at) {
    case 'form':
      return true;
    case 'microphone':
      return isFormDone;
    case 'step': {
      const step = protocol.steps.find((each) => each.key === place.stepKey);
      if (step === undefined || !isFormDone) return false;
      return step.role !== 'voice' || session.consent !== null;
    }
    case 'result':
      return isFormDone && session.consent !== null && session.steps.every((step) => step.state !== 'open');
    default:
      return place satisfies never;
  }
}

/** Whether the step itself is through: recorded well enough or left out, and for the consent, accepted. */
export function isStepDone(stepKey: string, { session, protocol }: Omit<FlowFacts, 'isFormDone'>): boolean {
  const step = protocol.steps.find((each) => each.key === stepKey);
  if (step?.role === 'consent') return session.consent !== null;
  return session.steps.some((each) => each.key === stepKey && each.state !== 'open');
}

export function placeAfter(place: Place, protocol: ProtocolDefinition): Place {
  const places = placesOf(protocol);
  const index = places.findIndex((each) => samePlace(each, place));
  return places[index + 1] ?? { at: 'result' };
}

/** The first step that is still open, for the way to the result. */
export function firstOpenStep(facts: FlowFacts): string | undefined {
  return facts.protocol.steps.find((step) => !isStepDone(step.key, facts))?.key;
}

export interface FormVerdict extends AnswersVerdict {
  /** Warnings that nobody confirmed yet. */
  readonly open: AnswersVerdict['warnings'];
  readonly isDone: boolean;
}

/** A form is done without faults and with every warning confirmed. `today` is the local date, `YYYY-MM-DD`. */
export function verdictOfForm(
  form: FormDefinition,
  answers: Answers,
  confirmed: readonly string[],
  today: string,
): FormVerdict {
  const verdict = checkAnswers(form, answers, today);
  const open = verdict.warnings.filter((warning) => !confirmed.includes(warning.field));
  return { ...verdict, open, isDone: verdict.faults.length === 0 && open.length === 0 };
}

/**
 * One changed answer. An empty text is no answer; a confirmation holds for the value that was confirmed, and that of
 * the record number also for the hospital whose rule it is.
 */
export function withAnswer(
  form: FormDefinition,
  draft: { readonly answers: Answers; readonly confirmedWarnings: readonly string[] },
  key: string,
  value: Answers[string] | undefined,
): { readonly answers: Answers; readonly confirmedWarnings: readonly string[] } {
  const { [key]: _before, ...rest } = draft.answers;
  const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  const role = form.fields.find((field) => field.key === key)?.role;
  const recordField = form.fields.find((field) => field.role === 'record-number')?.key;
  return {
    answers: isEmpty ? rest : { ...rest, [key]: value },
    confirmedWarnings: draft.confirmedWarnings.filter(
      (confirmed) => confirmed !== key && !(role === 'hospital' && confirmed === recordField),
    ),
  };
}
