import { done, refuse, type Outcome } from '../outcome.ts';
import { seededRandom } from './random.ts';

export interface Labelled {
  readonly subject: string;
  readonly isPositive: boolean;
}

/** Subjects of each fold; every subject is in exactly one. */
export type Folds = readonly (readonly string[])[];

export type FoldPlan =
  { readonly kind: 'leave-one-out' } | { readonly kind: 'folds'; readonly count: number };

/** Up to this many participants, each is left out in turn; above, five folds. */
const leaveOneOutUpTo = 30;

export function defaultFoldPlan(recordings: readonly Labelled[]): FoldPlan {
  const count = new Set(recordings.map((recording) => recording.subject)).size;
  return count <= leaveOneOutUpTo ? { kind: 'leave-one-out' } : { kind: 'folds', count: 5 };
}

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

/** Refuses folds in which a participant or the same audio stands twice, or a participant stands nowhere. */
export function checkFolds(
  recordings: readonly (Labelled & { readonly audioSha256: string })[],
  folds: Folds,
): Outcome<null> {
  const foldOfSubject = new Map<string, number>();
  const problems: string[] = [];
  folds.forEach((fold, index) => {
    for (const subject of fold) {
      const earlier = foldOfSubject.get(subject);
      if (earlier !== undefined && earlier !== index) problems.push(`subject ${subject}`);
      foldOfSubject.set(subject, index);
    }
  });
  const foldOfAudio = new Map<string, number>();
  for (const { subject, audioSha256 } of recordings) {
    const fold = foldOfSubject.get(subject);
    if (fold === undefined) {
      problems.push(`subject ${subject} (in no fold)`);
      continue;
    }
    const earlier = foldOfAudio.get(audioSha256);
    if (earlier !== undefined && earlier !== fold) problems.push(`the audio of subject ${subject}`);
    foldOfAudio.set(audioSha256, fold);
  }
  if (problems.length === 0) return done(null);
  return refuse(
    'the split leaks: the same voice would be trained on and tested on',
    'Correct subjects and repeated audio in the CSV.',
    [...new Set(problems)],
  );
}
