import type { Side, SnapshotRecording } from '../../../contract/training/run.ts';
import { seededRandom } from '../fit/random.ts';

/**
 * Labels dealt out anew within each side: among participants where each has one, among the recordings of each
 * participant who has both. A network that is fitted to such labels can only be right about them where something leaks.
 */
export function permuteLabels(
  recordings: readonly Pick<SnapshotRecording, 'subject' | 'isPositive'>[],
  split: readonly Side[],
  seed: number,
): readonly boolean[] {
  const random = seededRandom(seed);
  const labels = recordings.map(({ isPositive }) => isPositive);
  const bySubject = Map.groupBy(
    recordings.map((_, index) => index),
    (index) => recordings[index]!.subject,
  );
  const whole = new Map<Side, (readonly number[])[]>();
  for (const subject of [...bySubject.keys()].sort()) {
    const own = bySubject.get(subject)!;
    const isMixed = new Set(own.map((index) => labels[index])).size > 1;
    if (isMixed) {
      const dealt = random.shuffled(own.map((index) => recordings[index]!.isPositive));
      own.forEach((index, place) => (labels[index] = dealt[place]!));
    } else {
      const side = split[own[0]!]!;
      whole.set(side, [...(whole.get(side) ?? []), own]);
    }
  }
  for (const participants of whole.values()) {
    const dealt = random.shuffled(participants.map(([first]) => recordings[first!]!.isPositive));
    participants.forEach((own, place) => own.forEach((index) => (labels[index] = dealt[place]!)));
  }
  return labels;
}
