/** How fast a session of 60 seconds is screened: cold and warm, per execution provider, and how much the app notices. */
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as nextIn } from 'node:timers/promises';
import { ok } from '../../contract/result.ts';
import { audioFiles } from '../../main/adapters/audio-files/audio-files.ts';
import { openModels } from '../../main/adapters/model-folders/models.ts';
import { onnxInference } from '../../main/adapters/onnx-engine/onnx-inference.ts';
import { systemClock } from '../../main/adapters/system/system.ts';
import type { EngineWorld } from '../../main/app/prepare-model.ts';
import { createProcessMemory } from '../../main/app/process-memory.ts';
import { screenRecordings, type RecordingToScreen } from '../../main/app/screen-recordings.ts';
import type { InstalledModel } from '../../main/ports/models.ts';
import { createEngine } from '../../native/onnx/engine.ts';
import { forkEngineChild } from '../../native/onnx/fork-engine.ts';
import { root } from '../setup/places.mjs';

const audioS = 60;
const sampleRateHz = 48_000;
const coldRounds = 5;
const warmRounds = 30;
const throughputRounds = 10;
const idleMs = 6_000;

interface Bench {
  readonly world: EngineWorld;
  close(): void;
}

interface ProviderFigures {
  readonly provider: string;
  readonly coldMs: readonly number[];
  readonly warmMs: readonly number[];
  readonly largestDelayMs: number;
  readonly audioSecondsPerSecond: number;
}

/** Measures, and answers with a Markdown section. */
export async function benchScreening(): Promise<string> {
  const shelf = openModels({
    shippedFolder: join(root, 'resources', 'models'),
    installedFolder: join(root, 'resources', 'models'),
    audio: audioFiles(),
  });
  const [model] = (await shelf.list()).models;
  if (model === undefined) throw new Error('there is no model in resources/models');
  const recordings = sessionFor(model);
  const first = start(undefined);
  const providers = await first.world.inference.providers();
  first.close();
  if (!providers.ok) throw new Error(`no providers: ${providers.problem.code}`);
  const measured: ProviderFigures[] = [];
  const failed: string[] = [];
  for (const provider of providers.value) {
    const figures = await measure(provider, model, recordings);
    if (typeof figures === 'string') failed.push(`${provider} (${figures})`);
    else measured.push(figures);
  }
  return report(model, { measured, failed, idleDelayMs: await idleDelay() });
}

/** What the event loop of a process that does nothing sees on this machine: its own unrest, for comparison. */
async function idleDelay(): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await nextIn(idleMs);
  delay.disable();
  return delay.max / 1e6;
}

/** An engine of its own in a process of its own; with a provider, that one alone. */
function start(provider: string | undefined): Bench {
  const engine = createEngine({
    spawn: () => forkEngineChild(),
    loadTimeoutMs: 60_000,
    runTimeoutMs: 120_000,
  });
  const inference = onnxInference({ engine });
  const shelf = openModels({
    shippedFolder: join(root, 'resources', 'models'),
    installedFolder: join(root, 'resources', 'models'),
    audio: audioFiles(),
  });
  return {
    world: {
      inference:
        provider === undefined
          ? inference
          : { ...inference, providers: () => Promise.resolve(ok([provider])) },
      models: shelf,
      clock: systemClock(),
      memory: createProcessMemory(),
    },
    close: () => engine.close(),
  };
}

async function measure(
  provider: string,
  model: InstalledModel,
  recordings: readonly RecordingToScreen[],
): Promise<ProviderFigures | string> {
  const coldMs: number[] = [];
  for (let round = 0; round < coldRounds; round += 1) {
    const bench = start(provider);
    const elapsed = await timed(bench, model, recordings);
    bench.close();
    if (typeof elapsed === 'string') return elapsed;
    coldMs.push(elapsed);
  }
  const bench = start(provider);
  await timed(bench, model, recordings);
  await timed(bench, model, recordings);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const warmMs: number[] = [];
  for (let round = 0; round < warmRounds; round += 1) {
    const elapsed = await timed(bench, model, recordings);
    if (typeof elapsed === 'string') return elapsed;
    warmMs.push(elapsed);
  }
  delay.disable();
  bench.close();
  const largestDelayMs = delay.max / 1e6;
  return {
    provider,
    coldMs,
    warmMs,
    largestDelayMs,
    audioSecondsPerSecond: await throughput(provider, model, recordings),
  };
}

/** From waveforms in memory to the decision, ms; or the problem's code. */
async function timed(
  { world }: Bench,
  model: InstalledModel,
  recordings: readonly RecordingToScreen[],
): Promise<number | string> {
  const before = performance.now();
  const screened = await screenRecordings(world, { model, recordings, answers: {} });
  return screened.ok ? performance.now() - before : screened.problem.code;
}

/** One engine per core, all at once: what a PC that does nothing else gets through. */
async function throughput(
  provider: string,
  model: InstalledModel,
  recordings: readonly RecordingToScreen[],
): Promise<number> {
  const benches = cpus().map(() => start(provider));
  await Promise.all(benches.map((bench) => timed(bench, model, recordings)));
  const before = performance.now();
  await Promise.all(
    benches.map(async (bench) => {
      for (let round = 0; round < throughputRounds; round += 1) await timed(bench, model, recordings);
    }),
  );
  const elapsedS = (performance.now() - before) / 1000;
  for (const bench of benches) bench.close();
  return (benches.length * throughputRounds * audioS) / elapsedS;
}

/** 60 seconds in all, shared among the recordings that the model asks for. */
function sessionFor({ manifest }: InstalledModel): readonly RecordingToScreen[] {
  const { recordings } = manifest.input;
  return recordings.map(({ key }) => ({
    key,
    samples: voiceLike((audioS / recordings.length) * sampleRateHz),
    sampleRateHz,
    isUsable: true,
  }));
}

/** A tone of 140 Hz with six harmonics, a slow tremor, and noise of a fixed seed. */
function voiceLike(frames: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: frames }, (_, index) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const t = index / sampleRateHz;
    const phase = 2 * Math.PI * 140 * t + 0.3 * Math.sin(2 * Math.PI * 5 * t);
    let sample = 0.01 * (seed / 2 ** 31 - 1);
    for (let harmonic = 1; harmonic <= 6; harmonic += 1)
      sample += (0.2 / harmonic) * Math.sin(harmonic * phase);
    return sample;
  });
}

interface Findings {
  readonly measured: readonly ProviderFigures[];
  readonly failed: readonly string[];
  readonly idleDelayMs: number;
}

function report({ manifest }: InstalledModel, { measured, failed, idleDelayMs }: Findings): string {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const seconds = audioS / Math.max(1, manifest.input.recordings.length);
  const lines = [
    `### Screening: a session of ${audioS} s`,
    '',
    `${processor} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ` +
      `${process.version}. Model ${manifest.name} ${manifest.version}, ${manifest.input.recordings.length} recording(s) of ` +
      `${seconds} s at ${sampleRateHz / 1000} kHz, from waveforms in memory to the decision, through the use case that ` +
      `the app runs. Cold: a new engine process, the graph loaded, its reference inputs run (${coldRounds} rounds). ` +
      `Warm: ${warmRounds} rounds. Throughput: one engine per core at once.`,
    '',
    '| provider | cold, median ms | warm, median ms | warm, p95 ms | largest event-loop delay of the app, ms | audio seconds per second, all cores |',
    '|---|--:|--:|--:|--:|--:|',
    ...measured.map(
      ({ provider, coldMs, warmMs, largestDelayMs, audioSecondsPerSecond }) =>
        `| ${provider} | ${shown(quantile(coldMs, 0.5))} | ${shown(quantile(warmMs, 0.5))} | ${shown(quantile(warmMs, 0.95))} | ` +
        `${shown(largestDelayMs)} | ${audioSecondsPerSecond.toFixed(0)} |`,
    ),
  ];
  lines.push(
    '',
    `A process that did nothing saw an event-loop delay of up to ${shown(idleDelayMs)} ms on this machine.`,
  );
  if (failed.length > 0) lines.push('', `Tried and not usable on this machine: ${failed.join(', ')}.`);
  return lines.join('\n');
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function shown(ms: number): string {
  return ms.toFixed(ms < 100 ? 1 : 0);
}
