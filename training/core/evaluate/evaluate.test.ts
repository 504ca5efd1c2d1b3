import { describe, expect, it } from 'vitest';
import type { Side, SnapshotRecording } from '../../../contract/training/run.ts';
import { seededRandom } from '../fit/random.ts';
import { decide } from './decisions.ts';
import { calibrationFigures, metricFigures, rocCurve } from './figures.ts';
import { intervalsOf } from './intervals.ts';
import { probeShortcuts } from './probes.ts';
import { makeReport } from './report.ts';

const options = { replicates: 400, level: 0.95, seed: 1 };
const scored = (isPositive: boolean, score: number, subject = `${isPositive} ${score}`) => ({
  subject,
  isPositive,
  score,
});

describe('intervals over participants', () => {
  it('of a mean have the width that its standard error says', () => {
    const random = seededRandom(4);
    const people = Array.from({ length: 200 }, (_, i) => ({
      subject: `p${i}`,
      isPositive: true,
      value: random.normal(),
    }));
    const mean = (drawn: readonly (typeof people)[number][]) => ({
      mean: drawn.reduce((sum, { value }) => sum + value, 0) / drawn.length,
    });
    const { low, high } = intervalsOf(people, mean, { ...options, replicates: 2000 })['mean']!;
    // ± 1.96 / √200 = 0.139 each way.
    expect(high - low).toBeGreaterThan(0.22);
    expect(high - low).toBeLessThan(0.33);
  });

  it('grow where the recordings are those of few participants', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 40 }, () => random.normal());
    const width = (perPerson: number): number => {
      const recordings = values.flatMap((value, i) =>
        Array.from({ length: perPerson }, (_, j) => ({ subject: `p${i}`, isPositive: true, value, j })),
      );
      const mean = (drawn: readonly (typeof recordings)[number][]) => ({
        mean: drawn.reduce((sum, one) => sum + one.value, 0) / drawn.length,
      });
      const { low, high } = intervalsOf(recordings, mean, options)['mean']!;
      return high - low;
    };
    expect(width(25)).toBeCloseTo(width(1), 6);
  });

  it('leave out a figure that is not defined', () => {
    expect(metricFigures([scored(true, 0.9), scored(true, 0.2)], options)).toEqual({
      accuracy: { value: 0.5, low: 0, high: 1 },
      brier: expect.objectContaining({ value: expect.closeTo(0.325, 9) as number }) as object,
    });
  });
});

describe('curves', () => {
  it('rise from nobody called to everybody called, ties at once', () => {
    const recordings = [scored(true, 0.9), scored(true, 0.5), scored(false, 0.5), scored(false, 0.1)];
    expect(rocCurve(recordings)).toEqual([
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 0, truePositiveRate: 0.5 },
      { falsePositiveRate: 0.5, truePositiveRate: 1 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ]);
  });

  it('of calibration state what was predicted and what was true in each range', () => {
    const recordings = [scored(true, 0.9), scored(false, 0.9, 'x'), scored(false, 0.1), scored(false, 0.3)];
    const { bins, expectedError } = calibrationFigures(recordings, options);
    expect(bins.map(({ from, count, positiveShare }) => [from, count, positiveShare.value])).toEqual([
      [0, 1, 0],
      [0.2, 1, 0],
      [0.8, 2, 0.5],
    ]);
    expect(expectedError.value).toBeCloseTo((0.8 + 0.1 + 0.3) / 4, 9);
  });
});

describe('thresholds', () => {
  const side = (shift: number) =>
    Array.from({ length: 100 }, (_, i) =>
      scored(i % 2 === 0, (i + (i % 2 === 0 ? shift : 0)) / 160, `p${i}`),
    );

  it('chosen for a coverage answer that share of the validation recordings', () => {
    const { validation, test } = decide(side(40), side(40), { kind: 'coverage', atLeast: 0.8 }, options);
    expect(validation.coverage).toBeGreaterThanOrEqual(0.8);
    expect(test).toMatchObject({ keepsRule: true });
  });

  it('chosen for an error are told where the test recordings break them', () => {
    const kept = decide(side(60), side(60), { kind: 'error', atMost: 0.1 }, options);
    expect(kept.validation.falsePositive).toBeLessThanOrEqual(0.1);
    expect(kept.test.keepsRule).toBe(true);
    expect(decide(side(60), side(-60), { kind: 'error', atMost: 0.1 }, options).test.keepsRule).toBe(false);
  });
});

describe('warnings', () => {
  it('say that a model of no use is of no use, though its thresholds keep their rule', () => {
    const sides: readonly Side[] = ['training', 'validation', 'test'];
    const split = Array.from({ length: 60 }, (_, i) => sides[i % 3]!);
    const recordings = Array.from({ length: 60 }, (_, i) => recordingOf(i, i % 2 === 0, {}));
    const scores = recordings.flatMap(({ audioSha256, subject, isPositive }, recording) => {
      const side = split[recording]!;
      if (side === 'training') return [];
      const score = 0.48;
      return [
        {
          recording,
          audioSha256,
          subject,
          side,
          condition: 'clean' as const,
          isPositive,
          score,
          windowScores: [score],
        },
      ];
    });
    const report = makeReport({
      snapshot: {
        format: 1,
        recordings,
        noises: [],
        exclusions: [{ kind: 'silent', name: 'x', reason: 'silent' }],
        namesSubjects: true,
        cut: 0,
        dataHash: '0'.repeat(64),
      },
      split: { format: 1, subjects: {}, recordings: split, noises: [], splitHash: '0'.repeat(64) },
      fit: {
        format: 1,
        network: 'small',
        parameterCount: 1,
        bestEpoch: 0,
        bestLoss: 0.7,
        steps: 1,
        stop: 'all-epochs',
        curve: [],
      },
      scores: { format: 1, scores, permuted: [] },
      settings: {
        replicates: 100,
        level: 0.95,
        seed: 1,
        thresholds: { kind: 'error', atMost: 0.1 },
        permutedFits: 0,
        permutedEpochs: 1,
        production: { kind: 'none' },
      },
      trainingNoise: { negative: 1, positive: 0 },
    });
    expect(report.thresholds.test.keepsRule).toBe(true);
    expect(report.exclusions).toEqual({ silent: 1 });
    const warnings = report.warnings.join('\n');
    for (const said of [
      'not shown to be better than chance',
      'of the test recordings inconclusive',
      'no noise clips were at hand',
      'different numbers of noise clips (1 negative, 0 positive)',
    ]) {
      expect(warnings).toContain(said);
    }
  });
});

/** A recording in which nothing but the change tells the classes apart. */
function recordingOf(i: number, isPositive: boolean, change: Partial<SnapshotRecording>): SnapshotRecording {
  return {
    name: `${i}`,
    subject: `p${i}`,
    isPositive,
    fileSha256: '0'.repeat(64),
    audioSha256: '0'.repeat(64),
    samples: { sha256: '0'.repeat(64), sizeBytes: 4 },
    durationS: 1 + ((i * 7) % 13) / 10,
    sampleRateHz: 16_000,
    source: 'wav',
    labelSource: 'test',
    groups: {},
    loudnessDb: -20 - ((i * 11) % 17),
    noiseFloorDb: -60 - ((i * 5) % 19),
    silence: ((i * 3) % 11) / 11,
    ...change,
  };
}

describe('probes', () => {
  const recordings = (change: (i: number, isPositive: boolean) => Partial<SnapshotRecording>) =>
    Array.from({ length: 60 }, (_, i) => recordingOf(i, i % 2 === 0, change(i, i % 2 === 0)));
  const split = Array.from({ length: 60 }, (_, i): Side => (i < 30 ? 'training' : 'test'));
  const shortcuts = (all: readonly SnapshotRecording[], modelAuc = 0.8): readonly string[] =>
    probeShortcuts(all, split, modelAuc, options)
      .filter(({ isShortcut }) => isShortcut)
      .map(({ name }) => name);

  it('find nothing where nothing but the voice differs', () => {
    expect(shortcuts(recordings(() => ({})))).toEqual([]);
  });

  it.each<[string, (i: number, isPositive: boolean) => Partial<SnapshotRecording>]>([
    ['loudness', (i, isPositive) => ({ loudnessDb: -30 - (isPositive ? 6 : 0) - (i % 7) })],
    ['duration', (i, isPositive) => ({ durationS: 2 + (isPositive ? 1 : 0) + (i % 5) / 4 })],
    ['silence', (i, isPositive) => ({ silence: (isPositive ? 0.3 : 0) + (i % 5) / 10 })],
    ['noise floor', (i, isPositive) => ({ noiseFloorDb: -70 + (isPositive ? 8 : 0) + (i % 9) })],
    ['sample rate', (i, isPositive) => ({ sampleRateHz: isPositive || i % 5 === 0 ? 44_100 : 16_000 })],
  ])('find %s, in whichever direction', (name, change) => {
    expect(shortcuts(recordings(change))).toEqual([name]);
    expect(shortcuts(recordings((i, isPositive) => change(i, !isPositive)))).toEqual([name]);
  });
});
