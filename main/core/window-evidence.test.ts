import { expect, it } from 'vitest';
import { voiceModel } from '../app/fixtures/models.ts';
import { windowEvidence } from './window-evidence.ts';

const { manifest } = voiceModel({ recordings: ['sustentada', 'frase'] });

it('puts each row where it belongs: recording by recording, the last window aligned to the end', () => {
  const recordings = [
    { key: 'sustentada', sampleCount: 44_100 * 2.5, sampleRateHz: 44_100 },
    { key: 'frase', sampleCount: 16_000, sampleRateHz: 16_000 },
  ];
  const rows = [0.1, 0.2, 0.3, 0.4].map((score) => [score, 1 - score]);
  expect(windowEvidence(manifest, recordings, rows)).toEqual([
    { stepKey: 'sustentada', startS: 0, endS: 1, score: 0.1 },
    { stepKey: 'sustentada', startS: 1, endS: 2, score: 0.2 },
    { stepKey: 'sustentada', startS: 1.5, endS: 2.5, score: 0.3 },
    { stepKey: 'frase', startS: 0, endS: 1, score: 0.4 },
  ]);
});

it('counts windows as the model does, on the resampled length', () => {
  // 88,201 frames at 44.1 kHz become 16,001 at 8 kHz: one sample more than two windows.
  const recordings = [{ key: 'sustentada', sampleCount: 88_201, sampleRateHz: 44_100 }];
  expect(windowEvidence(manifest, recordings, [[0], [0], [0]])).toHaveLength(3);
  expect(windowEvidence(manifest, recordings, [[0], [0]])).toBeUndefined();
});

it('shows no window more certain than the card of the model allows', () => {
  const limits = { ...manifest.limits, lowestScore: 0.05, highestScore: 0.8 };
  const recordings = [{ key: 'sustentada', sampleCount: 12_000, sampleRateHz: 8_000 }];
  const evidence = windowEvidence({ ...manifest, limits }, recordings, [[0.999], [0.001]]);
  expect(evidence?.map(({ score }) => score)).toEqual([0.8, 0.05]);
});

it('has none where the model gives none', () => {
  expect(windowEvidence({ ...manifest, output: { hasWindowScores: false } }, [], [])).toEqual([]);
});
