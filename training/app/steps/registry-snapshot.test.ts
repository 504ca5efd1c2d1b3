/** Snapshot, split and features of sessions that come from a registry, over time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import {
  featuresSchema,
  snapshotSchema,
  trainingSteps,
  type DataDefect,
  type RunRecord,
  type TrainingStep,
} from '../../../contract/training/run.ts';
import { encodeWav } from '../../../native/audio/wav.ts';
import { audioFiles } from '../../adapters/audio-files/audio-files.ts';
import { onnxEngine } from '../../adapters/onnx-engine/onnx-engine.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../../adapters/system/surroundings.ts';
import { synthesise } from '../../core/model/golden-voices.ts';
import { done, refuse } from '../../core/outcome.ts';
import type { ListedEntry } from '../../core/snapshot/listed.ts';
import { memoryCheckpoints } from '../../ports/checkpoints.memory.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { memoryRuns } from '../../ports/runs.memory.ts';
import { openRun, runSteps } from './pipeline.ts';
import type { StepPorts } from './step.ts';

const rateHz = 16_000;
const surroundings = systemSurroundings(() => undefined);
const bytesOf = new Map<string, Uint8Array>();
/** Two sessions of each of twelve participants. */
const entries: readonly ListedEntry[] = Array.from({ length: 24 }, (_, index) => {
  const pitchHz = 100 + 5 * index;
  const voice = { name: '', durationS: 0.8, pitchHz, tremor: 0.01, jitter: 0.002, breath: 0.01 };
  const wav = encodeWav({
    samples: synthesise(voice, rateHz, index + 1),
    sampleRateHz: rateHz,
    bitDepth: 16,
  });
  const file = `registry:${String(index)}`;
  bytesOf.set(file, wav);
  return {
    name: `session ${String(index)}/sustentada`,
    file,
    sha256: surroundings.sha256(wav),
    session: `session ${String(index)}`,
    subject: `participant ${String(index >> 1)}`,
    label: (index >> 1) % 2 === 0 ? 'positive' : 'negative',
    labelSource: 'clinician',
    groups: { sex: index % 3 === 0 ? 'F' : 'M' },
  };
});

const configuration = trainingConfigurationSchema.parse({
  data: { kind: 'registry', recordings: ['sustentada'], label: { from: 'sample-kind' } },
  labels: { negative: 'negative', positive: 'positive' },
  audio: { minimumS: 0.4 },
  noise: { training: { negative: 0, positive: 0 } },
  features: { windowS: 0.5, stepS: 0.25 },
  model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
});

let folder: string;
let contents: ReturnType<typeof memoryContents>;
let withdrawn: readonly string[];
let isAway: boolean;
let lines: string[];
let ports: StepPorts;
const engine = onnxEngine(encodeOnnx);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-registry-snapshot-'));
  contents = memoryContents((bytes) => surroundings.sha256(bytes));
  [withdrawn, isAway, lines] = [[], false, []];
  const code = 'c'.repeat(64);
  ports = {
    runs: memoryRuns(),
    contents,
    datasets: {
      list: async () =>
        done({
          entries: entries.filter(({ session }) => !withdrawn.includes(session!)),
          noises: [],
          defects: withdrawn.map((name): DataDefect => ({ kind: 'not-offered', name, reason: 'withdrawn' })),
          namesSubjects: true,
          withdrawn,
        }),
      listPaths: async () => done([]),
      read: async (file) => (isAway ? refuse('the registry is away', 'Try later.') : done(bytesOf.get(file))),
      readText: async () => done(''),
    },
    recordings: audioFiles(folder),
    tensors: onnxTensorEngine(encodeOnnx, { threads: 1 }),
    engine,
    checkpoints: memoryCheckpoints(),
    surroundings,
    program: {
      codeVersion: 'spira 0+test',
      codeSha256: code,
      codeOf: Object.fromEntries(trainingSteps.map((step) => [step, code])) as Record<TrainingStep, string>,
      environment: {},
    },
    onEvent: ({ kind, message }) => void lines.push(`${kind}: ${message}`),
  };
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(): Promise<RunRecord> {
  const opened = await openRun({ id: 'one', configuration, folder }, ports);
  if (!opened.ok) throw new Error(opened.refusal.what);
  const ran = await runSteps(opened.value, ['snapshot', 'split', 'features'], ports);
  if (!ran.ok) throw new Error(ran.refusal.what);
  return ran.value;
}

async function outputOf(record: RunRecord, step: TrainingStep, name: string): Promise<unknown> {
  const made = record.steps[step];
  if (made?.state !== 'done') throw new Error(`${step} is not done`);
  const bytes = await contents.get(made.outputs[name]!.sha256);
  return JSON.parse(surroundings.toText(bytes.ok ? bytes.value : new Uint8Array()));
}

it('leaves a session out that is withdrawn after a snapshot, says so, and removes what was made of it', async () => {
  const before = await run();
  const snapshot = snapshotSchema.parse(await outputOf(before, 'snapshot', 'snapshot.json'));
  const features = featuresSchema.parse(await outputOf(before, 'features', 'features.json'));
  expect([snapshot.recordings.length, snapshot.exclusions]).toEqual([24, []]);
  const index = snapshot.recordings.findIndex(({ name }) => name === 'session 5/sustentada');
  const madeOfIt = [snapshot.recordings[index]!.samples.sha256, features.clean[index]!.content.sha256];
  const there = () => Promise.all(madeOfIt.map(async (hash) => contents.has(hash)));
  expect(await there()).toEqual([done(true), done(true)]);

  withdrawn = ['session 5'];
  lines = [];
  const after = await run();
  const again = snapshotSchema.parse(await outputOf(after, 'snapshot', 'snapshot.json'));
  expect(again.recordings.map(({ name }) => name)).not.toContain('session 5/sustentada');
  expect(again.exclusions).toEqual([{ kind: 'not-offered', name: 'session 5', reason: 'withdrawn' }]);
  expect(again.dataHash).not.toBe(snapshot.dataHash);
  expect(after.steps.snapshot).toMatchObject({
    figures: { recordings: 23, excluded: 1, 'gone since the last snapshot': 1 },
  });
  expect(await there()).toEqual([done(false), done(false)]);
  expect(lines).toContain('progress: gone since the last snapshot: session 5/sustentada');
  expect(lines).toContain('progress: left out session 5: not-offered, withdrawn');

  lines = [];
  await run();
  expect(lines.map((line) => line.split(':')[0])).toEqual(['reused', 'reused', 'reused']);
}, 60_000);

it('knows both sessions of a patient as one participant, on one side', async () => {
  const record = await run();
  const snapshot = snapshotSchema.parse(await outputOf(record, 'snapshot', 'snapshot.json'));
  const split = (await outputOf(record, 'split', 'split.json')) as { recordings: readonly string[] };
  const sidesOf = Map.groupBy(snapshot.recordings.keys(), (index) => snapshot.recordings[index]!.subject);
  expect(sidesOf.size).toBe(12);
  for (const indices of sidesOf.values()) {
    expect(new Set(indices.map((index) => split.recordings[index])).size).toBe(1);
  }
}, 60_000);

it('fails where the registry is away in the middle, and leaves nothing out in silence', async () => {
  isAway = true;
  await expect(run()).rejects.toThrow('the registry is away');
  isAway = false;
  expect((await run()).steps.snapshot).toMatchObject({ figures: { recordings: 24, excluded: 0 } });
}, 60_000);
