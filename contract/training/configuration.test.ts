import { describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from './configuration.ts';

const least = {
  data: { kind: 'csv', file: 'list.csv' },
  model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
};

describe('the configuration of a training run', () => {
  it('is the reference recipe where nothing is said', () => {
    expect(trainingConfigurationSchema.parse(least)).toMatchObject({
      noise: { training: { negative: 3, positive: 3 }, peak: [0.033474047, 0.19233719] },
      features: { kind: 'mfcc', windowS: 4, stepS: 1 },
      network: 'reference',
      fit: {
        recordingsPerBatch: 5,
        mostEpochs: 1000,
        schedule: 'noam',
        learningRate: 1e-3,
        warmUpSteps: 1000,
        weightDecay: 0.01,
        largestLoss: 1e8,
        mixupShape: 0,
        isClassBalanced: false,
      },
      split: { kind: 'seeded' },
      defects: { 'too-short': 'exclude', 'same-audio-two-labels': 'refuse' },
    });
  });

  it.each<[string, object]>([
    ['at the top', { ...least, epochs: 3 }],
    ['in a part', { ...least, fit: { epochs: 3 } }],
    ['of a defect', { ...least, defects: { 'bad-mood': 'refuse' } }],
    ['deep within', { ...least, noise: { training: { patients: 3 } } }],
  ])('refuses an unknown key %s', (_name, value) => {
    expect(trainingConfigurationSchema.safeParse(value).success).toBe(false);
  });

  it.each<[string, object]>([
    ['a test side of everybody', { ...least, split: { kind: 'seeded', test: 1 } }],
    ['a model without a version', { ...least, model: { name: 'm', recording: 'sustentada' } }],
    ['a negative learning rate', { ...least, fit: { learningRate: -1 } }],
    ['the baseline on windows of coefficients', { ...least, network: 'baseline' }],
    ['statistics for a network that wants frames', { ...least, features: { kind: 'statistics' } }],
    ['half an epoch', { ...least, fit: { mostEpochs: 0.5 } }],
  ])('refuses %s', (_name, value) => {
    expect(trainingConfigurationSchema.safeParse(value).success).toBe(false);
  });
});
