import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  trainingConfigurationSchema,
  type TrainingConfiguration,
} from '../../../contract/training/configuration.ts';
import {
  fitResultSchema,
  scoresSchema,
  snapshotSchema,
  splitSchema,
  trainingSteps,
  type RunRecord,
  type TrainingEvent,
  type TrainingStep,
} from '../../../contract/training/run.ts';
import { encodeWav } from '../../../native/audio/wav.ts';
import { audioFiles } from '../../adapters/audio-files/audio-files.ts';
import { diskCheckpoints } from '../../adapters/disk/checkpoints.ts';
import { diskContents } from '../../adapters/disk/contents.ts';
import { diskDatasets } from '../../adapters/disk/datasets.ts';
import { diskModelFolders } from '../../adapters/disk/model-folders.ts';
import { diskRuns } from '../../adapters/disk/runs.ts';
import { onnxEngine } from '../../adapters/onnx-engine/onnx-engine.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../../adapters/system/surroundings.ts';
import { makeReport, type EvaluationReport } from '../../core/evaluate/report.ts';
import { seededRandom } from '../../core/fit/random.ts';
import { synthesise } from '../../core/model/golden-voices.ts';
import { verifyModelFiles } from '../verify-model.ts';
import { memoryTracker } from '../../ports/tracker.memory.ts';
import { trackRuns } from '../tracking/track-runs.ts';
import { compareRuns } from './compare-runs.ts';
import { openRun, runSteps } from './pipeline.ts';
import type { StepPorts } from './step.ts';

const rateHz = 16_000;
const engine = onnxEngine(encodeOnnx);
const tensors = onnxTensorEngine(encodeOnnx, { threads: 1 });
let root: string;

/** Twenty-four synthetic participants; the breath in the voice tells the classes apart, loudness does not. */
const people = Array.from({ length: 24 }, (_, i) => ({ name: `p${i}`, isPositive: i % 2 === 0 }));
const voice = (i: number, durationS = 0.9): Float32Array => {
  const breath = people[i]!.isPositive ? 0.3 : 0.002;
  const pitchHz = 100 + 6 * ((i * 5) % 24);
  return synthesise({ name: '', durationS, pitchHz, tremor: 0.01, jitter: 0.002, breath }, rateHz, i + 1);
};
const noiseClip = (seed: number): Float32Array => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: rateHz }, () => 0.2 * random.normal());
};
const writeWav = (path: string, samples: Float32Array): Promise<void> =>
  writeFile(path, encodeWav({ samples, sampleRateHz: rateHz, bitDepth: 16 }));
const csv = (rows: readonly string[]): string => ['path,subject,label,sexo', ...rows].join('\n');
const rows = people.map(
  ({ name, isPositive }, i) => `${name}.wav,${name},${isPositive ? 1 : 0},${i % 3 === 0 ? 'F' : 'M'}`,
);

const configure = (change: Record<string, unknown> = {}): TrainingConfiguration =>
  trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'list.csv', noises: { file: 'noises.txt' } },
    labels: { names: { negative: 'clear', positive: 'breathy' } },
    audio: { minimumS: 0.4 },
    split: { kind: 'seeded', validation: 0.2, test: 0.3, seed: 2 },
    noise: { training: { negative: 0, positive: 0 } },
    features: { windowS: 0.5, stepS: 0.25 },
    network: 'small',
    fit: {
      recordingsPerBatch: 4,
      mostEpochs: 12,
      warmUpSteps: 10,
      learningRate: 0.01,
      stepsPerCheckpoint: 2,
    },
    evaluate: { replicates: 100, permutedEpochs: 3 },
    model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
    ...change,
  });

interface Place {
  readonly folder: string;
  readonly events: TrainingEvent[];
  readonly ports: StepPorts;
}

let places = 0;
/** A data set of its own to spoil, with a store of its own unless one is shared. */
const makePlace = async (store?: string): Promise<Place> => {
  const folder = join(root, `place${places++}`);
  await cp(join(root, 'data'), folder, { recursive: true });
  return placeOf(folder, store ?? join(folder, 'store'));
};
const placeOf = (folder: string, store: string, codeSha256 = 'c'.repeat(64)): Place => {
  const events: TrainingEvent[] = [];
  return {
    folder,
    events,
    ports: {
      runs: diskRuns(join(store, 'runs')),
      contents: diskContents(store),
      datasets: diskDatasets(folder),
      recordings: audioFiles(folder),
      tensors,
      engine,
      checkpoints: diskCheckpoints(join(store, 'checkpoints')),
      surroundings: systemSurroundings(() => undefined),
      program: {
        codeVersion: 'spira 0+test',
        codeSha256,
        codeOf: Object.fromEntries(trainingSteps.map((step) => [step, codeSha256])) as Record<
          TrainingStep,
          string
        >,
        environment: { node: process.version },
      },
      onEvent: (event) => events.push(event),
    },
  };
};
const open = async ({ folder, ports }: Place, configuration: TrainingConfiguration, id = 'one') => {
  const opened = await openRun({ id, configuration, folder }, ports);
  if (!opened.ok) throw new Error(opened.refusal.what);
  return opened.value;
};
const runAll = async (place: Place, configuration = configure(), id = 'one') =>
  runSteps(await open(place, configuration, id), trainingSteps, place.ports);
const expectDone = (outcome: Awaited<ReturnType<typeof runAll>>): RunRecord => {
  if (!outcome.ok) throw new Error([outcome.refusal.what, ...(outcome.refusal.items ?? [])].join('; '));
  return outcome.value;
};
const kinds = ({ events }: Place, from = 0): readonly string[] =>
  events.slice(from).flatMap(({ kind, step }) => (kind === 'progress' ? [] : [`${step} ${kind}`]));
const outputOf = async (
  place: Place,
  record: RunRecord,
  step: (typeof trainingSteps)[number],
  name: string,
) => {
  const done = record.steps[step];
  if (done?.state !== 'done') throw new Error(`${step} is not done`);
  const bytes = await place.ports.contents.get(done.outputs[name]!.sha256);
  if (!bytes.ok) throw new Error(bytes.refusal.what);
  return Buffer.from(bytes.value);
};
const jsonOf = async (...args: Parameters<typeof outputOf>): Promise<unknown> =>
  JSON.parse((await outputOf(...args)).toString());

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spira-steps-'));
  const data = join(root, 'data');
  await mkdir(data);
  for (const [i, { name }] of people.entries()) await writeWav(join(data, `${name}.wav`), voice(i));
  const clips = [1, 2, 3, 4].map((seed) => `noise${seed}.wav`);
  for (const [i, clip] of clips.entries()) await writeWav(join(data, clip), noiseClip(i + 1));
  await writeFile(join(data, 'noises.txt'), clips.join('\n'));
  await writeFile(join(data, 'list.csv'), csv(rows));
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true, force: true });
});

describe('a training run', () => {
  let place: Place;
  let record: RunRecord;
  beforeAll(async () => {
    place = await makePlace();
    record = expectDone(await runAll(place));
  }, 120_000);

  it('learns what tells the classes apart, and says so in its record', async () => {
    expect(kinds(place)).toEqual(trainingSteps.flatMap((step) => [`${step} started`, `${step} done`]));
    const fit = fitResultSchema.parse(await jsonOf(place, record, 'fit', 'fit.json'));
    expect(fit.curve.at(-1)!.trainingLoss).toBeLessThan(0.7 * fit.curve[0]!.trainingLoss);
    const { evaluate } = record.steps;
    expect(evaluate?.state === 'done' && evaluate.figures['auc']).toBeGreaterThan(0.9);
    expect(record).toMatchObject({
      id: 'one',
      parent: null,
      codeSha256: 'c'.repeat(64),
      configuration: { fit: { seed: 1 } },
      steps: { snapshot: { figures: { recordings: 24, dataHash: expect.any(String) as string } } },
    });
    expect(await place.ports.runs.read('one')).toEqual({ ok: true, value: record });
  });

  it('writes a model folder that the contract accepts, proven against the trainer', async () => {
    const proof = (await jsonOf(place, record, 'package', 'proof.json')) as Record<string, number>;
    expect(proof['recordings']).toBeGreaterThan(8);
    expect(proof['largestDifference']).toBeLessThan(1e-5);
    const folder = join(place.folder, 'store', 'runs', 'one', 'outputs', 'model');
    const files = await diskModelFolders().read(folder);
    if (!files.ok) throw new Error(files.refusal.what);
    const { recordings, engine: graphs } = place.ports;
    const verified = await verifyModelFiles(files.value, {
      recordings: { ...audioFiles(folder), ...recordings },
      engine: graphs,
      surroundings: systemSurroundings(() => undefined),
    });
    expect(verified).toMatchObject({
      ok: true,
      value: { manifest: { labels: ['clear', 'breathy'], window: { lengthS: 0.5, stepS: 0.25 } } },
    });
  });

  it('tells each epoch of its fit as it ends, under the key of the step', async () => {
    const fit = fitResultSchema.parse(await jsonOf(place, record, 'fit', 'fit.json'));
    const told = place.events.flatMap((event) => (event.fit === undefined ? [] : [event]));
    expect(told.flatMap((event) => event.fit!.curve)).toEqual(fit.curve);
    expect(new Set(told.map((event) => `${event.step} ${event.fit!.key}`))).toEqual(
      new Set([`fit ${record.steps.fit!.key}`]),
    );
  });

  it('states nothing that does not follow from the stored scores', async () => {
    const stored = (await jsonOf(place, record, 'evaluate', 'report.json')) as EvaluationReport;
    const again = makeReport({
      snapshot: snapshotSchema.parse(await jsonOf(place, record, 'snapshot', 'snapshot.json')),
      split: splitSchema.parse(await jsonOf(place, record, 'split', 'split.json')),
      fit: fitResultSchema.parse(await jsonOf(place, record, 'fit', 'fit.json')),
      scores: scoresSchema.parse(await jsonOf(place, record, 'evaluate', 'scores.json')),
      settings: record.configuration.evaluate,
      trainingNoise: record.configuration.noise.training,
    });
    expect(JSON.parse(JSON.stringify(again))).toEqual(stored);
    expect(Object.keys(stored.conditions)).toEqual(['clean', 'noisy-controls', 'noisy-both']);
    expect(stored.groups.map(({ group, value }) => `${group} ${value}`)).toContain('sex M');
    expect(stored.permuted).toHaveLength(1);
  });

  it('writes a page with its plots and no participant in it', async () => {
    const page = (await outputOf(place, record, 'evaluate', 'report.html')).toString();
    expect(page.match(/<svg role="img"/gu)!.length).toBe(4);
    const card = (await outputOf(place, record, 'package', 'model/card.md')).toString();
    for (const { name } of people) expect(`${page}${card}`).not.toMatch(new RegExp(`\\b${name}\\b`, 'u'));
  });

  it('does nothing again of which nothing has changed, also in another run of the store', async () => {
    const from = place.events.length;
    expectDone(await runSteps(record, trainingSteps, place.ports));
    expect(kinds(place, from)).toEqual(trainingSteps.map((step) => `${step} reused`));
    const other = expectDone(await runAll(place, configure(), 'two'));
    expect(other.steps.package).toMatchObject({ state: 'done', isReused: true });
    const compared = await compareRuns('one', 'two', place.ports);
    expect(compared).toMatchObject({
      ok: true,
      value: { configuration: [], paired: { calls: { onlyFirst: 0, onlySecond: 0 } } },
    });
  });

  it('does again just what a change of the configuration reaches', async () => {
    const from = place.events.length;
    const changed = configure({
      model: { name: 'breath', version: '0.2.0', recording: 'sustentada' },
    });
    expectDone(await runAll(place, changed));
    expect(kinds(place, from)).toEqual([
      ...trainingSteps.slice(0, -1).map((step) => `${step} reused`),
      'package started',
      'package done',
    ]);
  });

  it('does all again with other code', async () => {
    const other = placeOf(place.folder, join(place.folder, 'store'), 'd'.repeat(64));
    await runSteps(await open(other, configure()), ['snapshot', 'split'], other.ports);
    expect(kinds(other)).toEqual(['snapshot started', 'snapshot done', 'split started', 'split done']);
  });
});

it('shows its curve elsewhere while it is fitted, after it was stopped, and as it goes on', async () => {
  const place = await makePlace();
  const tracker = memoryTracker();
  const seen: number[] = [];
  let nowMs = 0;
  const tracked = (isCancelled: () => boolean): Place => ({
    ...place,
    ports: {
      ...place.ports,
      isCancelled,
      onEvent(event) {
        // Further apart than curves are sent.
        nowMs += 60_000;
        place.events.push(event);
      },
      runs: trackRuns(place.ports.runs, {
        contents: place.ports.contents,
        surroundings: { ...systemSurroundings(() => undefined), now: () => new Date(nowMs) },
        trackers: [
          {
            name: 'a tracker',
            keep(run) {
              seen.push(run.curve.length);
              return tracker.keep(run);
            },
          },
        ],
      }),
    },
  });
  const steps = trainingSteps.slice(0, trainingSteps.indexOf('fit') + 1);
  const stopped = tracked(() => place.events.filter(({ fit }) => fit !== undefined).length >= 4);
  const opened = await open(stopped, configure());
  expect(await runSteps(opened, steps, stopped.ports)).toMatchObject({ ok: false });
  const epochsThere = () => tracker.runs.get('one')!.curve.map(({ epoch }) => epoch);
  expect(epochsThere()).toEqual([0, 1, 2, 3]);

  const again = tracked(() => false);
  const record = expectDone(await runSteps(await open(again, configure()), steps, again.ports));
  const fit = fitResultSchema.parse(await jsonOf(place, record, 'fit', 'fit.json'));
  expect(tracker.runs.get('one')!.curve).toEqual(fit.curve);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: fit.curve.length + 1 }, (_, count) => count)));
}, 60_000);

describe('a step', () => {
  it('refuses while those before it are not done, or were done of something else', async () => {
    const place = await makePlace();
    const run = await open(place, configure());
    expect(await runSteps(run, ['split'], place.ports)).toMatchObject({
      refusal: { what: '"split" needs "snapshot", which is not done' },
    });
    expectDone(await runSteps(run, ['snapshot', 'split'], place.ports));
    const changed = await open(place, configure({ audio: { minimumS: 0.5 } }));
    expect(await runSteps(changed, ['split'], place.ports)).toMatchObject({
      refusal: { what: '"split" needs "snapshot", which was done before something changed' },
    });
  });

  it('that fails is noted and leaves the outputs of the others valid', async () => {
    const place = await makePlace();
    await writeFile(join(place.folder, 'sides.csv'), 'subject,side\np0,training\n');
    const run = await open(place, configure({ split: { kind: 'given', file: 'sides.csv' } }));
    expect((await runSteps(run, ['snapshot', 'split'], place.ports)).ok).toBe(false);
    const noted = await place.ports.runs.read('one');
    if (!noted.ok || noted.value === undefined) throw new Error('no record');
    expect(noted.value.steps).toMatchObject({ snapshot: { state: 'done' }, split: { state: 'failed' } });
    await writeFile(
      join(place.folder, 'sides.csv'),
      [
        'subject,side',
        ...people.map(({ name }, i) => `${name},${['training', 'test', 'validation'][i % 3]}`),
      ].join('\n'),
    );
    const from = place.events.length;
    expectDone(await runSteps(noted.value, ['snapshot', 'split'], place.ports));
    expect(kinds(place, from)).toEqual(['snapshot reused', 'split started', 'split done']);
  });
});

describe('defects of the data', () => {
  const refusalOf = async (place: Place, change: Record<string, unknown> = {}) => {
    const outcome = await runSteps(await open(place, configure(change)), ['snapshot', 'split'], place.ports);
    return outcome.ok ? undefined : outcome.refusal;
  };

  it('are left out by name and counted: missing, truncated, short, silent, of an unknown label, listed again', async () => {
    const place = await makePlace();
    await writeWav(join(place.folder, 'short.wav'), voice(0, 0.2));
    await writeWav(join(place.folder, 'silent.wav'), new Float32Array(rateHz));
    await writeFile(
      join(place.folder, 'cut.wav'),
      (await readFile(join(place.folder, 'p0.wav'))).subarray(0, 30),
    );
    await cp(join(place.folder, 'p3.wav'), join(place.folder, 'copy.wav'));
    const bad = [
      'none.wav,x1,1,F',
      'cut.wav,x2,1,F',
      'short.wav,x3,1,F',
      'silent.wav,x4,0,F',
      'p5.wav,x5,9,F',
      'p2.wav,x6',
    ];
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, ...bad, 'copy.wav,p3,0,F']));
    const record = expectDone(await runSteps(await open(place, configure()), ['snapshot'], place.ports));
    const snapshot = snapshotSchema.parse(await jsonOf(place, record, 'snapshot', 'snapshot.json'));
    expect(snapshot.recordings).toHaveLength(24);
    const found = snapshot.exclusions.map(({ kind, name }) => [name, kind]);
    const kept = snapshot.recordings.map(({ name }) => name);
    // Which of two equal files is kept is the first that is listed.
    expect(kept).toContain('p3.wav');
    expect(Object.fromEntries(found)).toEqual({
      'none.wav': 'missing-file',
      'cut.wav': 'unreadable-audio',
      'short.wav': 'too-short',
      'silent.wav': 'silent',
      'p5.wav (listed again, 2)': 'unknown-label',
      'p2.wav': 'bad-row',
      'copy.wav': 'same-audio-twice',
    });
  });

  it('stop the run where the configuration says so', async () => {
    const place = await makePlace();
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, 'none.wav,x1,1,F']));
    expect(await refusalOf(place, { defects: { 'missing-file': 'refuse' } })).toMatchObject({
      what: 'the data have defects that the configuration refuses: 1 missing-file',
      items: ['none.wav: missing-file, not there, or not readable'],
    });
  });

  it('refuse a planted duplicate under another subject, and one under another label', async () => {
    const place = await makePlace();
    await cp(join(place.folder, 'p3.wav'), join(place.folder, 'copy.wav'));
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, 'copy.wav,somebody,0,F']));
    expect(await refusalOf(place)).toMatchObject({
      what: expect.stringContaining('2 same-audio-two-subjects') as string,
    });
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, 'copy.wav,somebody,1,F']));
    expect(await refusalOf(place)).toMatchObject({
      what: expect.stringContaining('2 same-audio-two-labels') as string,
    });
  });

  it('leave out a copy at another level that only its sound gives away, and refuse one under another label', async () => {
    const place = await makePlace();
    const copy = voice(3).map((sample, n) => 0.31 * sample + 1e-4 * Math.sin(n * n));
    await writeWav(join(place.folder, 'twin.wav'), copy);
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, 'twin.wav,somebody,0,F']));
    const record = expectDone(await runSteps(await open(place, configure()), ['snapshot'], place.ports));
    const snapshot = snapshotSchema.parse(await jsonOf(place, record, 'snapshot', 'snapshot.json'));
    expect(snapshot.exclusions).toEqual([
      {
        kind: 'same-sound-two-subjects',
        name: 'twin.wav',
        reason: 'almost the same sound as p3.wav, under another subject',
      },
    ]);
    await writeFile(join(place.folder, 'list.csv'), csv([...rows, 'twin.wav,somebody,1,F']));
    expect(await refusalOf(place)).toMatchObject({
      what: expect.stringContaining('2 same-sound-two-labels') as string,
    });
  });

  it('refuse a planted leak: a participant on two sides', async () => {
    const place = await makePlace();
    const sides = people.map(({ name }, i) => `${name},${['training', 'test', 'validation'][i % 3]}`);
    await writeFile(join(place.folder, 'sides.csv'), ['subject,side', ...sides, 'p0,test'].join('\n'));
    expect(await refusalOf(place, { split: { kind: 'given', file: 'sides.csv' } })).toMatchObject({
      what: 'the split sides.csv leaks or is not whole',
      items: ['subject p0 is on the sides training and test'],
    });
  });

  it('refuse a wrong rate where rates are named, and a subject in two classes', async () => {
    const place = await makePlace();
    const wanted = { audio: { minimumS: 0.4, sampleRatesHz: [8000] }, defects: { 'wrong-rate': 'refuse' } };
    expect(await refusalOf(place, wanted)).toMatchObject({
      what: expect.stringContaining('24 wrong-rate') as string,
    });
    await writeFile(join(place.folder, 'list.csv'), csv([...rows.slice(1), 'p0.wav,p1,1,F']));
    expect(await refusalOf(place)).toMatchObject({
      what: expect.stringContaining('2 subject-in-two-classes') as string,
    });
  });
});

describe('a planted noise shortcut', () => {
  it('is seen by the probe of the noise floor and by noise added to the controls', async () => {
    const place = await makePlace();
    // The voices of both classes are the same; the room of one class hums.
    const random = seededRandom(9);
    for (const [i, { name, isPositive }] of people.entries()) {
      const clear = synthesise(
        { name: '', durationS: 0.9, pitchHz: 100 + 6 * i, tremor: 0.01, jitter: 0.002, breath: 0.01 },
        rateHz,
        i + 1,
      );
      const level = isPositive ? 0.05 : 0;
      await writeWav(
        join(place.folder, `${name}.wav`),
        clear.map((sample) => 0.8 * sample + level * random.normal()),
      );
    }
    const record = expectDone(
      await runAll(
        place,
        configure({
          noise: { training: { negative: 0, positive: 0 }, evaluation: 3 },
          evaluate: { replicates: 100, permutedFits: 0 },
        }),
      ),
    );
    const report = (await jsonOf(place, record, 'evaluate', 'report.json')) as EvaluationReport;
    expect(report.conditions.clean!['accuracy']!.value).toBeGreaterThan(0.9);
    // Half of the controls are called ill once their rooms hum too: guessing.
    expect(report.conditions['noisy-controls']!['specificity']!.value).toBeLessThanOrEqual(0.5);
    expect(report.noiseLoss).toBeGreaterThan(0.2);
    expect(report.probes.find(({ name }) => name === 'noise floor')).toMatchObject({ isShortcut: true });
    const warnings = report.warnings.join('\n');
    expect(warnings).toContain('shortcut: noise floor alone');
    expect(warnings).toContain('depends on who got the noise');
    const card = (await outputOf(place, record, 'package', 'model/card.md')).toString();
    expect(card).toContain('depends on who got the noise');
  }, 120_000);
});

describe('noise in training', () => {
  it('is drawn from clips that the evaluation never hears, and refused where there are none', async () => {
    const place = await makePlace();
    const noisy = {
      noise: { training: { negative: 1, positive: 1 } },
      fit: { recordingsPerBatch: 4, mostEpochs: 1, warmUpSteps: 10 },
    };
    const record = expectDone(
      await runSteps(await open(place, configure(noisy)), trainingSteps.slice(0, 4), place.ports),
    );
    const split = splitSchema.parse(await jsonOf(place, record, 'split', 'split.json'));
    expect(split.noises.toSorted()).toEqual(['evaluation', 'training', 'training', 'training']);
    const without = await open(
      place,
      configure({ ...noisy, data: { kind: 'csv', file: 'list.csv' } }),
      'without',
    );
    expect(await runSteps(without, trainingSteps.slice(0, 3), place.ports)).toMatchObject({
      ok: false,
      refusal: { what: expect.stringContaining('no noise clips') as string },
    });
  }, 60_000);
});

describe('other inputs', () => {
  it.each([
    { kind: 'spectrogram', normalisation: 'none' },
    { kind: 'log-mel', normalisation: 'mean-variance' },
  ])(
    'as $kind, $normalisation, serve as they were trained on',
    async (input) => {
      const place = await makePlace();
      const record = expectDone(
        await runAll(
          place,
          configure({
            features: { windowS: 0.5, stepS: 0.25, ...input },
            fit: { recordingsPerBatch: 8, mostEpochs: 1, warmUpSteps: 5 },
            evaluate: { replicates: 100, permutedFits: 0 },
          }),
        ),
      );
      const proof = (await jsonOf(place, record, 'package', 'proof.json')) as Record<string, number>;
      expect(proof['largestDifference']).toBeLessThan(1e-5);
    },
    60_000,
  );
});

describe('a split in folds', () => {
  const still = { training: { negative: 0, positive: 0 } };
  const scoresOf = async (place: Place, record: RunRecord) =>
    scoresSchema.parse(await jsonOf(place, record, 'evaluate', 'scores.json')).scores;

  it('tests the baseline on every participant without them, and packages the fit to all', async () => {
    const place = await makePlace();
    const record = expectDone(
      await runAll(
        place,
        configure({
          network: 'baseline',
          features: { kind: 'statistics', windowS: 0.5, stepS: 0.25 },
          split: { kind: 'folds', count: 4 },
          noise: still,
          evaluate: { replicates: 100, permutedFits: 1 },
        }),
      ),
    );
    const report = (await jsonOf(place, record, 'evaluate', 'report.json')) as EvaluationReport;
    expect(report.fit).toMatchObject({ network: 'baseline', parameterCount: 120, stop: 'solved' });
    expect(report.fit.folds).toHaveLength(4);
    expect(report.conditions.clean!['auc']!.value).toBeGreaterThan(0.95);
    expect(Math.abs(report.permuted[0]!.value - 0.5)).toBeLessThan(0.35);
    const scores = await scoresOf(place, record);
    for (const side of ['training', 'validation', 'test'] as const) {
      const own = scores.filter((one) => one.side === side && one.condition === 'clean');
      expect(new Set(own.map(({ recording }) => recording)).size, side).toBe(24);
    }
    // Who was fitted to is scored otherwise than who was not.
    const scoreOf = (side: string) =>
      scores.filter((one) => one.side === side && one.condition === 'clean').map(({ score }) => score);
    expect(scoreOf('training')).not.toEqual(scoreOf('test'));
    expect(scoreOf('validation')).toEqual(scoreOf('test'));
    const proof = (await jsonOf(place, record, 'package', 'proof.json')) as Record<string, number>;
    expect([proof['recordings'], proof['largestDifference']! < 1e-5]).toEqual([24, true]);
    const card = (await outputOf(place, record, 'package', 'model/card.md')).toString();
    expect(card).toContain('one of 4 fits');
    expect(card).toContain('kinder than reality');
  }, 60_000);

  it('stops each fit of a network by the fold after the tested one, and is the same after a kill', async () => {
    const place = await makePlace();
    const configuration = configure({
      split: { kind: 'folds', count: 4, seed: 2 },
      noise: still,
      fit: {
        recordingsPerBatch: 6,
        mostEpochs: 4,
        warmUpSteps: 5,
        learningRate: 0.01,
        stepsPerCheckpoint: 1,
      },
      evaluate: { replicates: 100, permutedFits: 0 },
    });
    const record = expectDone(await runAll(place, configuration));
    const split = splitSchema.parse(await jsonOf(place, record, 'split', 'split.json'));
    expect(new Set(split.folds)).toEqual(new Set([0, 1, 2, 3]));
    const fit = fitResultSchema.parse(await jsonOf(place, record, 'fit', 'fit.json'));
    expect(fit.folds).toHaveLength(4);
    const epochs = fit.folds!.map(({ bestEpoch }) => bestEpoch + 1).sort((a, b) => a - b);
    expect(fit.curve).toHaveLength(epochs[2]!);
    // Of the fits to folds, none is the run's.
    expect(place.events.flatMap((event) => event.fit?.curve ?? [])).toEqual(fit.curve);
    const scores = await scoresOf(place, record);
    const of = (side: string, recording: number) =>
      scores.find((one) => one.side === side && one.recording === recording && one.condition === 'clean')!
        .score;
    expect(of('validation', 0)).not.toBe(of('test', 0));

    // Cancelled in the third fold, and run again in the same store.
    const other = await makePlace();
    const cancelled: StepPorts = {
      ...other.ports,
      isCancelled: () => other.events.some(({ message }) => message.startsWith('fold 3 of 4: epoch')),
    };
    const opened = await open(other, configuration);
    expect(await runSteps(opened, trainingSteps, cancelled)).toMatchObject({ ok: false });
    const again = expectDone(await runAll(other, configuration));
    expect(await outputOf(other, again, 'fit', 'folds.safetensors')).toEqual(
      await outputOf(place, record, 'fit', 'folds.safetensors'),
    );
    expect(await outputOf(other, again, 'fit', 'weights.safetensors')).toEqual(
      await outputOf(place, record, 'fit', 'weights.safetensors'),
    );
  }, 120_000);

  it('refuses fewer folds than a network needs sides', async () => {
    const place = await makePlace();
    await writeFile(join(place.folder, 'list.csv'), csv(rows.slice(0, 4)));
    const run = await open(place, configure({ split: { kind: 'folds', count: 3 } }));
    expect(await runSteps(run, ['snapshot', 'split'], place.ports)).toMatchObject({
      refusal: { what: 'the rarer class has too few participants for 3 folds' },
    });
  });
});
