import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields, fieldsLength, modelManifestSchema, windowSpans } from './model-manifest.ts';

const text = { 'pt-BR': 'a', en: 'a', es: 'a' };
const hash = 'a'.repeat(64);

/** A model that asks for form fields alone is as valid as one that asks for recordings. */
const formOnly = {
  contractVersion: 1,
  name: 'form-only',
  version: '1.0.0',
  title: text,
  createdAt: '2026-11-21T10:00:00.000Z',
  licence: 'Apache-2.0',
  files: [
    { path: 'model.onnx', sha256: hash, sizeBytes: 1 },
    { path: 'card.md', sha256: hash, sizeBytes: 1 },
  ],
  graph: { file: 'model.onnx', opset: 17 },
  input: {
    sampleRateHz: 16000,
    recordings: [],
    fields: [{ key: 'age', required: true, encoding: { kind: 'number', offset: 50, scale: 10, missing: 0 } }],
  },
  output: { hasWindowScores: false },
  labels: ['control', 'patient'],
  positiveLabel: 'patient',
  thresholds: { positive: 0.7, negative: 0.3 },
  limits: { decisions: ['inconclusive'], lowestScore: 0.1, highestScore: 0.9, text },
  isDemonstration: true,
  intendedUse: text,
  trainedOn: text,
  dataHash: hash,
  codeVersion: '1',
  metrics: [],
  card: 'card.md',
  golden: [{ name: 'one', recordings: {}, fields: [0], scores: [0.5, 0.5] }],
};

describe('a model manifest', () => {
  it('may ask for form fields alone', () => {
    expect(modelManifestSchema.safeParse(formOnly).success).toBe(true);
  });

  it.each<[string, object]>([
    ['a path that leaves its folder', { card: '../card.md' }],
    ['a file that is not listed', { card: 'other.md' }],
    ['neither recordings nor fields', { input: { ...formOnly.input, fields: [] } }],
    ['a positive label it does not have', { positiveLabel: 'other' }],
    ['thresholds the wrong way round', { thresholds: { positive: 0.3, negative: 0.7 } }],
    ['window scores without a window', { output: { hasWindowScores: true } }],
    ['golden scores of another width', { golden: [{ ...formOnly.golden[0], scores: [1] }] }],
    ['a key that the contract does not know', { secret: 1 }],
  ])('with %s is refused', (_, change) => {
    expect(modelManifestSchema.safeParse({ ...formOnly, ...change }).success).toBe(false);
  });
});

describe('form fields as a vector', () => {
  const fields = modelManifestSchema.parse({
    ...formOnly,
    input: {
      ...formOnly.input,
      fields: [
        { key: 'age', required: true, encoding: { kind: 'number', offset: 50, scale: 10, missing: -9 } },
        { key: 'sex', required: false, encoding: { kind: 'one-hot', values: ['MALE', 'FEMALE'] } },
      ],
    },
    golden: [{ ...formOnly.golden[0], fields: [0, 0, 0] }],
  }).input.fields;

  it('stand in manifest order, scaled and one-hot', () => {
    expect(encodeFields(fields, { age: 70, sex: 'FEMALE' })).toEqual([2, 0, 1]);
    expect(encodeFields(fields, {})).toEqual([-9, 0, 0]);
    expect(fieldsLength(fields)).toBe(3);
  });
});

describe('windows', () => {
  it('of 4 s every 1 s end with one that is aligned to the end', () => {
    expect(windowSpans(6.5, { lengthS: 4, stepS: 1 })).toEqual([
      { startS: 0, endS: 4 },
      { startS: 1, endS: 5 },
      { startS: 2, endS: 6 },
      { startS: 2.5, endS: 6.5 },
    ]);
    expect(windowSpans(4, { lengthS: 4, stepS: 1 })).toEqual([{ startS: 0, endS: 4 }]);
    expect(windowSpans(1.5, { lengthS: 4, stepS: 1 })).toEqual([{ startS: 0, endS: 1.5 }]);
  });

  it('cover every recording from its first to its last second', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 120, noNaN: true }),
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (durationS, lengthS, share) => {
          const spans = windowSpans(durationS, { lengthS, stepS: lengthS * share });
          expect(spans[0]?.startS).toBe(0);
          expect(spans.at(-1)?.endS).toBeCloseTo(durationS, 5);
          spans.slice(1).forEach((span, index) => {
            expect(span.startS).toBeLessThanOrEqual((spans[index]?.endS ?? 0) + 1e-9);
          });
        },
      ),
    );
  });
});
