import { beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import type { RunRecord, StepRecord } from '../../../contract/training/run.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { done } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { memoryRuns } from '../../ports/runs.memory.ts';
import { memoryTracker, type MemoryTracker } from '../../ports/tracker.memory.ts';
import { syncRuns, trackRuns, type TrackingPorts } from './track-runs.ts';

const at = '2026-11-21T12:00:00.000Z';
const lines: string[] = [];
let contents: ReturnType<typeof memoryContents>;
let [near, far]: [MemoryTracker, MemoryTracker] = [memoryTracker(), memoryTracker()];
let ports: TrackingPorts;
let disk: ReturnType<typeof memoryRuns>;

beforeEach(() => {
  lines.length = 0;
  contents = memoryContents(sha256);
  [near, far] = [memoryTracker(), memoryTracker()];
  disk = memoryRuns();
  const surroundings = {
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
