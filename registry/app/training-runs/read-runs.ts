import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import type { RegistryRun } from '../../../contract/registry/training-runs.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { aliasesOf } from '../models/model-rows.ts';
import type { Call } from '../world.ts';
import { runDetail, shownRun } from './run-rows.ts';

/** Runs, those first that came last; `next` is where the following page begins. */
export async function listRuns(
  { world }: Call,
  { query: { after, limit, status } }: RouteInput<'training-runs.list'>,
): Promise<Outcome<RouteAnswer<'training-runs.list'>>> {
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  const rows = await world.store.read((reader) =>
    reader.find('trainingRuns', {
      where: {
        ...(status === undefined ? {} : { status }),
        ...(after === undefined ? {} : { sequence: { below: Number(after) } }),
      },
      order: [['sequence', 'descending']],
      limit: limit + 1,
    }),
  );
  const page = rows.slice(0, limit);
  return done({
    runs: page.map(shownRun),
    next: rows.length > limit ? String(page.at(-1)?.sequence) : null,
  });
}

export async function readRun(
  { world }: Call,
  { params: { runId } }: RouteInput<'training-runs.read'>,
): Promise<Outcome<RouteAnswer<'training-runs.read'>>> {
  return world.store.read(async (reader) => {
    const row = await reader.get('trainingRuns', runId);
    return row === undefined ? noSuchRun() : done(await runDetail(reader, row));
  });
}

/** Model versions with the runs that made them and all that those came from; of one name or one run, or all. */
export async function readLineage(
  { world }: Call,
  { query: { model, runId } }: RouteInput<'training-lineage.read'>,
): Promise<Outcome<RouteAnswer<'training-lineage.read'>>> {
  return world.store.read(async (reader) => {
    const run = runId === undefined ? undefined : await reader.get('trainingRuns', runId);
    if (runId !== undefined && run === undefined) return noSuchRun();
    const rows = await reader.find('models', {
      where: {
        ...(model === undefined ? {} : { name: model }),
        ...(run === undefined ? {} : { sha256: run.manifestSha256 ?? '' }),
      },
      order: [['uploadedAt', 'descending']],
    });
    const runs = new Map<string, RegistryRun>();
    if (run !== undefined) await addWithAncestors(reader, run, runs);
    const models = [];
    for (const { id, name, version, sha256 } of rows) {
      const [maker] = await reader.find('trainingRuns', {
        where: { manifestSha256: sha256 },
        order: [['sequence', 'ascending']],
        limit: 1,
      });
      if (maker !== undefined) await addWithAncestors(reader, maker, runs);
      const aliases = [...(await aliasesOf(reader, id))];
      models.push({ name, version, manifestSha256: sha256, aliases, runId: maker?.id ?? null });
    }
    return done({ models, runs: [...runs.values()] });
  });
}

async function addWithAncestors(
  reader: StoreReader,
  run: Row<'trainingRuns'>,
  runs: Map<string, RegistryRun>,
): Promise<void> {
  for (let next: Row<'trainingRuns'> | undefined = run; next !== undefined && !runs.has(next.id);) {
    runs.set(next.id, shownRun(next));
    next = next.parent === null ? undefined : await reader.get('trainingRuns', next.parent);
  }
}

export function noSuchRun(): ReturnType<typeof refuse> {
  return refuse('not-found', 'training run not found');
}
