import { describe, expect, it } from 'vitest';
import { modelDescriptionSchema } from '../../../contract/training/model-description.ts';
import { whyNotOurs, type GraphFacts } from './graph-facts.ts';

const text = { 'pt-BR': 'x', en: 'x', es: 'x' };
const description = modelDescriptionSchema.parse({
  name: 'elsewhere',
  version: '1.0.0',
  title: text,
  licence: 'MIT',
  input: { sampleRateHz: 16_000, recordings: [{ key: 'sustentada', minimumS: 1 }], fields: [] },
  window: { lengthS: 1, stepS: 0.5 },
  labels: ['control', 'patient'],
  positiveLabel: 'patient',
  thresholds: { positive: 0.6, negative: 0.4 },
  limits: { decisions: ['inconclusive'], lowestScore: 0.1, highestScore: 0.9, text },
  intendedUse: text,
  trainedOn: text,
  dataHash: 'a'.repeat(64),
});
const float = (name: string, ...dims: (number | null)[]) => ({ name, type: 'FLOAT', dims });
const fitting: GraphFacts = {
  opset: 18,
  otherDomains: [],
  inputs: [float('sustentada', null)],
  outputs: [float('scores', 2), float('window_scores', null, 2), float('more', 3)],
};

describe('a graph from elsewhere', () => {
  it('fits where it takes samples and gives scores', () => {
    expect(whyNotOurs(fitting, description)).toEqual([]);
    const unstated = { ...fitting, outputs: [{ name: 'scores', type: 'FLOAT', dims: undefined }] };
    expect(whyNotOurs(unstated, description)).toEqual([]);
  });

  it.each<[string, Partial<GraphFacts>, readonly RegExp[]]>([
    [
      'another name of its input',
      { inputs: [float('waveform', 1, null)] },
      [/no input "sustentada".*"waveform" FLOAT \[1, \?\]/u, /input "waveform" is no recording/u],
    ],
    [
      'a batch of recordings',
      { inputs: [float('sustentada', 1, null)] },
      [/"sustentada" has the shape \[1, \?\].* 1 dimension$/u],
    ],
    [
      'a fixed length',
      { inputs: [float('sustentada', 16_000)] },
      [/shape \[16000\]: one dimension of any length/u],
    ],
    [
      'other numbers',
      { inputs: [{ ...float('sustentada', null), type: 'DOUBLE' }] },
      [/is DOUBLE, and FLOAT is asked for/u],
    ],
    ['no scores', { outputs: [float('logits', 1)] }, [/no output "scores".*"logits" FLOAT \[1\]/u]],
    ['one score for two labels', { outputs: [float('scores', 1)] }, [/"scores" has the shape \[1\]/u]],
    ['operators of its own', { otherDomains: ['com.microsoft'] }, [/operators of com\.microsoft/u]],
  ])('with %s does not, and says why', (_name, change, said) => {
    const found = whyNotOurs({ ...fitting, ...change }, description);
    expect(found).toHaveLength(said.length);
    said.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
  });

  it('does not fit where its windows are not described', () => {
    const { window: _, ...without } = description;
    expect(whyNotOurs(fitting, without)).toEqual([
      'it gives window_scores, and the description says no window',
    ]);
  });
});
