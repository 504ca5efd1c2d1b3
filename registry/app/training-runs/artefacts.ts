/** The bytes of what training runs made, by their hash: the same bytes of two runs are kept once. */
import { maximumArtefactBytes } from '../../../contract/registry/training-runs.ts';
import { artefactsOf, type NamedArtefact as Artefact } from '../../../contract/training/run-facts.ts';
import type { AccountId } from '../../../contract/ids.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import type { Row } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import { noSuchRun } from './read-runs.ts';
import { uploadOf } from './run-rows.ts';

export interface NamedArtefact {
  readonly runId: string;
  readonly sha256: string;
}

class NotAsNamed extends Error {}

/**
 * Keeps the bytes of an artefact that the run names; bytes that are here already are not read. `content-mismatch` for
 * other bytes than the name says, `too-large` beyond what one artefact may have.
 */
export async function keepArtefact(
  call: Call,
  { runId, sha256, chunks }: NamedArtefact & { readonly chunks: AsyncIterable<Uint8Array> },
): Promise<Outcome<{ readonly sha256: string; readonly sizeBytes: number }>> {
  const { world, caller } = call;
  const found = await findArtefact(call, { runId, sha256 });
  if (!found.ok) return found;
  const { run, artefact } = found.value;
  if (!may(caller, 'runs.write', { accountId: run.accountId as AccountId })) {
    await recordRefusal(call, { action: 'runs.write', code: 'forbidden', subjectId: runId });
    return refuse('forbidden', 'Forbidden operation');
  }
  const { sizeBytes } = artefact;
  if (sizeBytes > maximumArtefactBytes) return refuse('too-large', 'The artefact is too large');
  const known = await world.store.read((reader) => reader.get('trainingArtefacts', sha256));
  if (known !== undefined) return done({ sha256, sizeBytes: known.sizeBytes });
  const blobKey = `training/${sha256}`;
  try {
    await world.blobs.put(blobKey, asNamed(call, artefact, chunks));
  } catch (cause) {
    if (cause instanceof NotAsNamed) return refuse('content-mismatch', 'The bytes are not those of the name');
    if (!(cause instanceof BlobFailure)) throw cause;
    return refuse('storage-unavailable', 'The registry cannot store at the moment: try again later', {
      cause,
    });
  }
  await world.store.write(async (transaction) => {
    await transaction.put('trainingArtefacts', { id: sha256, sizeBytes, blobKey, storedAt: nowOf(world) });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'training-artefact-kept',
      subjectId: runId,
      details: { name: artefact.name, sha256 },
    });
  });
  return done({ sha256, sizeBytes });
}

/** Throws at the end, or as soon as there is too much, unless the bytes have length and hash: then nothing is stored. */
async function* asNamed(
  { world }: Call,
  { sha256, sizeBytes }: Artefact,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const hash = world.hashing.startSha256();
  let seenBytes = 0;
  for await (const chunk of chunks) {
    seenBytes += chunk.length;
    if (seenBytes > sizeBytes) throw new NotAsNamed();
    hash.update(chunk);
    yield chunk;
  }
  if (seenBytes !== sizeBytes || hash.end() !== sha256) throw new NotAsNamed();
}

export interface ReadArtefact {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * The bytes of an artefact. What speaks of single recordings goes to the account that keeps the run, and to who answers
 * for all hospitals; each such reading stands in the audit trail.
 */
export async function readArtefact(call: Call, named: NamedArtefact): Promise<Outcome<ReadArtefact>> {
  const { world, caller } = call;
  const found = await findArtefact(call, named);
  if (!found.ok) return found;
  const { run, artefact } = found.value;
  const { runId, sha256 } = named;
  if (artefact.isAboutPersons) {
    const isOwn = caller.kind === 'account' && caller.accountId === run.accountId;
    if (!isOwn && !may(caller, 'run-data.read')) {
      await recordRefusal(call, { action: 'run-data.read', code: 'forbidden', subjectId: runId });
      return refuse('forbidden', 'Forbidden operation');
    }
  }
  const row = await world.store.read((reader) => reader.get('trainingArtefacts', sha256));
  const blob = row && (await world.blobs.get(row.blobKey));
  if (blob === undefined) return refuse('not-found', 'the artefact was not brought here');
  if (artefact.isAboutPersons) {
    await world.store.write((transaction) =>
      recordDeed(world, transaction, {
        by: caller,
        action: 'training-data-read',
        subjectId: runId,
        details: { name: artefact.name, sha256 },
      }),
    );
  }
  const { sizeBytes, chunks } = blob;
  return done({ name: artefact.name, type: artefact.type, sizeBytes, chunks });
}

async function findArtefact(
  { world }: Call,
  { runId, sha256 }: NamedArtefact,
): Promise<Outcome<{ readonly run: Row<'trainingRuns'>; readonly artefact: Artefact }>> {
  const run = await world.store.read((reader) => reader.get('trainingRuns', runId));
  if (run === undefined) return noSuchRun();
  const named = artefactsOf(uploadOf(run).record).filter((one) => one.sha256 === sha256);
  // The same bytes under two names are as guarded as the more guarded of the two.
  const artefact = named.find(({ isAboutPersons }) => isAboutPersons) ?? named[0];
  return artefact === undefined
    ? refuse('not-found', 'the run names no such artefact')
    : done({ run, artefact });
}
