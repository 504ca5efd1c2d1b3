import { describe, expect, it } from 'vitest';
import { renderCard, type CardFacts } from './card.ts';
import { defaultTexts } from './texts.ts';

const count = {
  name: 'breath',
  recordings: 14,
  positive: { label: 'breathy', participants: 6 },
  negative: { label: 'clear', participants: 8 },
};
const interval = { value: 0.75, low: 0.5, high: 0.9 };
const facts: CardFacts = {
  ...count,
  texts: defaultTexts(count),
  version: '1.2.3',
  licence: 'CC0-1.0',
  recordingKey: 'sustentada',
  window: { lengthS: 1, stepS: 0.5 },
  minimumS: 1,
  maximumS: 120,
  windowCount: 60,
  metrics: {
    accuracy: interval,
    sensitivity: interval,
    specificity: { value: 1, low: 1, high: 1 },
    f1: interval,
    auc: interval,
    brier: interval,
  },
  metricMethod: 'participants resampled',
  metricLevel: 0.95,
  calibration: [{ from: 0.8, to: 1, count: 5, meanScore: 0.9, positiveShare: 0.8 }],
  thresholds: { positive: 0.6, negative: 0.3 },
  toleratedErrors: 0.1,
  allowed: ['positive', 'inconclusive'],
  decisions: {
    positiveClass: { positive: 4, inconclusive: 1, negative: 1 },
    negativeClass: { positive: 0, inconclusive: 3, negative: 5 },
  },
  limits: { lowest: 0.1, highest: 0.875 },
  penalty: 0.3,
  foldPenalties: [1, 0.3, 1],
  seed: 7,
  leftOut: ['2 (too short)'],
  warnings: ['the classes differ'],
  dataHash: 'a'.repeat(64),
  codeVersion: 'spira 0.1.0',
};

describe('a model card', () => {
  const card = renderCard(facts);

  it.each([
    ['that it is a demonstration', '**A demonstration. Not for diagnosis.**'],
    ['so in Portuguese', 'Não serve para diagnóstico'],
    ['so in Spanish', 'No sirve para el diagnóstico'],
    ['who was in the data', '6 "breathy" (the positive label), 8 "clear"'],
    ['what was left out', 'Left out: 2 (too short).'],
    ['what was noticed', 'Warning: the classes differ.'],
    ['what nobody stated', 'Population: not stated by whoever trained this model.'],
    ['each measure with its interval', '| auc | 0.750 | 0.500 to 0.900 |'],
    ['how well scores are calibrated', '| 0.8 to 1.0 | 5 | 0.90 | 0.80 |'],
    ['how it decides', 'Positive at or above 0.600, negative at or below 0.300'],
    ['what it may say', 'this model may say: positive, inconclusive.'],
    ['how often it was right', '| breathy | 1 | 1 | 4 |'],
    ['how certain it may sound', 'no lower than 0.100 and no higher than 0.875'],
    ['how it was made', 'The penalty (0.3; in the folds 0.3, 1)'],
    ['with which code and seed', 'Seed 7; code version spira 0.1.0'],
  ])('says %s', (_what, text) => {
    expect(card).toContain(text);
  });

  it('does not let an interval without width sound like certainty', () => {
    expect(card).toContain('all 8 participants came out alike');
    expect(card).toContain('38 percentage points away');
    expect(card).not.toContain('interval of the sensitivity has no width');
  });
});
