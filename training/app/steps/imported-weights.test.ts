import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import type { RunRecord } from '../../../contract/training/run.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { drawing, parametersLikeTorch } from '../../core/network/fixtures/like-torch.ts';
import { nameParameters, parametersFromNames } from '../../core/network/named-parameters.ts';
import { referenceNetwork } from '../../core/network/networks.ts';
import { decodeSafetensors, encodeSafetensors } from '../../core/network/safetensors.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { openLogits, type LogitRunner } from '../fit/network-runner.ts';
import { importWeights } from './imported-weights.ts';

const { networks } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference-network-torch.json', import.meta.url), 'utf8'),
) as {
  readonly networks: { seconds: number; seed: number; servedLogits: number[]; targets: number[] }[];
};
const opened: LogitRunner[] = [];
afterAll(async () => {
  for (const one of opened) await one.release();
});

const record = (windowS: number): RunRecord => ({
  ...{ format: 1, id: 'one', parent: null, createdAt: '2026-11-21T12:00:00.000Z', folder: '/data' },
  configuration: trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'list.csv' },
    features: { windowS },
    model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
  }),
  ...{ codeVersion: 'spira 1', codeSha256: 'a'.repeat(64), environment: {}, steps: {} },
});
const memory = () => memoryContents((bytes) => createHash('sha256').update(bytes).digest('hex'));

describe('weights that were trained elsewhere', () => {
  it.each(networks)('of $seconds s give the logits of PyTorch to 1e-5', async (expected) => {
    const network = referenceNetwork(expected.seconds);
    const random = drawing(expected.seed);
    const flat = parametersLikeTorch(network, random);
    const features = random.within(30, expected.targets.length * network.frames * network.bands);
    const bytes = encodeSafetensors({ tensors: nameParameters(network, flat), metadata: {} });
    const contents = memory();
    const imported = await importWeights(
      record(expected.seconds),
      { bytes, origin: 'PyTorch' },
      { contents },
    );
    if (!imported.ok) throw new Error(imported.refusal.what);
    const { weights } = imported.value.configuration;
    expect(weights?.origin).toBe('PyTorch');
    const stored = await contents.get(weights!.sha256);
    const file = stored.ok ? decodeSafetensors(stored.value) : stored;
    if (!file.ok) throw new Error(file.refusal.what);
    const parameters = parametersFromNames(network, file.value.tensors);
    const runner = await openLogits({ engine: onnxTensorEngine(encodeOnnx), network });
    if (!parameters.ok || !runner.ok) throw new Error('no network');
    opened.push(runner.value);
    const logits = await runner.value.logits(parameters.value, features);
    if (!logits.ok) throw new Error(logits.refusal.what);
    expect(logits.value).toHaveLength(expected.servedLogits.length);
    logits.value.forEach((logit, row) =>
      expect(Math.abs(logit - expected.servedLogits[row]!)).toBeLessThan(1e-5),
    );
  });

  it('are refused, by every tensor that does not fit, for another window length', async () => {
    const network = referenceNetwork(3);
    const bytes = encodeSafetensors({
      tensors: nameParameters(network, parametersLikeTorch(network, drawing(1))),
      metadata: {},
    });
    expect(
      await importWeights(record(4), { bytes, origin: 'elsewhere' }, { contents: memory() }),
    ).toMatchObject({
      refusal: { items: ['fc1.weight is [100, 4960] and should be [100, 6880]'] },
    });
    const cut = bytes.subarray(0, 1000);
    expect((await importWeights(record(3), { bytes: cut, origin: 'x' }, { contents: memory() })).ok).toBe(
      false,
    );
  });
});
