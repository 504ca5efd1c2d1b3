import { beforeEach, describe, expect, it, vi } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import type { RunRecord, StepRecord, TrainingEvent } from '../../../contract/training/run.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { done } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { memoryRuns } from '../../ports/runs.memory.ts';
import { memoryTracker, type MemoryTracker } from '../../ports/tracker.memory.ts';
import type { Tracker } from '../../ports/tracker.ts';
import { syncRuns, trackRuns, type TrackingPorts } from './track-runs.ts';

const at = '2026-11-21T12:00:00.000Z';
const lines: string[] = [];
let contents: ReturnType<typeof memoryContents>;
let [near, far]: [MemoryTracker, MemoryTracker] = [memoryTracker(), memoryTracker()];
let ports: TrackingPorts;
let disk: ReturnType<typeof memoryRuns>;
let nowMs = 0;

beforeEach(() => {
  lines.length = 0;
  contents = memoryContents(sha256);
  [near, far] = [memoryTracker(), memoryTracker()];
  disk = memoryRuns();
  nowMs = Date.parse(at);
  const surroundings = {
    now: () => new Date(nowMs),
    toText: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
    progress: (line: string) => void lines.push(line),
  };
  ports = { contents, surroundings, trackers: [near, far] };
});

const record = (id: string, steps: RunRecord['steps'] = {}, createdAt = at): RunRecord => ({
  format: 1,
  id,
  parent: null,
  createdAt,
  folder: '/data',
  configuration: trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'list.csv' },
    model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
  }),
  codeVersion: 'spira 1',
  codeSha256: 'a'.repeat(64),
  environment: {},
  steps,
});

async function doneStep(outputs: Readonly<Record<string, unknown>>): Promise<StepRecord> {
  const stored: Record<string, { sha256: string; sizeBytes: number }> = {};
  for (const [name, value] of Object.entries(outputs)) {
    const put = await contents.put(new TextEncoder().encode(JSON.stringify(value)));
    if (put.ok) stored[name] = put.value;
  }
  return {
    state: 'done',
    key: 'b'.repeat(64),
    configurationSha256: 'c'.repeat(64),
    inputs: {},
    outputs: stored,
    figures: {},
    startedAt: at,
    finishedAt: at,
    codeVersion: 'spira 1',
    isReused: false,
  };
}

const curveOf = (epochs: number) => ({
  format: 1,
  network: 'small',
  parameterCount: 1,
  bestEpoch: 0,
  bestLoss: 0.5,
  steps: 1,
  stop: 'patience',
  curve: Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    trainingLoss: 0.5,
    evaluationLoss: 0.5,
    evaluationAccuracy: 0.5,
    learningRate: 0.1,
  })),
});

describe('tracked runs', () => {
  it('are on disk and at every tracker, with metrics, curve and artefacts', async () => {
    const runs = trackRuns(disk, ports);
    await runs.create(record('one'));
    const fit = await doneStep({ 'fit.json': curveOf(3) });
    const evaluate = await doneStep({
      'report.json': {
        conditions: {
          clean: { auc: { value: 0.9, low: 0.8, high: 1 }, f1: { value: null, low: null, high: null } },
        },
      },
    });
    expect(await runs.save(record('one', { fit, evaluate }))).toEqual(done(null));
    expect(await disk.read('one')).toEqual(done(record('one', { fit, evaluate })));
    for (const tracker of [near, far]) {
      expect(tracker.runs.get('one')).toEqual({
        record: record('one', { fit, evaluate }),
        metrics: { clean: { auc: { value: 0.9, low: 0.8, high: 1 } } },
        curve: curveOf(3).curve,
      });
      expect(tracker.artefacts.size).toBe(2);
    }
    expect(lines).toEqual([]);
  });

  it('go on where a tracker is away, with a warning, and are given to it whole by the next step', async () => {
    const runs = trackRuns(disk, ports);
    far.reach.isThere = false;
    expect(await runs.create(record('one'))).toEqual(done(null));
    const snapshot = await doneStep({ 'snapshot.json': 1 });
    expect(await runs.save(record('one', { snapshot }))).toEqual(done(null));
    expect([near.runs.size, far.runs.size, lines.length]).toEqual([1, 0, 2]);
    expect(lines[0]).toMatch(/^warning: not kept by memory yet: the tracker does not answer/u);
    far.reach.isThere = true;
    const split = await doneStep({ 'split.json': 2 });
    await runs.save(record('one', { snapshot, split }));
    expect([far.runs.get('one')?.record.steps, far.artefacts.size, lines.length]).toEqual([
      { snapshot, split },
      2,
      2,
    ]);
  });

  it('bring artefacts one by one over a line that breaks', async () => {
    far.reach.artefactsPerCall = 1;
    const snapshot = await doneStep({ a: 1, b: 2, c: 3 });
    await disk.create(record('one', { snapshot }));
    for (const held of [1, 2, 3]) {
      const synced = await syncRuns(disk, ports);
      expect([synced.ok && synced.value.failed.length, far.artefacts.size]).toEqual([held < 3 ? 1 : 0, held]);
    }
  });

  it('tell nothing of a run that the disk refused', async () => {
    const runs = trackRuns(disk, ports);
    expect(await runs.save(record('one'))).toMatchObject({ ok: false });
    expect(near.runs.size).toBe(0);
  });

  it('are synced all, in order of making, and what failed is named', async () => {
    await disk.create(record('late', {}, '2026-11-22T12:00:00.000Z'));
    await disk.create(record('early'));
    far.reach.isThere = false;
    expect(await syncRuns(disk, ports)).toEqual(
      done({
        runs: 2,
        failed: ['early, memory: the tracker does not answer', 'late, memory: the tracker does not answer'],
      }),
    );
    expect([...near.runs.keys()]).toEqual(['early', 'late']);
  });

  it('have long curves and lists cut short on their way, and whole on disk', async () => {
    const fit = await doneStep({ 'fit.json': curveOf(9000) });
    const items = Array.from({ length: 1000 }, (_, index) => `file ${String(index)}`);
    const failed: StepRecord = {
      state: 'failed',
      key: sha256('x'),
      startedAt: at,
      finishedAt: at,
      codeVersion: 'spira 1',
      what: 'defects',
      items,
      wayOut: 'Correct them.',
    };
    await trackRuns(disk, ports).create(record('one', { fit, evaluate: failed }));
    const kept = near.runs.get('one')!;
    expect(kept.curve.length).toBe(3000);
    const { evaluate } = kept.record.steps;
    expect(evaluate?.state === 'failed' && evaluate.items.slice(-2)).toEqual(['file 199', '… and 800 more']);
    expect(await disk.read('one')).toEqual(done(record('one', { fit, evaluate: failed })));
  });
});

describe('the curve of a fit that is under way', () => {
  const key = 'b'.repeat(64);
  const fitEvent = (part: Partial<TrainingEvent>): TrainingEvent => ({
    at,
    run: 'one',
    step: 'fit',
    kind: 'progress',
    message: '',
    ...part,
  });
  const epochEvent = (epoch: number, fit = key): TrainingEvent =>
    fitEvent({ fit: { key: fit, curve: [curveOf(epoch + 1).curve[epoch]!] } });
  const epochsAt = (tracker: MemoryTracker): readonly number[] | undefined =>
    tracker.runs.get('one')?.curve.map(({ epoch }) => epoch);
  /** What is sent beside a fit is there a little later, and by the next turn it is known to be. */
  const shows = async (tracker: MemoryTracker, ...epochs: readonly number[]): Promise<void> => {
    await vi.waitFor(() => expect(epochsAt(tracker)).toEqual(epochs), 10_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const failedFit: StepRecord = {
    state: 'failed',
    key,
    startedAt: at,
    finishedAt: at,
    codeVersion: 'spira 1',
    what: 'the step was cancelled',
    items: [],
    wayOut: 'Run it again.',
  };

  it('reaches every tracker epoch by epoch, and no more often than every five seconds', async () => {
    const runs = trackRuns(disk, ports);
    await runs.create(record('one'));
    await runs.append(epochEvent(0));
    for (const tracker of [near, far]) await shows(tracker, 0);
    nowMs += 4999;
    for (const epoch of [1, 2]) await runs.append(epochEvent(epoch));
    for (const tracker of [near, far]) expect(epochsAt(tracker)).toEqual([0]);
    nowMs += 1;
    // What had to wait goes with whatever is told next.
    await runs.append(fitEvent({ loss: 0.5 }));
    for (const tracker of [near, far]) await shows(tracker, 0, 1, 2);
  });

  it('brings no artefacts beside a fit: they wait for the end of the step', async () => {
    const runs = trackRuns(disk, ports);
    far.reach.isThere = false;
    await runs.create(record('one', { snapshot: await doneStep({ 'snapshot.json': 1 }) }));
    far.reach.isThere = true;
    await runs.append(epochEvent(0));
    await shows(far, 0);
    expect(far.artefacts.size).toBe(0);
  });

  it('does not hold up a fit where a tracker is silent, nor the other tracker, and nothing older comes last', async () => {
    const silence = Promise.withResolvers<void>();
    const seen: (readonly [number, string | undefined])[] = [];
    const slow: Tracker = {
      name: 'slow',
      async keep(run) {
        const { fit } = run.record.steps;
        if (run.curve.length > 0 && fit === undefined) await silence.promise;
        seen.push([run.curve.length, fit?.state]);
        return far.keep(run);
      },
    };
    const runs = trackRuns(disk, { ...ports, trackers: [slow, near] });
    await runs.create(record('one'));
    for (const epoch of [0, 1, 2]) {
      await runs.append(epochEvent(epoch));
      await shows(near, ...[0, 1, 2].slice(0, epoch + 1));
      nowMs += 6000;
    }
    expect(seen).toEqual([[0, undefined]]);
    const fit = await doneStep({ 'fit.json': curveOf(3) });
    await runs.append(fitEvent({ kind: 'done' }));
    const saved = runs.save(record('one', { fit }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([[0, undefined]]);
    silence.resolve();
    expect(await saved).toEqual(done(null));
    expect(seen).toEqual([
      [0, undefined],
      [1, undefined],
      [3, 'done'],
    ]);
    expect([epochsAt(far), far.artefacts.size]).toEqual([[0, 1, 2], 1]);
  });

  it('is asked for the less, the longer a tracker takes', async () => {
    let sendings = 0;
    const slow: Tracker = {
      name: 'slow',
      async keep(run) {
        sendings += 1;
        nowMs += 3000;
        return far.keep(run);
      },
    };
    const runs = trackRuns(disk, { ...ports, trackers: [slow] });
    await runs.create(record('one'));
    await runs.append(epochEvent(0));
    await shows(far, 0);
    nowMs += 29_000;
    await runs.append(epochEvent(1));
    expect(sendings).toBe(2);
    nowMs += 1000;
    await runs.append(epochEvent(2));
    await shows(far, 0, 1, 2);
    expect(sendings).toBe(3);
  });

  it('is warned of once where a tracker is away or breaks, and is there whole at the end', async () => {
    const breaking: Tracker = {
      name: 'breaking',
      keep: () => Promise.reject(new TypeError('of a defect')),
    };
    const runs = trackRuns(disk, { ...ports, trackers: [far, breaking] });
    await runs.create(record('one'));
    lines.length = 0;
    far.reach.isThere = false;
    for (const epoch of [0, 1, 2, 3]) {
      expect(await runs.append(epochEvent(epoch))).toEqual(done(null));
      await vi.waitFor(() => expect(lines.length).toBe(2), 10_000);
      nowMs += 6000;
    }
    expect(lines).toEqual([
      'warning: the curve does not reach memory: the tracker does not answer. It is sent again',
      'warning: the curve does not reach breaking: it failed (TypeError). It is sent again',
    ]);
    far.reach.isThere = true;
    const fit = await doneStep({ 'fit.json': curveOf(4) });
    await runs.append(fitEvent({ kind: 'done' }));
    expect(await runs.save(record('one', { fit }))).toEqual(done(null));
    expect(epochsAt(far)).toEqual([0, 1, 2, 3]);
  });

  it('stays after a fit that was stopped, and goes on in another process', async () => {
    const first = trackRuns(disk, ports);
    await first.create(record('one'));
    for (const epoch of [0, 1, 2]) await first.append(epochEvent(epoch));
    await first.save(record('one', { fit: failedFit }));
    expect(epochsAt(far)).toEqual([0, 1, 2]);
    expect(far.runs.get('one')?.record.steps.fit?.state).toBe('failed');

    const second = trackRuns(disk, ports);
    await second.save(record('one', { fit: failedFit }));
    expect(epochsAt(far)).toEqual([0, 1, 2]);
    // Its last epoch had not reached the checkpoint.
    await second.append(fitEvent({ fit: { key, curve: curveOf(2).curve } }));
    await shows(far, 0, 1);
    expect(far.runs.get('one')?.record.steps.fit).toBeUndefined();
    nowMs += 6000;
    await second.append(epochEvent(2));
    await shows(far, 0, 1, 2);
    expect((await syncRuns(disk, ports)).ok).toBe(true);
    expect(epochsAt(far)).toEqual([0, 1, 2]);
  });

  it('gives way to that of an earlier fit where its step is taken from the store', async () => {
    const runs = trackRuns(disk, ports);
    const fit = await doneStep({ 'fit.json': curveOf(2) });
    await runs.create(record('one', { fit }));
    await runs.append(epochEvent(0, 'e'.repeat(64)));
    await shows(far, 0);
    await runs.append(fitEvent({ kind: 'reused' }));
    await runs.save(record('one', { fit }));
    expect(epochsAt(far)).toEqual([0, 1]);
  });
});
