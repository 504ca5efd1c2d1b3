/** Against the registry itself: another process, its own database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { registryRunDetailSchema } from '../../../contract/registry/training-runs.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { failedStep, runRecord } from '../../../contract/training/fixtures/run-records.ts';
import type { TrainingEvent } from '../../../contract/training/run.ts';
import { trackRuns } from '../../app/tracking/track-runs.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { describeTracker } from '../../ports/tracker.contract.ts';
import { diskRuns } from '../disk/runs.ts';
import { connectRegistry } from './connection.ts';
import { startRealRegistry, type RealRegistry } from './fixtures/real-registry.ts';
import { registryRuns, registryTracker } from './runs.ts';

let registry: RealRegistry;
beforeAll(async () => {
  registry = await startRealRegistry();
}, 120_000);
afterAll(() => registry.stop());

const hash = (bytes: Uint8Array): string => sha256(bytes);
const runPath = (id: string): string => `/api/v1/training/runs/${id}`;

describeTracker('the registry', async () => ({
  tracker: registryTracker(registry.researcher),
  keepsPersons: true,
  discard: () => Promise.resolve(),
  async find(id) {
    const { it } = registry;
    const found = await it.askJson({ method: 'GET', path: runPath(id) }, registryRunDetailSchema);
    if (!found.ok) return undefined;
    const { status, metrics, curve, parent } = found.value;
    const artefacts: Record<string, string> = {};
    for (const { name, sha256, isHeld } of found.value.artefacts) {
      if (!isHeld) continue;
      const answer = await it.ask({ method: 'GET', path: `${runPath(id)}/artefacts/${sha256}` });
      if (answer.ok) artefacts[name] = await answer.value.text();
    }
    const auc = metrics['clean']?.['auc']?.value;
    const trainingLoss = curve.map((point) => [point.epoch, point.trainingLoss] as const);
    return { status, auc, trainingLoss, parent: parent ?? undefined, artefacts };
  },
}));

describe('a run of a store on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spira-runs-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('shows its curve in the registry while it is fitted, and goes on with it in another process', async () => {
    const key = 'b'.repeat(64);
    const lines: string[] = [];
    let nowMs = 0;
    const tracked = () =>
      trackRuns(diskRuns(folder), {
        contents: memoryContents(hash),
        surroundings: {
          now: () => new Date(nowMs),
          toText: (bytes) => new TextDecoder().decode(bytes),
          progress: (line) => void lines.push(line),
        },
        trackers: [registryTracker(registry.researcher)],
      });
    const record = runRecord('live');
    const epochOf = (epoch: number): TrainingEvent => ({
      at: record.createdAt,
      run: 'live',
      step: 'fit',
      kind: 'progress',
      message: '',
      fit: {
        key,
        curve: [
          {
            epoch,
            trainingLoss: 1 / (epoch + 1),
            evaluationLoss: 0.5,
            evaluationAccuracy: 0.75,
            learningRate: 0.001,
          },
        ],
      },
    });
    const told = async () =>
      registry.it.askJson({ method: 'GET', path: runPath('live') }, registryRunDetailSchema);
    const shows = (...epochs: readonly number[]): Promise<void> =>
      vi.waitFor(
        async () => {
          const found = await told();
          expect(found.ok && found.value.curve.map(({ epoch }) => epoch)).toEqual(epochs);
        },
        { timeout: 30_000 },
      );
    const runs = tracked();
    await runs.create(record);
    await runs.append(epochOf(0));
    await shows(0);
    for (const epoch of [1, 2]) {
      nowMs += 3_600_000;
      await runs.append(epochOf(epoch));
    }
    await runs.save({ ...record, steps: { fit: failedStep } });
    await shows(0, 1, 2);

    const again = tracked();
    await again.save({ ...record, steps: { fit: failedStep } });
    await shows(0, 1, 2);
    await again.append(epochOf(3));
    await shows(0, 1, 2, 3);
    const found = await told();
    expect(found.ok && found.value.status).toBe('open');
    expect(lines).toEqual([]);
  }, 60_000);
});

describe('runs of the registry', () => {
  it('are listed and read with their outputs by whoever may', async () => {
    const runs = registryRuns(registry.it, hash);
    const listed = await runs.list();
    const one = listed.ok && listed.value.find(({ status }) => status === 'complete');
    if (one === false || one === undefined) throw new Error('no run is complete');
    expect(one.by).toBe('ana');
    const record = await runs.read(one.id);
    const made = record.ok ? record.value?.steps.package : undefined;
    if (made?.state !== 'done') throw new Error('nothing is packaged');
    const bytes = await runs.get(made.outputs['model/manifest.json']!.sha256);
    expect(bytes.ok && new TextDecoder().decode(bytes.value)).toBe(`{"name":"${one.id}"}`);
    expect(await runs.get('f'.repeat(64))).toMatchObject({ ok: false });
    expect(await runs.read('no-such-run')).toEqual({ ok: true, value: undefined });
  });

  it('are refused to who has no right, and the password stands in no message', async () => {
    const wrong = connectRegistry({ url: registry.url, username: 'ana', password: 'not the right one' });
    if (!wrong.ok) throw new Error(wrong.refusal.what);
    const refused = await registryRuns(wrong.value, hash).list();
    expect(refused).toMatchObject({ ok: false });
    expect(JSON.stringify(refused)).not.toContain('not the right one');
  });
});
