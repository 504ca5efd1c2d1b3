import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelManifestSchema } from '../../contract/model-manifest.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { withWeightsOutside } from '../adapters/onnx-proto/fixtures/weights-outside.ts';
import { createGraphBuilder, int } from '../core/graph/graph-builder.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
let folder: string;
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

/** Loudness as a score: scores = [1 − m, m] with m the largest magnitude. */
const loudness = (input: string): Uint8Array => {
  const builder = createGraphBuilder('loudness');
  const x = builder.input(input, 'float32', ['samples']);
  const largest = builder.node('ReduceMax', [builder.node('Abs', [x])], { keepdims: int(1) });
  const rest = builder.node('Sub', [builder.floats('one', [1], [1]), largest]);
  const scores = builder.node('Concat', [rest, largest], { axis: int(0) });
  builder.output('scores', scores, 'float32', [2]);
  return encodeOnnx(builder.build());
};

const mlmodel = `artifact_path: model
flavors:
  onnx:
    data: model.onnx
    onnx_version: 1.17.0
mlflow_version: 2.14.1
run_id: 0123456789abcdef0123456789abcdef
`;
const text = { 'pt-BR': 'alto', en: 'loud', es: 'fuerte' };
const description = {
  name: 'loudness',
  version: '1.0.0',
  title: text,
  licence: 'MIT',
  input: { sampleRateHz: 16_000, recordings: [{ key: 'sustentada', minimumS: 1 }], fields: [] },
  labels: ['quiet', 'loud'],
  positiveLabel: 'loud',
  thresholds: { positive: 0.6, negative: 0.4 },
  limits: { decisions: ['inconclusive'], lowestScore: 0.1, highestScore: 0.9, text },
  intendedUse: text,
  trainedOn: text,
  dataHash: 'a'.repeat(64),
};

const log = async (name: string, files: Record<string, string | Uint8Array>): Promise<string> => {
  const place = join(folder, name);
  await mkdir(place);
  for (const [path, content] of Object.entries(files)) await writeFile(join(place, path), content);
  return place;
};
const bring = async (mlflow: string, change: object = {}) => {
  const path = join(folder, 'description.json');
  await writeFile(path, JSON.stringify({ ...description, ...change }));
  const out = `${mlflow}-model`;
  const brought = await run('import-model', '--mlflow', mlflow, '--description', path, '--out', out);
  return { ...brought, out };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-mlflow-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a model that was logged with MLflow', () => {
  it('becomes a model folder whose golden scores are those of its graph, weights and all', async () => {
    const { graph, data } = withWeightsOutside(loudness('sustentada'), 'weights.data');
    const place = await log('fits', { MLmodel: mlmodel, 'model.onnx': graph, 'weights.data': data });
    const { code, stderr, out } = await bring(place);
    expect([code, stderr]).toEqual([0, '']);
    const manifest = modelManifestSchema.parse(
      JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')),
    );
    expect(manifest).toMatchObject({
      name: 'loudness',
      graph: { opset: 18 },
      output: { hasWindowScores: false },
      isDemonstration: true,
      codeVersion: 'MLflow 2.14.1 run 0123456789abcdef0123456789abcdef',
    });
    // The voices peak at one half.
    for (const { scores } of manifest.golden) expect(scores[1]).toBeCloseTo(0.5, 3);
    expect((await run('verify', '--model', out)).code).toBe(0);
    const card = await readFile(join(out, 'card.md'), 'utf8');
    expect(card).toContain('None of the figures below was measured by this program');
  }, 240_000);

  it.each<[string, () => Promise<string>, object, string]>([
    [
      'takes another input',
      () => log('named', { MLmodel: mlmodel, 'model.onnx': loudness('waveform') }),
      {},
      'there is no input "sustentada"',
    ],
    [
      'has no ONNX',
      () => log('torch', { MLmodel: mlmodel.replace('onnx:', 'pytorch:'), 'model.onnx': 'x' }),
      {},
      'it has the flavour pytorch',
    ],
    [
      'lacks its weights',
      async () => {
        const { graph } = withWeightsOutside(loudness('sustentada'), 'weights.data');
        return log('lacking', { MLmodel: mlmodel, 'model.onnx': graph });
      },
      {},
      'stand in "weights.data", which is not in the folder',
    ],
    [
      'has weights outside its folder',
      async () => {
        const { graph } = withWeightsOutside(loudness('sustentada'), '../fits/weights.data');
        return log('outside', { MLmodel: mlmodel, 'model.onnx': graph });
      },
      {},
      'which is not in the folder',
    ],
    [
      'is no graph',
      () => log('broken', { MLmodel: mlmodel, 'model.onnx': 'no graph' }),
      {},
      'not an ONNX file',
    ],
    ['is no logged model', () => log('nothing', {}), {}, 'holds no MLmodel'],
    [
      'is described wrongly',
      () => log('wrong', { MLmodel: mlmodel, 'model.onnx': loudness('sustentada') }),
      { colour: 'red', labels: [] },
      'colour',
    ],
    [
      'has another number of labels',
      () => log('labels', { MLmodel: mlmodel, 'model.onnx': loudness('sustentada') }),
      { labels: ['a', 'b', 'loud'] },
      'the output "scores" has the shape [2]: one score per label',
    ],
  ])('that %s is refused with its reason, and leaves nothing', async (_name, make, change, said) => {
    const { code, stderr, out } = await bring(await make(), change);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said) as string]);
    await expect(readFile(join(out, 'manifest.json'))).rejects.toThrow('ENOENT');
  });

  it('answers 2 to missing options', async () => {
    expect((await run('import-model', '--mlflow', folder)).code).toBe(2);
  });
});
