import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { modelManifestSchema } from '../../../contract/model-manifest.ts';
import { ok, type Result } from '../../../contract/result.ts';
import { createEngine } from '../../../native/onnx/engine.ts';
import { forkEngineChild } from '../../../native/onnx/fork-engine.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { Prediction } from '../../ports/prediction.ts';
import { onnxPrediction } from './onnx-prediction.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const vitalSigns = pathOf('./fixtures/vital-signs');
const vowel = pathOf('../../../resources/models/sustained-vowel-demonstration');

function folderOf(path: string, key?: string): ModelFolder {
  const bytes = readFileSync(join(path, 'manifest.json'));
  const manifest = modelManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  return {
    manifest,
    sha256: key ?? createHash('sha256').update(bytes).digest('hex'),
    graphPath: join(path, manifest.graph.file),
    read: (file) => Promise.resolve(ok(readFileSync(join(path, file)))),
  };
}

let prediction: Prediction;
let pids: number[];
beforeEach(() => {
  pids = [];
  prediction = onnxPrediction({
    engines: 2,
    makeEngine: () =>
      createEngine({
        loadTimeoutMs: 30_000,
        runTimeoutMs: 30_000,
        spawn: () => {
          const child = forkEngineChild();
          if (child.pid !== undefined) pids.push(child.pid);
          return child;
        },
      }),
  });
});
afterEach(() => prediction.close());

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.problem.code);
const steady = { recordings: [], fields: [0, 0.8, 1, 0] };

it('gives the golden scores of models of fields and of voice', async () => {
  const model = folderOf(vitalSigns);
  for (const golden of model.manifest.golden) {
    const scored = await prediction.score(model, { recordings: [], fields: golden.fields ?? [] });
    if (!scored.ok) throw new Error(scored.problem.code);
    scored.value.scores.forEach((score, index) => expect(score).toBeCloseTo(golden.scores[index] ?? 9, 6));
  }
  expect(codeOf(await prediction.test(model))).toBe('ok');
  expect(codeOf(await prediction.test(folderOf(vowel)))).toBe('ok');
});

it('tests a model apart from those that serve, and finds other scores than the golden ones', async () => {
  await prediction.score(folderOf(vitalSigns), steady);
  const serving = [...pids];
  const model = folderOf(vitalSigns, 'other');
  const golden = model.manifest.golden.map((one) => ({ ...one, scores: [0.5, 0.5] }));
  const tested = await prediction.test({ ...model, manifest: { ...model.manifest, golden } });
  expect(tested).toMatchObject({ ok: false, problem: { code: 'model-golden-mismatch' } });
  expect(pids.length).toBe(serving.length + 1);
  await expect.poll(() => isAlive(pids.at(-1) ?? 0)).toBe(false);
  expect(serving.map(isAlive)).toEqual(serving.map(() => true));
});

it('loses the call in flight when an engine dies, and answers the next', async () => {
  const model = folderOf(vitalSigns);
  await prediction.load(model);
  const calls = Array.from({ length: 20 }, () => prediction.score(model, steady));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const codes = (await Promise.all(calls)).map(codeOf);
  expect(codes).toContain('engine-crashed');
  expect(codeOf(await prediction.score(model, steady))).toBe('ok');
});

it('serves more models than an engine keeps', async () => {
  const models = Array.from({ length: 20 }, (_, index) => folderOf(vitalSigns, `model-${index}`));
  const rounds = [...models, ...models, ...models.toReversed()];
  const codes = await Promise.all(rounds.map(async (model) => codeOf(await prediction.score(model, steady))));
  expect(new Set(codes)).toEqual(new Set(['ok']));
});

it('tries again to load what did not load', async () => {
  const model = folderOf(vitalSigns);
  const broken = { ...model, graphPath: join(vitalSigns, 'card.md') };
  expect(codeOf(await prediction.score(broken, steady))).toBe('engine-hash-mismatch');
  expect(codeOf(await prediction.score(model, steady))).toBe('ok');
});

it('hears recordings of any rate and channel count, and nothing that is none', async () => {
  const decoded = await prediction.decode(readFileSync(join(vowel, 'golden/steady.wav')));
  expect(decoded).toMatchObject({ ok: true, value: { sampleRateHz: 16_000 } });
  expect(codeOf(await prediction.decode(Buffer.from('webm')))).toBe('audio-not-recognised');
  expect(codeOf(prediction.checkAudio({ head: Buffer.from('webm'), sizeBytes: 4 }))).toBe(
    'audio-not-recognised',
  );
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
