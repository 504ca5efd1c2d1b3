import { seededRandom } from './random.ts';

interface Labelled {
  readonly subject: string;
  readonly isPositive: boolean;
}

/** Subjects of each fold; every subject is in exactly one. */
type Folds = readonly (readonly string[])[];

export type FoldPlan =
  { readonly kind: 'leave-one-out' } | { readonly kind: 'folds'; readonly count: number };

/**
 * Splits by participant, the classes spread evenly (a participant with recordings of both classes is a class of its
 * own), in an order that depends on the seed alone. At most as many folds as the rarer class has participants.
 */
export function planFolds(recordings: readonly Labelled[], plan: FoldPlan, seed: number): Folds {
  const bySubject = Map.groupBy(recordings, (recording) => recording.subject);
  const subjects = [...bySubject.keys()].sort();
  if (plan.kind === 'leave-one-out') return subjects.map((subject) => [subject]);
  const random = seededRandom(seed);
  const kindOf = (subject: string): string =>
    [...new Set(bySubject.get(subject)!.map((recording) => String(recording.isPositive)))].sort().join();
  const strata = Map.groupBy(subjects, kindOf);
  const folds = Array.from({ length: foldCount(recordings, plan.count) }, (): string[] => []);
  let next = 0;
  for (const kind of [...strata.keys()].sort()) {
    for (const subject of random.shuffled(strata.get(kind)!)) folds[next++ % folds.length]!.push(subject);
  }
  return folds;
}

function foldCount(recordings: readonly Labelled[], wanted: number): number {
  return Math.max(2, Math.min(wanted, ...participantsPerClass(recordings)));
}

/** Participants with a positive recording, and with a negative one. */
export function participantsPerClass(recordings: readonly Labelled[]): readonly [number, number] {
  const count = (isPositive: boolean): number =>
    new Set(recordings.filter((r) => r.isPositive === isPositive).map((r) => r.subject)).size;
  return [count(true), count(false)];
}
