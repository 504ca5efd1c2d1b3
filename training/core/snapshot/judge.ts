/** What is wrong with recordings once their audio is known, and what becomes of it by the rules of the configuration. */
import { defectKinds, type TrainingConfiguration } from '../../../contract/training/configuration.ts';
import type { DataDefect, SnapshotRecording } from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../outcome.ts';
import { nearTwins } from './near-twins.ts';

export interface JudgeInput {
  readonly recordings: readonly SnapshotRecording[];
  /** Found before: rows, files, audio. */
  readonly defects: readonly DataDefect[];
  readonly namesSubjects: boolean;
  /** Mean statistics of recordings by name, by which copies are told that no hash shows. */
  readonly sounds: ReadonlyMap<string, ArrayLike<number>>;
  readonly configuration: Pick<TrainingConfiguration, 'labels' | 'audio' | 'defects'>;
}

export interface Judged {
  readonly kept: readonly SnapshotRecording[];
  readonly exclusions: readonly DataDefect[];
}

/**
 * Finds recordings that are too short, silent or of a wrong rate, the same audio twice (under one name each), under
 * two labels or two subjects, almost the same sound under two subjects, and subjects in two classes. All that the rules refuse is told at once; all else is left
 * out by name. Of the same audio with one label and one subject the first is kept.
 */
export function judgeRecordings(input: JudgeInput): Outcome<Judged> {
  const { configuration, defects, recordings } = input;
  const single = recordings.flatMap((recording) => defectOf(recording, configuration));
  const out = new Set(single.map(({ name }) => name));
  const between = defectsBetween(
    recordings.filter(({ name }) => !out.has(name)),
    input,
  );
  const all = [...defects, ...single, ...between];
  const refused = all.filter(({ kind }) => configuration.defects[kind] === 'refuse');
  if (refused.length > 0) {
    return refuse(
      `the data have defects that the configuration refuses: ${countDefects(refused)}`,
      'Correct the data, or set these kinds to "exclude" under "defects".',
      refused.map(({ kind, name, reason }) => `${name}: ${kind}, ${reason}`),
    );
  }
  // A row that could not be read may name a file that another row lists rightly: it takes nothing away.
  const excluded = new Set([...single, ...between].map(({ name }) => name));
  return done({ kept: recordings.filter(({ name }) => !excluded.has(name)), exclusions: all });
}

/** How often each kind, as in "2 too-short, 1 silent". */
export function countDefects(defects: readonly DataDefect[]): string {
  return defectKinds
    .map((kind) => [kind, defects.filter((defect) => defect.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function defectOf(
  { name, durationS, sampleRateHz, loudnessDb }: SnapshotRecording,
  { audio }: JudgeInput['configuration'],
): readonly DataDefect[] {
  if (durationS < audio.minimumS) {
    const reason = `${durationS.toFixed(3)} s, at least ${audio.minimumS} s are needed`;
    return [{ kind: 'too-short', name, reason }];
  }
  if (loudnessDb <= quietestDb) {
    return [{ kind: 'silent', name, reason: 'no sound above the smallest step of 24 bits' }];
  }
  const { sampleRatesHz, leastSampleRateHz } = audio;
  if (sampleRateHz < leastSampleRateHz) {
    const reason = `${sampleRateHz} Hz, at least ${leastSampleRateHz} Hz are needed`;
    return [{ kind: 'wrong-rate', name, reason }];
  }
  if (sampleRatesHz !== null && !sampleRatesHz.includes(sampleRateHz)) {
    return [{ kind: 'wrong-rate', name, reason: `${sampleRateHz} Hz, not ${sampleRatesHz.join(' or ')} Hz` }];
  }
  return [];
}

/** Root mean square of a signal of the smallest step of 24 bits. */
const quietestDb = -138;

function defectsBetween(
  recordings: readonly SnapshotRecording[],
  { namesSubjects, configuration, sounds }: JudgeInput,
): readonly DataDefect[] {
  const defects: DataDefect[] = [];
  for (const group of Map.groupBy(recordings, ({ audioSha256 }) => audioSha256).values()) {
    if (group.length === 1) continue;
    const labels = new Set(group.map(({ isPositive }) => isPositive)).size;
    const subjects = new Set(group.map(({ subject }) => subject)).size;
    const first = group[0]!;
    const others = (name: string): string =>
      group
        .filter((recording) => recording.name !== name)
        .map((recording) => recording.name)
        .join(', ');
    if (labels > 1) {
      for (const { name } of group) {
        defects.push({
          kind: 'same-audio-two-labels',
          name,
          reason: `the same audio as ${others(name)}, under another label`,
        });
      }
    } else if (namesSubjects && subjects > 1) {
      for (const { name } of group) {
        defects.push({
          kind: 'same-audio-two-subjects',
          name,
          reason: `the same audio as ${others(name)}, under another subject`,
        });
      }
    } else {
      for (const { name } of group.slice(1)) {
        defects.push({ kind: 'same-audio-twice', name, reason: `the same audio as ${first.name}` });
      }
    }
  }
  const known = new Set(defects.map(({ name }) => name));
  if (namesSubjects)
    defects.push(
      ...soundAlike(
        recordings.filter(({ name }) => !known.has(name)),
        sounds,
      ),
    );
  if (configuration.labels.unit === 'recording') return defects;
  for (const [subject, group] of Map.groupBy(recordings, (recording) => recording.subject)) {
    if (new Set(group.map(({ isPositive }) => isPositive)).size === 1) continue;
    for (const { name } of group) {
      defects.push({ kind: 'subject-in-two-classes', name, reason: `subject ${subject} is in both classes` });
    }
  }
  return defects;
}

/** Of two copies with one label the later is left out; with two labels nobody knows which is right. */
function soundAlike(
  recordings: readonly SnapshotRecording[],
  sounds: JudgeInput['sounds'],
): readonly DataDefect[] {
  const sounding = recordings.flatMap((recording) => {
    const sound = sounds.get(recording.name);
    return sound === undefined ? [] : [{ ...recording, sound }];
  });
  const defects = new Map<string, DataDefect>();
  for (const [a, b] of nearTwins(sounding)) {
    const add = (kind: DataDefect['kind'], name: string, other: string): void => {
      const reason = `almost the same sound as ${other}, under another ${kind === 'same-sound-two-labels' ? 'label' : 'subject'}`;
      defects.set(name, { kind, name, reason });
    };
    if (a.isPositive === b.isPositive) {
      if (!defects.has(b.name)) add('same-sound-two-subjects', b.name, a.name);
    } else {
      add('same-sound-two-labels', a.name, b.name);
      add('same-sound-two-labels', b.name, a.name);
    }
  }
  return [...defects.values()];
}
