/** Whether something that is not the voice tells the classes apart: then a network may have learned just that. */
import type { Side, SnapshotRecording } from '../../../contract/training/run.ts';
import type { Interval } from './intervals.ts';
import { aucFigure } from './figures.ts';
import type { IntervalOptions } from './intervals.ts';

export interface Probe {
  readonly name: string;
  /** Of the test recordings, in the direction that the others show; null without both classes. */
  readonly test: Interval | null;
  /** Of all recordings, in the direction that they show. */
  readonly all: Interval;
  /** Whether it tells the classes apart nearly as well as the model does. */
  readonly isShortcut: boolean;
}

/** A probe that is no better than this is no shortcut, however weak the model. */
const leastAuc = 0.6;
/** Share of the model's distance from chance at which a probe does nearly as well. */
const nearly = 0.5;

const numbers: Readonly<Record<string, (recording: SnapshotRecording) => number>> = {
  loudness: ({ loudnessDb }) => loudnessDb,
  duration: ({ durationS }) => durationS,
  silence: ({ silence }) => silence,
  'noise floor': ({ noiseFloorDb }) => noiseFloorDb,
};

/** Loudness, duration, silence, noise floor and sample rate, each alone, against the model's area under the curve. */
export function probeShortcuts(
  recordings: readonly SnapshotRecording[],
  split: readonly Side[],
  modelAuc: number,
  options: IntervalOptions,
): readonly Probe[] {
  const known = recordings.filter((_, index) => split[index] !== 'test');
  const test = recordings.filter((_, index) => split[index] === 'test');
  const rate = shareByRate(known);
  const rateOfAll = shareByRate(recordings);
  const judge = (name: string, ofKnown: Value, ofAll: Value): Probe => {
    const all = figure(recordings, directed(recordings, ofAll), options)!;
    return {
      name,
      test: figure(test, directed(known, ofKnown), options) ?? null,
      all,
      isShortcut: all.value >= leastAuc && all.value - 0.5 >= nearly * (modelAuc - 0.5),
    };
  };
  return [
    ...Object.entries(numbers).map(([name, valueOf]) => judge(name, valueOf, valueOf)),
    judge('sample rate', rate, rateOfAll),
  ];
}

type Value = (recording: SnapshotRecording) => number;

function figure(
  recordings: readonly SnapshotRecording[],
  valueOf: Value,
  options: IntervalOptions,
): Interval | undefined {
  const scored = recordings.map((recording) => ({
    subject: recording.subject,
    isPositive: recording.isPositive,
    score: valueOf(recording),
  }));
  return aucFigure(scored, options);
}

/** The value, or its negative where the positive class has the lower ones. */
function directed(recordings: readonly SnapshotRecording[], valueOf: Value): Value {
  const auc = figure(recordings, valueOf, { replicates: 0, level: 0.95, seed: 1 });
  return auc !== undefined && auc.value < 0.5 ? (recording) => -valueOf(recording) : valueOf;
}

/** Share of the positive class among recordings of the same rate; one half where there are none. */
function shareByRate(recordings: readonly SnapshotRecording[]): Value {
  const groups = Map.groupBy(recordings, ({ sampleRateHz }) => sampleRateHz);
  return ({ sampleRateHz }) => {
    const group = groups.get(sampleRateHz);
    if (group === undefined) return 0.5;
    return group.filter(({ isPositive }) => isPositive).length / group.length;
  };
}
