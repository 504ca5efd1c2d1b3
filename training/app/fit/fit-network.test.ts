import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { referenceFit, type FitSettings } from '../../core/network/fit-settings.ts';
import { initialParameters } from '../../core/network/initial-parameters.ts';
import type { Network } from '../../core/network/network.ts';
import { randomStream } from '../../core/network/random-streams.ts';
import type { Outcome } from '../../core/outcome.ts';
import { memoryCheckpoints } from '../../ports/checkpoints.memory.ts';
import { memoryExamples, type ExampleInMemory } from '../../ports/examples.memory.ts';
import { fitNetwork, type FitRequest, type FitResult } from './fit-network.ts';
import { openLogits } from './network-runner.ts';

const engine = onnxTensorEngine(encodeOnnx, { threads: 2 });

const network: Network = {
  name: 'tiny',
  frames: 24,
  bands: 4,
  layers: [
    { kind: 'convolution', name: 'conv1', channels: 4, taps: 3, dilation: 2, padding: 'none' },
    { kind: 'group-norm', name: 'norm1', groups: 2 },
    { kind: 'mish' },
    { kind: 'max-pool', size: 2 },
    { kind: 'dropout', rate: 0.4 },
    { kind: 'flatten' },
    { kind: 'dense', name: 'fc1', width: 8 },
    { kind: 'mish' },
    { kind: 'dense', name: 'fc2', width: 1 },
  ],
};

const settings: FitSettings = {
  ...referenceFit,
  seed: 5,
  recordingsPerBatch: 4,
  mostEpochs: 12,
  patience: 12,
  schedule: { kind: 'noam', learningRate: 0.02, warmUpSteps: 5 },
};

/** Windows of noise; those of the positive class swing slowly in the second band. One to three per recording. */
function examples(seed: number, count: number): ExampleInMemory[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, (_, recording) => {
    const isPositive = recording % 2 === 0;
    const windows = 1 + (recording % 3);
    const phase = 6 * random.next();
    const features = Float32Array.from({ length: windows * 24 * 4 }, (_, i) => {
      const [frame, band] = [Math.floor(i / 4) % 24, i % 4];
      const swing = isPositive && band === 1 ? 3 * Math.sin(frame / 2 + phase) : 0;
      return random.normal() + swing;
    });
    return { isPositive, features };
  });
}

const requestOf = (changes: Partial<FitRequest> = {}): FitRequest => ({
  run: 'run',
  network,
  settings,
  training: memoryExamples('training', examples(1, 18)),
  evaluation: memoryExamples('evaluation', examples(2, 10)),
  ...changes,
});

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}

const refusalOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'done' : outcome.refusal.what);

const fit = async (changes: Partial<FitRequest> = {}): Promise<FitResult> =>
  valueOf(await fitNetwork(requestOf(changes), { engine, checkpoints: memoryCheckpoints() }));

const hex = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

/** Steps per epoch of the request: 18 recordings by 4. */
const batches = 5;

describe('a fit', () => {
  it('learns what can be learned: weights change, the loss falls, unseen recordings are told apart', async () => {
    const result = await fit();
    const start = initialParameters(network, 1);
    expect(result.parameters.length).toBe(start.length);
    const [first] = result.curve;
    const last = result.curve.at(-1)!;
    expect(last.trainingLoss).toBeLessThan(0.6 * first!.trainingLoss);
    expect(result.bestLoss).toBeLessThan(0.5 * first!.evaluationLoss);
    expect(result.curve[result.bestEpoch]!.evaluationAccuracy).toBeGreaterThanOrEqual(0.9);
    expect([result.stop, result.steps, result.curve.length]).toEqual(['all-epochs', 12 * batches, 12]);
    expect(result.bestLoss).toBe(Math.min(...result.curve.map(({ evaluationLoss }) => evaluationLoss)));
  });

  it('learns nothing where nothing may change', async () => {
    const still = { ...settings, schedule: { ...settings.schedule, learningRate: 0 } };
    const { curve } = await fit({ settings: still });
    expect(new Set(curve.map(({ evaluationLoss }) => evaluationLoss)).size).toBe(1);
  });

  it('gives the same bits for the same seed and others for another', async () => {
    const mixed = { ...settings, mixupShape: 0.4, isClassBalanced: true };
    const [a, b] = [await fit({ settings: mixed }), await fit({ settings: mixed })];
    expect(hex(b.parameters)).toBe(hex(a.parameters));
    expect(b.curve).toEqual(a.curve);
    const other = await fit({ settings: { ...mixed, seed: 6 } });
    expect(hex(other.parameters)).not.toBe(hex(a.parameters));
    const plain = await fit();
    expect(hex(plain.parameters)).not.toBe(hex(a.parameters));
  });

  it('does not depend on how a batch is cut into pieces, but for rounding', async () => {
    const short = { ...settings, mostEpochs: 1 };
    const undropped = { ...network, layers: network.layers.filter(({ kind }) => kind !== 'dropout') };
    const [a, b] = [
      await fit({ network: undropped, settings: short, rowsPerPiece: 1 }),
      await fit({ network: undropped, settings: short, rowsPerPiece: 5 }),
    ];
    const apart = a.parameters.map((value, i) => Math.abs(value - b.parameters[i]!));
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  });

  it('predicts the same from its checkpoint as from its result', async () => {
    const checkpoints = memoryCheckpoints();
    const request = requestOf({ settings: { ...settings, mostEpochs: 3 } });
    const result = valueOf(await fitNetwork(request, { engine, checkpoints }));
    const again = valueOf(await fitNetwork(request, { engine, checkpoints }));
    expect(again).toEqual(result);
    const runner = valueOf(await openLogits({ engine, network }));
    const { features } = examples(2, 3)[2]!;
    const logits = valueOf(await runner.logits(result.parameters, features));
    expect(logits.length).toBe(3);
    expect(valueOf(await runner.logits(again.parameters, features))).toEqual(logits);
    await runner.release();
  });

  it('stops after so many epochs without a better one, and keeps the best', async () => {
    // Evaluated on labels turned round: what is learned makes it worse.
    const turned = examples(2, 10).map((one) => ({ ...one, isPositive: !one.isPositive }));
    const evaluation = memoryExamples('turned', turned);
    const result = await fit({ evaluation, settings: { ...settings, patience: 3 } });
    expect(result.stop).toBe('no-better-loss');
    expect(result.curve.length).toBe(result.bestEpoch + 4);
    expect(result.bestLoss).toBe(result.curve[result.bestEpoch]!.evaluationLoss);
  });

  it('stops at the first loss that is not a number, and says so', async () => {
    const broken = examples(1, 18);
    broken[3]!.features[5] = NaN;
    const training = memoryExamples('broken', broken);
    const outcome = await fitNetwork(requestOf({ training }), { engine, checkpoints: memoryCheckpoints() });
    expect(refusalOf(outcome)).toMatch(/^the loss ran away at step [1-5], before the first epoch was over$/);
  });

  it('keeps the best epoch when the loss runs away later', async () => {
    const training = memoryExamples('later', examples(1, 18));
    const later = {
      ...training,
      read: async (recording: number, epoch: number) => {
        const read = await training.read(recording, epoch);
        return epoch < 2 || !read.ok ? read : { ...read, value: read.value.map(() => Infinity) };
      },
    };
    const result = await fit({ training: later });
    expect([result.stop, result.curve.length, result.steps]).toEqual(['diverged', 2, 2 * batches]);
    expect(result.parameters.every(Number.isFinite)).toBe(true);
  });

  it('refuses a side with one class only, and examples that cannot be read', async () => {
    const one = memoryExamples(
      'one',
      examples(1, 6).filter(({ isPositive }) => isPositive),
    );
    const ports = { engine, checkpoints: memoryCheckpoints() };
    expect(refusalOf(await fitNetwork(requestOf({ evaluation: one }), ports))).toBe(
      'the evaluation side holds 3 positive and 0 negative recordings',
    );
    const unreadable = {
      ...requestOf().training,
      read: async () => ({ ok: false, refusal: { what: 'gone', wayOut: 'bring it back' } }) as const,
    };
    expect(refusalOf(await fitNetwork(requestOf({ training: unreadable }), ports))).toBe('gone');
  });
});

describe('a fit that is interrupted', () => {
  it('comes to the same bits after a cancel at any step', async () => {
    const short = { ...settings, mostEpochs: 2, mixupShape: 0.4 };
    const unbroken = await fit({ settings: short });
    for (let stopAt = 1; stopAt <= 2 * batches; stopAt++) {
      const checkpoints = memoryCheckpoints();
      const resumed: number[] = [];
      let steps = 0;
      const request = requestOf({ settings: short });
      await fitNetwork({ ...request, isCancelled: () => ++steps === stopAt }, { engine, checkpoints });
      const onProgress: FitRequest['onProgress'] = ({ kind, step }) => {
        if (kind === 'resumed') resumed.push(step);
      };
      const result = valueOf(await fitNetwork({ ...request, onProgress }, { engine, checkpoints }));
      expect(resumed).toEqual([stopAt]);
      expect({ ...result, parameters: hex(result.parameters) }).toEqual({
        ...unbroken,
        parameters: hex(unbroken.parameters),
      });
    }
  });

  it('does not go on with the checkpoint of another fit', async () => {
    const checkpoints = memoryCheckpoints();
    const short = { ...settings, mostEpochs: 1 };
    valueOf(await fitNetwork(requestOf({ settings: short }), { engine, checkpoints }));
    const others: Partial<FitRequest>[] = [
      { settings: { ...short, seed: 9 } },
      { settings: short, rowsPerPiece: 3 },
      { settings: short, training: memoryExamples('other data', examples(1, 18)) },
    ];
    for (const other of others) {
      expect(refusalOf(await fitNetwork(requestOf(other), { engine, checkpoints }))).toContain(
        'of another fit',
      );
    }
  });
});

describe('a fit whose process is killed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spira-fit-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const urlOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { writeFileSync } from 'node:fs';
    import { onnxTensorEngine } from ${urlOf('../../adapters/onnx-engine/tensor-engine.ts')};
    import { encodeOnnx } from ${urlOf('../../adapters/onnx-proto/encode-onnx.ts')};
    import { diskCheckpoints } from ${urlOf('../../adapters/disk/checkpoints.ts')};
    import { memoryExamples } from ${urlOf('../../ports/examples.memory.ts')};
    import { fitNetwork } from ${urlOf('./fit-network.ts')};
    const [run, folder, file] = process.argv.slice(1);
    const { network, settings, sides } = JSON.parse(process.env.FIT);
    const [training, evaluation] = sides.map((side, i) =>
      memoryExamples('side ' + i, side.map(({ isPositive, features }) => ({ isPositive, features: Float32Array.from(features) }))));
    const outcome = await fitNetwork(
      { run, network, settings, training, evaluation, stepsPerCheckpoint: 2, rowsPerPiece: 3,
        onProgress: ({ kind, step }) => process.stdout.write(kind + ' ' + step + '\\n') },
      { engine: onnxTensorEngine(encodeOnnx, { threads: 2 }), checkpoints: diskCheckpoints(folder) });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
    writeFileSync(file, Buffer.from(outcome.value.parameters.buffer));
  `;

  /** Lines until the end, or until SIGKILL at a step of this very process. */
  function start(run: string, killAtStep?: number): Promise<{ lines: string[]; signal: string | null }> {
    const plain = (count: ExampleInMemory[]) => count.map((one) => ({ ...one, features: [...one.features] }));
    const job = {
      network,
      settings: { ...settings, mostEpochs: 4, mixupShape: 0.4 },
      sides: [plain(examples(1, 18)), plain(examples(2, 6))],
    };
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', program, run, folder, join(folder, `${run}.weights`)],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FIT: JSON.stringify(job) } },
    );
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trim().split('\n'));
      if (killAtStep !== undefined && lines.some((line) => line === `step ${killAtStep}`))
        child.kill('SIGKILL');
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (_, signal) => resolve({ lines, signal }));
    });
  }

  it('comes to the same bits as one that never was', { timeout: 120_000 }, async () => {
    expect((await start('unbroken')).signal).toBe(null);
    const expected = await readFile(join(folder, 'unbroken.weights'));
    const seed = Math.floor(Date.now() / 1000);
    const random = randomStream(seed);
    let reached = 0;
    let kills = 0;
    while (reached < 4 * batches - 3) {
      const { lines, signal } = await start('killed', reached + 1 + random.below(5));
      // The checkpoint of step 2 is on the disk before that step is reported.
      if (reached >= 2) expect(lines[0], `seed ${seed}`).toMatch(/^resumed \d+$/);
      reached = Math.max(...lines.map((line) => Number(line.split(' ')[1])));
      if (signal === 'SIGKILL') kills += 1;
      else break;
    }
    expect(kills, `seed ${seed}`).toBeGreaterThan(1);
    await start('killed');
    const found = await readFile(join(folder, 'killed.weights'));
    expect(found.equals(expected), `seed ${seed}`).toBe(true);
  });
});
