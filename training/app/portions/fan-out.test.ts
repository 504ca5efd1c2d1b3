import { beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import { sha256 } from '../../../contract/sha256.ts';
import type { Snapshot, SnapshotRecording, Split } from '../../../contract/training/run.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import type { Contents } from '../../ports/contents.ts';
import { memoryPortions } from '../../ports/portions.memory.ts';
import type { Portions } from '../../ports/portions.ts';
import type { TensorEngine } from '../../ports/tensor-engine.ts';
import type { Timers } from '../../ports/timers.ts';
import { openFeaturesWork } from '../steps/features-work.ts';
import { bytesOfFloats } from '../steps/snapshot-step.ts';
import { jsonOutput, type FeaturesWork, type StepContext } from '../steps/step.ts';
import { fanOutFeatures } from './fan-out.ts';
import { workOnPortions, type Worker } from './work-on-portions.ts';

const hash = (bytes: Uint8Array): string => sha256(bytes);
const surroundings = {
  now: () => new Date(0),
  sha256: hash,
  toBytes: (text: string) => new TextEncoder().encode(text),
  toText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};
const program = {
  codeVersion: 'test',
  codeSha256: 'f'.repeat(64),
  codeOf: { features: 'e'.repeat(64) } as never,
  environment: { node: 'v24', platform: 'linux', processor: 'one' },
};
const tensors = onnxTensorEngine(encodeOnnx, { threads: 1 });
/** A processor that adds in another order. */
const otherTensors: TensorEngine = {
  async open(graph) {
    const opened = await tensors.open(graph);
    if (!opened.ok) return opened;
    return {
      ok: true,
      value: {
        release: () => opened.value.release(),
        async run(inputs) {
          const outputs = await opened.value.run(inputs);
          if (outputs.ok) outputs.value['features']!.data[0]! *= 1 + 2 ** -20;
          return outputs;
        },
      },
    };
  },
};
const configuration = trainingConfigurationSchema.parse({
  data: { kind: 'csv', file: 'list.csv' },
  features: { windowS: 0.5, stepS: 0.25 },
  model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
});
const count = 10;
const ids = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [string, string, string];

/** Pauses pass as soon as all that is ready has been done. */
function quickTimers(): Timers {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    pause: (ms) =>
      new Promise((resolve) => {
        setImmediate(() => {
          nowMs += ms;
          resolve();
        });
      }),
  };
}

let contents: Contents;
let portions: Portions;
let inputs: StepContext['inputs'];
let snapshot: Snapshot;
let split: Split;
let said: string[];
/** By the registry's clock. */
let registryMs: number;

beforeEach(async () => {
  contents = memoryContents(hash);
  registryMs = 0;
  portions = memoryPortions({ nowMs: () => registryMs });
  said = [];
  const keep = async (seed: number): Promise<Pick<SnapshotRecording, 'samples' | 'audioSha256'>> => {
    const samples = Float32Array.from(
      { length: 16_000 },
      (_, at) => 0.3 * Math.sin(at * (0.02 + seed / 300)),
    );
    const bytes = bytesOfFloats(samples);
    return { samples: valueOf(await contents.put(bytes)), audioSha256: hash(bytes) as never };
  };
  const facts = { durationS: 1, sampleRateHz: 16_000, source: 'wav', fileSha256: 'a'.repeat(64) as never };
  const recordings = [];
  for (let place = 0; place < count; place++) {
    recordings.push({
      ...facts,
      ...(await keep(place)),
      name: `r${place}`,
      subject: `s${place}`,
      isPositive: place % 2 === 0,
      labelSource: 'list',
      groups: {},
      loudnessDb: -10,
      noiseFloorDb: -60,
      silence: 0,
    });
  }
  snapshot = {
    format: 1,
    recordings,
    noises: [{ ...facts, ...(await keep(77)), name: 'ward' }],
    exclusions: [],
    namesSubjects: true,
    cut: 0,
    dataHash: 'b'.repeat(64) as never,
  };
  split = {
    format: 1,
    subjects: {},
    recordings: recordings.map((_, place) => (place % 3 === 0 ? 'test' : 'training')),
    noises: ['evaluation'],
    splitHash: 'c'.repeat(64) as never,
  };
  inputs = {
    'snapshot.json': valueOf(await contents.put(jsonOutput({ surroundings }, snapshot))),
    'split.json': valueOf(await contents.put(jsonOutput({ surroundings }, split))),
  };
});

const openWork = async (store = contents): Promise<FeaturesWork> =>
  valueOf(
    await openFeaturesWork({
      ports: { contents: store, surroundings, tensors },
      codeSha256: program.codeOf['features'],
      recipe: { features: configuration.features, noise: configuration.noise, isTraced: false },
      snapshot,
      split,
    }),
  );

/** What comes out of the step in the end: features by their hashes. */
async function outcomeOf(work: FeaturesWork): Promise<string> {
  const all = [];
  for (let place = 0; place < count; place++) all.push(valueOf(await work.keep(place)));
  return JSON.stringify(all);
}

async function coordinate({ patienceMs = 1e12, by = portions } = {}): Promise<Outcome<null>> {
  const work = await openWork();
  const context = {
    configuration,
    inputs,
    ports: { contents, surroundings, program },
    progress: (line: string) => void said.push(line),
  } as unknown as StepContext;
  const fanOut = { portions: by, timers: quickTimers(), worker: ids[0], threads: 1, patienceMs };
  const outcome = await fanOutFeatures(work, context, fanOut);
  await work.release();
  return outcome;
}

async function startWorker(id: string, change: Partial<Worker> = {}) {
  const stop = Promise.withResolvers<void>();
  let isStopped = false;
  const lines: string[] = [];
  const worked = workOnPortions({
    id,
    contents,
    surroundings,
    portions,
    timers: quickTimers(),
    tensors: () => tensors,
    program,
    until: null,
    isStopped: () => isStopped,
    stopped: stop.promise,
    say: (line) => void lines.push(line),
    ...change,
  });
  return {
    lines,
    worked,
    stop(): Promise<Outcome<number>> {
      isStopped = true;
      stop.resolve();
      return worked;
    },
  };
}

const locally = async (): Promise<string> => {
  const store = memoryContents(hash);
  for (const { samples } of [...snapshot.recordings, ...snapshot.noises])
    await store.put(valueOf(await contents.get(samples.sha256)));
  return outcomeOf(await openWork(store));
};

describe('features by workers', () => {
  it('are those of one process, each made once', async () => {
    const workers = [await startWorker(ids[1]), await startWorker(ids[2])];
    expect(await coordinate()).toEqual(done(null));
    const counts = await Promise.all(workers.map(async (worker) => valueOf(await worker.stop())));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(said[0]).toBe('3 portions of 10 recordings are announced to workers');
    expect(said.at(-1)).toMatch(/^3 of 3 portions/u);
    const work = await openWork();
    for (let place = 0; place < count; place++) expect(valueOf(await work.known(place))).toBeDefined();
    expect(await outcomeOf(work)).toBe(await locally());
  });

  it('are not announced where they are all in the store, nor those that are', async () => {
    const work = await openWork();
    for (const place of [0, 1, 2, 3, 4, 5, 6]) await work.keep(place);
    const worker = await startWorker(ids[1]);
    await coordinate();
    expect(said[0]).toBe('1 portions of 3 recordings are announced to workers');
    said = [];
    expect(await coordinate()).toEqual(done(null));
    expect(said).toEqual([]);
    await worker.stop();
  });

  it('are worked out here where no worker comes, which is said', async () => {
    expect(await coordinate({ patienceMs: 3000 })).toEqual(done(null));
    expect(said).toContain('no worker for 4 s: portions are worked out here until one comes');
    expect(await outcomeOf(await openWork())).toBe(await locally());
  });

  it('are left to the step where the registry refuses, is gone, or drops them', async () => {
    const gone = refuse('the registry does not answer', 'Check it.');
    for (const change of [
      { announce: async () => gone },
      { look: async () => gone },
      { look: async () => done(undefined) },
    ] satisfies Partial<Portions>[]) {
      expect(await coordinate({ patienceMs: 3000, by: { ...portions, ...change } })).toEqual(done(null));
      expect(said.at(-1)).toMatch(/worked out here$/u);
    }
  });

  it('that come out otherwise on the worker’s processor are refused', async () => {
    const worker = await startWorker(ids[1], { tensors: () => otherTensors });
    const outcome = await coordinate();
    await worker.stop();
    expect(outcome).toMatchObject({
      ok: false,
      refusal: { what: expect.stringContaining('makes other features') as string },
    });
  });

  it('of such a worker are out of the store again, and made anew by who goes on', async () => {
    const worker = await startWorker(ids[1], { tensors: () => otherTensors, until: { kind: 'once' } });
    expect((await coordinate()).ok).toBe(false);
    expect(valueOf(await worker.worked)).toBe(1);
    const work = await openWork();
    expect(valueOf(await work.known(0))).toBeUndefined();
    expect(await outcomeOf(work)).toBe(await locally());
  });

  it('are refused where the store holds something else than the worker says', async () => {
    const lying: Portions = { ...portions, finish: (held) => portions.finish(held, '0'.repeat(64)) };
    const worker = await startWorker(ids[1], { portions: lying });
    const outcome = await coordinate();
    await worker.stop();
    expect(outcome).toMatchObject({
      ok: false,
      refusal: { what: expect.stringContaining('makes other features') as string },
    });
  });

  it('that a worker put into another store are worked out here, and the worker is named', async () => {
    const elsewhere: Contents = { ...contents, put: async (bytes) => memoryContents(hash).put(bytes) };
    const worker = await startWorker(ids[1], { contents: elsewhere });
    expect(await coordinate()).toEqual(done(null));
    await worker.stop();
    expect(said.join('\n')).toContain(`worker ${ids[1]} reports what is not in this store`);
    expect(await outcomeOf(await openWork())).toBe(await locally());
  });

  it('that cannot be made by any worker fail the step with the code', async () => {
    await contents.remove(snapshot.recordings[0]!.samples.sha256);
    const worker = await startWorker(ids[1]);
    const outcome = await coordinate();
    await worker.stop();
    expect(outcome).toMatchObject({
      ok: false,
      refusal: { what: 'workers could not work out a portion (not-worked-out)' },
    });
    expect(worker.lines.join('\n')).toMatch(/recordings 1 to 4: the content [0-9a-f]{64} is not there/u);
  });
});

describe('a worker', () => {
  it('takes nothing that other code, another Node or another processor has to work out', async () => {
    const other = { ...program, environment: { ...program.environment, processor: 'two' } };
    const worker = await startWorker(ids[1], { program: other });
    expect(await coordinate({ patienceMs: 20_000 })).toEqual(done(null));
    expect(valueOf(await worker.stop())).toBe(0);
    expect(worker.lines).toContain(
      'portions wait for another version of this program, of Node, or another kind of processor',
    );
  });

  it('ends with a refusal where the registry refuses it, or its store is not the shared one', async () => {
    const refusal = refuse('wrong password', 'Check it.');
    const refused = await startWorker(ids[1], { portions: { ...portions, lease: async () => refusal } });
    expect(await refused.worked).toEqual(refusal);
    const lost = await startWorker(ids[1], { contents: memoryContents(hash) });
    const coordinated = coordinate({ patienceMs: 20_000 });
    expect(await lost.worked).toMatchObject({
      refusal: { what: 'the store does not hold what is to be worked out' },
    });
    // It has given back what it took: nothing has failed.
    expect(await coordinated).toEqual(done(null));
  });

  it('drops its report where the portion is another’s by now', async () => {
    let reports = 0;
    const taken: Portions = {
      ...portions,
      beat: async () => done(false),
      finish: async () => {
        reports += 1;
        return done(true);
      },
    };
    const worker = await startWorker(ids[1], { portions: taken, until: { kind: 'once' } });
    const coordinated = coordinate({ patienceMs: 1000 });
    expect(valueOf(await worker.worked)).toBe(0);
    expect(worker.lines.at(-1)).toMatch(/taken from this worker/u);
    expect(reports).toBe(0);
    // The registry has heard nothing of it since.
    registryMs += 60_000;
    expect(await coordinated).toEqual(done(null));
    expect(await outcomeOf(await openWork())).toBe(await locally());
  });

  it('ends after one portion, or when there was none for a while', async () => {
    const one = await startWorker(ids[1], { until: { kind: 'once' } });
    const other = await startWorker(ids[2]);
    await coordinate();
    expect([valueOf(await one.worked), valueOf(await other.stop())]).toEqual([1, 2]);
    const idle = await startWorker(ids[1], { until: { kind: 'idle', idleMs: 30_000 } });
    expect(valueOf(await idle.worked)).toBe(0);
  });
});

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.what);
  return outcome.value;
}
