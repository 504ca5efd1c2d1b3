/** Labels of a session: what stands of them after corrections, where they disagree, and how one is made of many. */
import {
  labelQuestionOf,
  labelSources,
  type ConsolidatedLabel,
  type LabelMeaning,
  type LabelPolicy,
  type LabelQuestion,
  type LabelQuestionId,
  type LabelSource,
} from '../../../contract/registry/labels.ts';

export interface KnownLabel {
  readonly id: string;
  readonly sessionId: string;
  readonly question: LabelQuestionId;
  /** Null: taken back. */
  readonly value: string | null;
  readonly source: LabelSource;
  /** The person who labelled; null for a form or an import. */
  readonly readerId: string | null;
  readonly reading: 1 | 2 | null;
  readonly isBlind: boolean;
  readonly supersedes: string | null;
  /** The registry's order. */
  readonly sequence: number;
}

/** A reader speaks with one voice, whatever their roles; a form or an import with that of its source. */
export function voiceOf({ source, readerId }: Pick<KnownLabel, 'source' | 'readerId'>): string {
  return readerId ?? source;
}

/** The last that each voice said of each question, also where it took back what it had said before; in order. */
export function lastWords<T extends KnownLabel>(labels: readonly T[]): readonly T[] {
  const superseded = new Set(labels.map(({ supersedes }) => supersedes));
  return inOrder(labels).filter(({ id }) => !superseded.has(id));
}

export function inForce<T extends KnownLabel>(labels: readonly T[]): readonly T[] {
  return lastWords(labels).filter(({ value }) => value !== null);
}

export function lastWordOf<T extends KnownLabel>(
  labels: readonly T[],
  by: Pick<KnownLabel, 'question' | 'source' | 'readerId'>,
): T | undefined {
  return lastWords(labels).findLast(
    (label) => label.question === by.question && voiceOf(label) === voiceOf(by),
  );
}

export function inOrder<T extends Pick<KnownLabel, 'sequence'>>(labels: readonly T[]): readonly T[] {
  return labels.toSorted((left, right) => left.sequence - right.sequence);
}

/** Of values that the question does not know (any more): an abstention. */
export function meaningOf(question: LabelQuestion, value: string): LabelMeaning {
  return question.values.find((known) => known.value === value)?.meaning ?? 'abstention';
}

/** The sources whose labels in force name another value than this one; abstentions disagree with nobody. */
export function disagreeingSources(
  question: LabelQuestion,
  labels: readonly KnownLabel[],
  value: string,
): readonly LabelSource[] {
  if (meaningOf(question, value) === 'abstention') return [];
  const others = speaking(question, inForce(labels)).filter((label) => label.value !== value);
  return labelSources.filter((source) => others.some((label) => label.source === source));
}

/**
 * One label for one question of a session, of `labels` with their history. See `consolidatedLabelSchema` for what the
 * policies promise.
 */
export function consolidate(
  questionId: LabelQuestionId,
  labels: readonly KnownLabel[],
  policy: LabelPolicy,
): ConsolidatedLabel {
  const question = labelQuestionOf(questionId);
  const standing = inForce(labels).filter((label) => label.question === questionId);
  const heard = speaking(question, standing);
  const isDisagreed = new Set(heard.map(({ value }) => value)).size > 1;
  const undecided = (
    why: ConsolidatedLabel['why'],
    source: LabelSource | null = null,
  ): ConsolidatedLabel => ({
    value: null,
    meaning: null,
    source,
    why,
    isDisagreed,
  });
  if (standing.length === 0) return undecided('unlabelled');
  const source = labelSources.findLast((one) => heard.some((label) => label.source === one));
  if (source === undefined) return undecided('only-abstentions');
  if (policy === 'agreement-only' && isDisagreed) return undecided('disagreement');
  const value = wordOfSource(question, standing, source);
  if (value === undefined) return undecided('tie', source);
  return { value, meaning: meaningOf(question, value), source, why: 'decided', isDisagreed };
}

/** What most labels of a source say, abstentions aside; undefined where none speaks or two values have as many. */
export function wordOfSource(
  question: LabelQuestion,
  standing: readonly KnownLabel[],
  source: LabelSource,
): string | undefined {
  const votes = Map.groupBy(
    speaking(question, standing).filter((label) => label.source === source),
    ({ value }) => value,
  );
  const [first, second] = [...votes].toSorted(([, left], [, right]) => right.length - left.length);
  if (first === undefined || first[1].length === second?.[1].length) return undefined;
  return first[0] ?? undefined;
}

function speaking<T extends KnownLabel>(question: LabelQuestion, standing: readonly T[]): readonly T[] {
  return standing.filter(({ value }) => value !== null && meaningOf(question, value) !== 'abstention');
}

/** Where a session stands on its way to a label; only the first two are offered to readers. */
export type LabelStage = 'unlabelled' | 'unread' | 'read' | 'not-asked';

export interface LabelledSession {
  readonly state: 'receiving' | 'received';
  readonly kind: string;
  readonly purposes: readonly string[];
}

/** Sessions whose consent covers no more than care, and TEST sessions, are labelled by nobody but who wants to. */
export function stageOf(
  { state, kind, purposes }: LabelledSession,
  standing: readonly KnownLabel[],
): LabelStage {
  if (standing.some(({ readerId }) => readerId !== null)) return 'read';
  const isForStudy = purposes.includes('research') || purposes.includes('retraining');
  if (state !== 'received' || kind === 'TEST' || !isForStudy) return 'not-asked';
  return standing.length === 0 ? 'unlabelled' : 'unread';
}

/** The form's answer as a label's value; undefined where the form says nothing that is one. */
export function formValue(
  { form }: LabelQuestion,
  answers: Readonly<Record<string, unknown>>,
): string | undefined {
  const answer = Object.hasOwn(answers, form.field) ? answers[form.field] : undefined;
  return typeof answer === 'string' && Object.hasOwn(form.values, answer) ? form.values[answer] : undefined;
}
