import { routes } from '../../../contract/registry/routes.ts';
import {
  maximumArtefactBytes,
  registryRunDetailSchema,
  type RegistryRun,
} from '../../../contract/registry/training-runs.ts';
import type { RunRecord } from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Tracker } from '../../ports/tracker.ts';
import type { RegistryConnection } from './connection.ts';

const runPath = (id: string): string => `/api/v1/training/runs/${encodeURIComponent(id)}`;
const artefactPath = (id: string, sha256: string): string => `${runPath(id)}/artefacts/${sha256}`;

/** Nobody waits for minutes because a line is silent; a file gets time by its size, at 100 kB a second. */
const timeLimitMs = 30_000;
const bytesPerMs = 100;

/** Keeps runs in the registry. The registry says which artefacts it lacks: nothing is noted on this side. */
export function registryTracker(connection: RegistryConnection): Tracker {
  return {
    name: `the registry at ${connection.url}`,
    async keep({ record, metrics, curve, artefacts, read }) {
      const kept = await connection.askJson(
        { method: 'PUT', path: runPath(record.id), json: { record, metrics, curve }, timeLimitMs },
        registryRunDetailSchema,
      );
      if (!kept.ok) return kept;
      const held = new Set(kept.value.artefacts.filter(({ isHeld }) => isHeld).map(({ sha256 }) => sha256));
      const lacking = new Map(artefacts.map((one) => [one.sha256, one]));
      for (const { sha256, name, sizeBytes } of lacking.values()) {
        if (held.has(sha256)) continue;
        if (sizeBytes > maximumArtefactBytes) {
          return refuse(`${name} is larger than what the registry keeps`, 'It stays in the store on disk.');
        }
        const bytes = await read(sha256);
        if (!bytes.ok) return bytes;
        const put = await connection.ask({
          method: 'PUT',
          path: artefactPath(record.id, sha256),
          bytes: bytes.value,
          contentType: 'application/octet-stream',
          timeLimitMs: timeLimitMs + Math.ceil(sizeBytes / bytesPerMs),
        });
        if (!put.ok) return put;
        await put.value.body?.cancel();
      }
      return done(null);
    },
  };
}

/** Runs that the registry keeps, whoever brought them. */
export interface RegistryRuns {
  list(): Promise<Outcome<readonly RegistryRun[]>>;
  /** Undefined where there is no such run. */
  read(id: string): Promise<Outcome<RunRecord | undefined>>;
  /** An artefact of a run that was read. */
  get(sha256: string): Promise<Outcome<Uint8Array>>;
}

export function registryRuns(
  connection: RegistryConnection,
  hash: (bytes: Uint8Array) => string,
): RegistryRuns {
  const runOf = new Map<string, string>();
  return {
    async list() {
      const runs: RegistryRun[] = [];
      for (let after = ''; ;) {
        const page = await connection.askJson(
          { method: 'GET', path: `/api/v1/training/runs?limit=500${after}` },
          routes['training-runs.list'].answer,
        );
        if (!page.ok) return page;
        runs.push(...page.value.runs);
        if (page.value.next === null) return done(runs);
        after = `&after=${encodeURIComponent(page.value.next)}`;
      }
    },
    async read(id) {
      let isThere = true;
      const found = await connection.askJson(
        { method: 'GET', path: runPath(id) },
        registryRunDetailSchema,
        ({ code }) => {
          isThere = code !== 'not-found';
        },
      );
      if (!found.ok) return isThere ? found : done(undefined);
      for (const { sha256, isHeld } of found.value.artefacts) if (isHeld) runOf.set(sha256, id);
      return done(found.value.record);
    },
    async get(sha256) {
      const id = runOf.get(sha256);
      if (id === undefined)
        return refuse('the registry does not have this output', 'Keep the run there first.');
      const answer = await connection.ask({ method: 'GET', path: artefactPath(id, sha256) });
      if (!answer.ok) return answer;
      const bytes = await readBytes(answer.value);
      if (bytes !== undefined && hash(bytes) === sha256) return done(bytes);
      return refuse('an output came damaged from the registry', 'Try again.');
    },
  };
}

/** Undefined where the line breaks. */
async function readBytes(answer: Response): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}
