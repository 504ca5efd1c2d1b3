/** Against the registry itself: another process, its own database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryRunDetailSchema } from '../../../contract/registry/training-runs.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { describeTracker } from '../../ports/tracker.contract.ts';
import { connectRegistry } from './connection.ts';
import { startRealRegistry, type RealRegistry } from './fixtures/real-registry.ts';
import { registryRuns, registryTracker } from './runs.ts';

let registry: RealRegistry;
beforeAll(async () => {
  registry = await startRealRegistry();
}, 120_000);
afterAll(() => registry.stop());

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
    return { status, auc, epochs: curve.length, parent: parent ?? undefined, artefacts };
  },
}));

describe('runs of the registry', () => {
  const hash = (bytes: Uint8Array): string => sha256(bytes);

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
