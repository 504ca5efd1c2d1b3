import { expect, it } from 'vitest';
import { describeInference } from './inference.contract.ts';
import { memoryInference, memoryScores } from './inference.memory.ts';

const model = {
  key: 'mean',
  graphPath: '/nowhere/model.onnx',
  graphSha256: 'ab'.repeat(32),
  sampleRateHz: 16_000,
  hasWindowScores: true,
  labelCount: 2,
};
const inputs = { recordings: [], fields: [100] };

describeInference('the memory inference', () => {
  const inference = memoryInference();
  return { inference, model, crashNext: () => inference.mishap('crash'), discard: () => undefined };
});

it('hangs, fails and disagrees when it is told to, so often and on that provider', async () => {
  const inference = memoryInference({ providers: ['webgpu', 'cpu'] });
  inference.mishap('hang');
  inference.mishap('fail');
  inference.mishap('disagree', { times: 2, provider: 'webgpu' });
  await inference.load(model, 'webgpu');
  const answers = [1, 2, 3, 4, 5].map(() => inference.score(model, inputs));
  const seen = (await Promise.all(answers)).map((answer) =>
    answer.ok ? answer.value.scores[0] : answer.problem.code,
  );
  expect(seen).toEqual(['engine-timed-out', 'engine-run-failed', 0.35, 0.35, 0.1]);
  expect(inference.calls).toEqual(['load:mean:webgpu', ...seen.map(() => 'score:mean:webgpu')]);
});

it('lists providers that do not load, when it is told to', async () => {
  const inference = memoryInference({ providers: ['cuda', 'cpu'], unavailable: ['cuda'] });
  const [listed, loaded] = [await inference.providers(), await inference.load(model, 'cuda')];
  expect([listed, loaded.ok ? 'loaded' : loaded.problem.code]).toEqual([
    { ok: true, value: ['cuda', 'cpu'] },
    'engine-provider-unavailable',
  ]);
});

it('gives a window per started second and keeps scores within 0 and 1', () => {
  const samples = new Float32Array(25).fill(-0.5);
  const scores = memoryScores(
    { ...model, labelCount: 3 },
    { recordings: [{ key: 'vowel', samples, sampleRateHz: 10 }], fields: [9000] },
  );
  expect([scores.scores, scores.windowScores]).toEqual([
    [1, 0, 0],
    [
      [0.5, 0.25, 0.25],
      [0.5, 0.25, 0.25],
      [0.5, 0.25, 0.25],
    ],
  ]);
});
