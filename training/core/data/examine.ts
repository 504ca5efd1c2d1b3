/** What is wrong with labelled recordings once their audio has been read: what is left out, what stops the run. */
import { done, refuse, type Outcome } from '../outcome.ts';
import type { Defect } from './listing.ts';

export interface ReadRecording {
  /** As the CSV names it. */
  readonly path: string;
  readonly subject: string;
  readonly isPositive: boolean;
  /** SHA-256 of the decoded samples: the same audio in another container has the same one. */
  readonly audioSha256: string;
  readonly durationS: number;
  readonly isSilent: boolean;
  /** Format, rate and resolution of the source, for example "wav 44100 Hz 16 bit". */
  readonly source: string;
}

/** What a label speaks of: the participant (who then has only one), or the single recording. */
export type LabelUnit = 'subject' | 'recording';

export interface ExamineOptions {
  readonly minimumS: number;
  readonly labelUnit: LabelUnit;
  readonly namesSubjects: boolean;
}

export interface Examined<R> {
  readonly kept: readonly R[];
  readonly defects: readonly Defect[];
}

/**
 * Leaves out silent recordings, those shorter than the minimum, and repeats of the same audio of one participant.
 * Refuses what makes the labels or the split untrustworthy: the same audio under two labels or two participants, and
 * a participant in both classes where labels speak of participants.
 */
export function examine<R extends ReadRecording>(
  recordings: readonly R[],
  options: ExamineOptions,
): Outcome<Examined<R>> {
  const groups = Map.groupBy(recordings, (recording) => recording.audioSha256);
  const same = [...groups.values()].filter((group) => group.length > 1);
  const listed = (groupsOfPaths: readonly (readonly R[])[]): string[] =>
    groupsOfPaths.map((group) => group.map((recording) => recording.path).join(' = '));
  const twoLabels = same.filter((group) => new Set(group.map((recording) => recording.isPositive)).size > 1);
  if (twoLabels.length > 0) {
    return refuse(
      'the same audio has two labels',
      'Correct the labels, or remove these rows from the CSV.',
      listed(twoLabels),
    );
  }
  const twoSubjects = same.filter((group) => new Set(group.map((recording) => recording.subject)).size > 1);
  if (options.namesSubjects && twoSubjects.length > 0) {
    return refuse(
      'the same audio stands under two subjects, so that one voice would be on both sides of the split',
      'Correct the subjects, or remove these rows from the CSV.',
      listed(twoSubjects),
    );
  }
  const bySubject = Map.groupBy(recordings, (recording) => recording.subject);
  const twoClasses = [...bySubject]
    .filter(([, group]) => new Set(group.map((recording) => recording.isPositive)).size > 1)
    .map(([subject]) => subject);
  if (options.labelUnit === 'subject' && twoClasses.length > 0) {
    return refuse(
      `${twoClasses.length} subject${twoClasses.length === 1 ? ' is' : 's are'} in both classes`,
      'Correct the labels; where a label describes the recording and not the person, say --label-of recording.',
      twoClasses,
    );
  }
  return done(leaveOut(recordings, options));
}

function leaveOut<R extends ReadRecording>(recordings: readonly R[], options: ExamineOptions): Examined<R> {
  const kept: R[] = [];
  const defects: Defect[] = [];
  const firstWith = new Map<string, string>();
  for (const recording of recordings) {
    const { path, durationS, audioSha256 } = recording;
    const earlier = firstWith.get(audioSha256);
    const reason =
      durationS < options.minimumS
        ? `too short: ${durationS.toFixed(3)} s, at least ${options.minimumS} s are needed`
        : recording.isSilent
          ? 'silent: all samples are the same'
          : earlier !== undefined
            ? `the same audio as ${earlier}`
            : undefined;
    if (reason !== undefined) {
      defects.push({ name: path, reason });
      continue;
    }
    firstWith.set(audioSha256, path);
    kept.push(recording);
  }
  return { kept, defects };
}

/**
 * Sources (format, rate, resolution) whose share differs between the classes by more than a quarter: a classifier may
 * learn the equipment instead of the voice.
 */
export function sourceShortcuts(recordings: readonly ReadRecording[]): readonly string[] {
  const shares = (isPositive: boolean): Map<string, number> => {
    const ofClass = recordings.filter((recording) => recording.isPositive === isPositive);
    const counts = Map.groupBy(ofClass, (recording) => recording.source);
    return new Map([...counts].map(([source, group]) => [source, group.length / ofClass.length]));
  };
  const [positive, negative] = [shares(true), shares(false)];
  return [...new Set([...positive.keys(), ...negative.keys()])]
    .sort()
    .map((source) => ({ source, p: positive.get(source) ?? 0, n: negative.get(source) ?? 0 }))
    .filter(({ p, n }) => Math.abs(p - n) > 0.25)
    .map(
      ({ source, p, n }) => `${source}: ${percent(p)} of the positive, ${percent(n)} of the negative class`,
    );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
