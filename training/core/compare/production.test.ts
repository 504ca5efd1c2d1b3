import { describe, expect, it } from 'vitest';
import type { ProductionScores } from '../../../contract/training/release.ts';
import type { StoredScore } from '../../../contract/training/run.ts';
import { compareWithProduction, describeProduction } from './production.ts';

const options = { replicates: 200, level: 0.95, seed: 1 };
const named = { name: 'breath', version: '1.0.0', sha256: 'b'.repeat(64), source: 'models/breath' };
const stored = (
  recording: number,
  isPositive: boolean,
  score: number,
  change: Partial<StoredScore> = {},
): StoredScore => ({
  recording,
  audioSha256: String(recording).padStart(64, '0'),
  subject: `p${recording}`,
  side: 'test',
  condition: 'clean',
  isPositive,
  score,
  windowScores: [score],
  ...change,
});
// The new model calls all ten rightly, the one in production misses three of the positives.
const scores = Array.from({ length: 10 }, (_, i) => stored(i, i < 5, i < 5 ? 0.8 + i / 100 : 0.2 + i / 100));
const production: ProductionScores = {
  ...named,
  state: 'scored',
  scores: scores.map(({ recording, isPositive }) => ({
    recording,
    score: isPositive && recording < 3 ? 0.1 + recording / 100 : isPositive ? 0.9 : 0.2 + recording / 50,
  })),
  tooShort: 0,
};

describe('a new model beside the one in production', () => {
  it('is compared by McNemar and DeLong on the same test recordings, with what both got right', () => {
    const found = compareWithProduction({ scores, production }, options);
    if (found.state !== 'compared') throw new Error(found.state);
    expect(found).toMatchObject({
      ...named,
      recordings: 10,
      participants: 10,
      notScored: 0,
      accuracy: { first: 1, second: 0.7 },
      // Two-sided: 2 · (1 / 2³)
      mcNemar: { onlyFirst: 3, onlySecond: 0, pValue: expect.closeTo(0.25, 12) as number },
      // Of 25 pairs of a positive and a negative, the three missed ones lose all of their five.
      deLong: { first: 1, second: 0.4 },
    });
    expect(found.differences.accuracy.value).toBeCloseTo(0.3, 12);
    expect(found.differences.auc!.low).toBeGreaterThanOrEqual(0);
    const said = describeProduction(found);
    expect(said).toContain('breath 1.0.0 (models/breath, manifest bbbbbbbbbbbb)');
    expect(said).toContain('only the new one right 3, only the one in production right 0');
    expect(said).toContain('DeLong: difference +0.600');
  });

  it('is not compared on noise, on other sides, or on what the other one does not take', () => {
    const more = [
      stored(20, true, 0.9, { side: 'validation' }),
      stored(0, true, 0.1, { condition: 'noisy-both' }),
      stored(21, false, 0.1),
    ];
    const found = compareWithProduction(
      { scores: [...scores, ...more], production: { ...production, tooShort: 1 } },
      options,
    );
    expect(found).toMatchObject({ state: 'compared', recordings: 10, notScored: 1 });
    expect(describeProduction(found)).toContain('1 more are too short for it');
  });

  it.each<[string, ProductionScores | undefined, string]>([
    ['nothing is in production', { state: 'none', reason: 'there is none' }, 'there is none'],
    ['an older program did not ask', undefined, 'did not ask'],
    [
      'it takes something else',
      { ...named, state: 'not-comparable', reason: 'it asks for fields' },
      'asks for fields',
    ],
    ['it takes none of them', { ...production, scores: [], tooShort: 10 }, 'long enough'],
  ])('is said not to be compared where %s', (_name, given, said) => {
    const found = compareWithProduction({ scores, ...(given && { production: given }) }, options);
    expect(describeProduction(found)).toMatch(new RegExp(`^Not compared .*${said}`, 'u'));
  });
});
