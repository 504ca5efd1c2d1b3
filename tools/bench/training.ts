/** Seconds per training step of the reference network beside PyTorch, step about; features; memory. */
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { onnxTensorEngine } from '../../training/adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../training/adapters/onnx-proto/encode-onnx.ts';
import { defaultRowsPerPiece, openLogits, openSteps } from '../../training/app/fit/network-runner.ts';
import { addMfcc } from '../../training/core/features/mfcc-graph.ts';
import { referenceMfcc } from '../../training/core/features/mfcc-tables.ts';
import { createGraphBuilder } from '../../training/core/graph/graph-builder.ts';
import { operatorsOf } from '../../training/core/graph/operators.ts';
import { makeBatch } from '../../training/core/network/batch.ts';
import { referenceFit, type FitSettings } from '../../training/core/network/fit-settings.ts';
import { startFit } from '../../training/core/network/fit-state.ts';
import { planNetwork, type Network } from '../../training/core/network/network.ts';
import { referenceNetwork, smallFit, smallNetwork } from '../../training/core/network/networks.ts';
import { randomStream } from '../../training/core/network/random-streams.ts';
import type { Outcome } from '../../training/core/outcome.ts';
import { root } from '../setup/places.mjs';

const rows = 32;
const rounds = 15;
const threads = Math.min(4, availableParallelism());
const engine = onnxTensorEngine(encodeOnnx, { threads });

/** glibc gives large blocks back to the system after each use unless it is told not to; PyTorch gains by that. */
const keepMemory = { MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '4294967296' };

interface Contestant {
  readonly name: string;
  /** Seconds of one step. */
  step(): Promise<number>;
  /** MiB at the most. */
  close(): Promise<number>;
}

/** Measures, and answers with a Markdown section. */
export async function benchTraining(): Promise<string> {
  const contestants = [
    await ours(referenceNetwork(), referenceFit),
    await torch('default allocator', {}),
    await torch('allocator that keeps memory', keepMemory),
  ].filter((contestant) => contestant !== undefined);
  const seconds = contestants.map((): number[] => []);
  for (const contestant of contestants) await contestant.step();
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) seconds[index]!.push(await contestant.step());
  }
  const lines: string[] = [];
  for (const [index, contestant] of contestants.entries()) {
    const memory = await contestant.close();
    lines.push(row(contestant.name, seconds[index]!, memory));
  }
  const small = await ours(smallNetwork(), smallFit);
  await small.step();
  const smallSeconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) smallSeconds.push(await small.step());
  await small.close();
  return report({
    lines: [...lines, row(small.name, smallSeconds)],
    hasTorch: contestants.length > 1,
    scoring: await secondsToScore(referenceNetwork()),
    featuring: await secondsToFeaturise(),
  });
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.what);
  return outcome.value;
}

/** A step as a fit takes it: dropout masks drawn, gradients piece by piece, Adam. */
async function ours(network: Network, settings: FitSettings): Promise<Contestant> {
  const steps = valueOf(await openSteps({ engine, network, settings }));
  const batch = makeBatch(
    network,
    Array.from({ length: rows }, (_, row) => ({ isPositive: row % 2 === 0, features: noise(network, row) })),
    [1, 1],
  );
  let state = startFit(network, settings);
  return {
    name: `SPIRA, ${network.name}, ${planNetwork(network).parameterCount.toLocaleString('en')} parameters`,
    async step() {
      const before = performance.now();
      state = valueOf(await steps.step(state, batch)).state;
      return (performance.now() - before) / 1000;
    },
    async close() {
      await steps.release();
      return process.resourceUsage().maxRSS / 1024;
    },
  };
}

function noise({ frames, bands }: Network, seed: number): Float32Array {
  const random = randomStream(seed);
  return Float32Array.from({ length: frames * bands }, () => 30 * random.normal());
}

/** Undefined where no Python has PyTorch. */
async function torch(
  allocator: string,
  environment: Record<string, string>,
): Promise<Contestant | undefined> {
  const python = ['/usr/bin/python3', 'python3'].find(hasTorch);
  if (python === undefined) return undefined;
  const script = join(root, 'tools', 'bench', 'training-torch.py');
  const child = spawn(python, [script, String(threads), String(rows)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const answer = await answers.next();
    if (answer.done === true) throw new Error('PyTorch ended before it answered');
    return answer.value;
  };
  const version = await next();
  return {
    name: `${version}, reference, ${allocator}`,
    async step() {
      child.stdin.write('step\n');
      return Number(await next());
    },
    async close() {
      child.stdin.end();
      return Number(await next());
    },
  };
}

function hasTorch(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Seconds to score an hour of windows of 4 s, one per second, from their features. */
async function secondsToScore(network: Network): Promise<number> {
  const runner = valueOf(await openLogits({ engine, network }));
  const { parameters } = startFit(network, referenceFit);
  const window = noise(network, 1);
  const minute = new Float32Array(60 * window.length);
  for (let index = 0; index < 60; index += 1) minute.set(window, index * window.length);
  valueOf(await runner.logits(parameters, minute));
  const before = performance.now();
  for (let index = 0; index < 60; index += 1) valueOf(await runner.logits(parameters, minute));
  const seconds = (performance.now() - before) / 1000;
  await runner.release();
  return seconds;
}

/** Seconds for the MFCC of the same hour of windows, from their samples. */
async function secondsToFeaturise(): Promise<number> {
  const builder = createGraphBuilder('features');
  const waveform = builder.input('waveform', 'float32', ['samples']);
  const mfcc = addMfcc(builder, operatorsOf(builder), waveform, referenceMfcc);
  builder.output('mfcc', mfcc, 'float32', [referenceMfcc.coefficients, 'frames']);
  const opened = await engine.open(builder.build());
  if (!opened.ok) throw new Error(opened.problem.code);
  const random = randomStream(2);
  const data = Float32Array.from({ length: 4 * referenceMfcc.sampleRateHz }, () => 0.1 * random.normal());
  const before = performance.now();
  for (let window = 0; window < 3600; window += 1) {
    const result = await opened.value.run({ waveform: { data, dims: [data.length] } });
    if (!result.ok) throw new Error(result.problem.code);
  }
  const seconds = (performance.now() - before) / 1000;
  await opened.value.release();
  return seconds;
}

function row(name: string, seconds: readonly number[], memoryMiB?: number): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return `| ${name} | ${median.toFixed(3)} | ${sorted[0]!.toFixed(3)} | ${memoryMiB?.toFixed(0) ?? '–'} |`;
}

interface Findings {
  readonly lines: readonly string[];
  readonly hasTorch: boolean;
  readonly scoring: number;
  readonly featuring: number;
}

function report({ lines, hasTorch, scoring, featuring }: Findings): string {
  return [
    `### Training: a step on ${rows} windows of 4 s`,
    '',
    `${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
      `${process.platform}, Node ${process.version}; ${threads} threads each, step about in one run, ${rounds} steps ` +
      `each. A step: dropout masks, forward, backward, Adam. Ours goes through the batch ${defaultRowsPerPiece} windows ` +
      'at a time. Memory: the largest of the whole process.',
    '',
    '| what | median, s | fastest, s | memory, MiB |',
    '|---|--:|--:|--:|',
    ...lines,
    ...(hasTorch ? [] : ['', 'PyTorch is not installed on this machine and was not measured.']),
    '',
    `An hour of audio as 3,600 windows of 4 s, one per second: MFCC in ${featuring.toFixed(1)} s, scores of the ` +
      `reference network from them in ${scoring.toFixed(1)} s.`,
  ].join('\n');
}
