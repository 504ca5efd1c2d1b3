import type { UploadMetadata } from '../../../contract/registry/sync.ts';
import {
  faultOfAnnouncement,
  isComplete,
  isLengthAllowed,
  isSameFile,
  isWorthAnotherTry,
} from '../../core/uploads.ts';
import { may, servedHospitals } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import { dropBlobs } from './drop-blobs.ts';
import { endUpload } from './end-upload.ts';
import { finishUpload } from './finish-upload.ts';
import type { UploadTraffic } from './traffic.ts';
import { mismatch, noSuchUpload, overloaded, withdrawn } from './upload-access.ts';

export interface UploadOffer {
  readonly metadata: UploadMetadata;
  readonly lengthBytes: number;
}

export interface UploadPlace {
  readonly id: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly isNew: boolean;
}

/**
 * A place to send a take's audio to. The same offer again, also at the same time or from a sender that never got the
 * answer, is given the same place and how far it came; a take whose audio is here is given one that is full. Refuses
 * with 'too-large', 'invalid-input', 'not-yet' (the take is not announced), 'not-ready' (too many others send), 'gone', 'not-found' (another workstation's),
 * 'content-mismatch' (cannot be the announced recording, or was tried and is not), or as finishUpload does.
 */
export async function createUpload(
  call: Call,
  traffic: UploadTraffic,
  offer: UploadOffer,
): Promise<Outcome<UploadPlace>> {
  const { world } = call;
  const { lengthBytes } = offer;
  if (!isLengthAllowed(lengthBytes)) return refuse('too-large', 'The recording is longer than is taken.');
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1) {
    return refuse('invalid-input', 'Upload-Length must be a positive number of bytes.');
  }
  const crowdedMs = traffic.crowdedForMs(world.clock);
  if (crowdedMs !== undefined) return overloaded(world, crowdedMs);
  const uploads = await uploadsOf(world.store.look, offer.metadata);
  const before = uploads.find((upload) => upload.state === 'open' && isOfSameFile(upload, offer));
  if (before !== undefined) await traffic.settle(before.id);

  const placed = await world.store.write((transaction) => place(call, transaction, offer));
  if (!placed.ok) {
    if (placed.problem.code === 'not-found') {
      const subjectId = offer.metadata.takeId;
      await recordRefusal(call, { action: 'sync.send', code: 'not-found', subjectId });
    }
    return placed;
  }
  const { superseded, ...value } = placed.value;
  await dropBlobs(world, superseded);
  if (isComplete(value) && !value.isStored) {
    const finished = await finishUpload(world, traffic, value.id);
    if (!finished.ok) return finished;
  }
  return done({ id: value.id, offsetBytes: value.offsetBytes, lengthBytes, isNew: value.isNew });
}

type Placed = UploadPlace & { readonly isStored: boolean; readonly superseded: readonly string[] };

async function place(
  call: Call,
  transaction: StoreTransaction,
  offer: UploadOffer,
): Promise<Outcome<Placed>> {
  const { metadata, lengthBytes } = offer;
  const take = await announcedTake(call, transaction, metadata);
  if (!take.ok) return take;
  const found = async (upload: Row<'uploads'>, isStored: boolean): Promise<Outcome<Placed>> => {
    await adopt(call, transaction, upload);
    const offsetBytes = isStored ? lengthBytes : upload.offsetBytes;
    return done({ id: upload.id, offsetBytes, lengthBytes, isNew: false, isStored, superseded: [] });
  };

  if (take.value.state === 'stored') {
    const [stored] = await transaction.find('uploads', {
      where: { takeId: metadata.takeId, state: 'stored' },
      limit: 1,
    });
    if (stored !== undefined) return found(stored, true);
    return insertUpload(call, transaction, offer, 'stored');
  }
  const fault = faultOfAnnouncement({ ...metadata, lengthBytes }, take.value);
  if (fault !== undefined) return mismatch(fault);
  const uploads = await uploadsOf(transaction, offer.metadata);
  const same = uploads.filter((upload) => isOfSameFile(upload, offer));
  const current = same.find(isUnderWay);
  if (current !== undefined) return found(current, false);
  const final = same.find(({ state, reason }) => state === 'refused' && !isWorthAnotherTry(reason));
  if (final !== undefined) return mismatch(final.reason);
  return start(call, transaction, offer, uploads.filter(isUnderWay));
}

function isUnderWay({ state }: Row<'uploads'>): boolean {
  return state === 'open' || state === 'checking';
}

/** The take where the caller's workstation announced it. */
async function announcedTake(call: Call, reader: StoreReader, { takeId, sessionId }: UploadMetadata) {
  const isOwn = (workstationId: string) =>
    may(call.caller, 'sync.send', { workstationId: workstationId as WorkstationId });
  const tombstone = await reader.get('tombstones', sessionId);
  if (tombstone !== undefined) {
    const isOurs =
      call.caller.kind === 'workstation' &&
      servedHospitals(call.caller).includes(tombstone.hospitalId as HospitalId);
    return isOurs ? withdrawn() : noSuchUpload();
  }
  const take = await reader.get('takes', takeId);
  const session = await reader.get('sessions', take?.sessionId ?? sessionId);
  if (session !== undefined && !isOwn(session.workstationId)) return noSuchUpload();
  if (take === undefined || session === undefined) {
    return refuse('not-yet', 'The take has not been announced.');
  }
  return take.sessionId === sessionId
    ? done(take)
    : refuse('invalid-input', 'The take belongs to another session.');
}

/** A PC that was enrolled again goes on with what it began under its earlier id. */
async function adopt({ caller }: Call, transaction: StoreTransaction, upload: Row<'uploads'>): Promise<void> {
  if (caller.kind !== 'workstation' || upload.workstationId === caller.workstationId) return;
  await transaction.update('uploads', upload.id, { workstationId: caller.workstationId });
}

/** All uploads of the take, those that are over too. */
function uploadsOf(reader: StoreReader, { takeId }: Pick<UploadMetadata, 'takeId'>) {
  return reader.find('uploads', { where: { takeId }, order: [['id', 'ascending']] });
}

function isOfSameFile(upload: Row<'uploads'>, { metadata, lengthBytes }: UploadOffer): boolean {
  return isSameFile(upload, { ...metadata, lengthBytes });
}

/** One upload of a take at a time: another file of it (packed anew) takes the place of what was being sent. */
async function start(
  call: Call,
  transaction: StoreTransaction,
  offer: UploadOffer,
  others: readonly Row<'uploads'>[],
): Promise<Outcome<Placed>> {
  const superseded: string[] = [];
  for (const other of others) {
    superseded.push(...(await endUpload(call.world, transaction, other, 'superseded')));
  }
  const inserted = await insertUpload(call, transaction, offer, 'open');
  return inserted.ok ? done({ ...inserted.value, superseded }) : inserted;
}

async function insertUpload(
  { world, caller }: Call,
  transaction: StoreTransaction,
  { metadata, lengthBytes }: UploadOffer,
  state: 'open' | 'stored',
): Promise<Outcome<Placed>> {
  if (caller.kind !== 'workstation') return refuse('forbidden', 'Only workstations send recordings.');
  const now = nowOf(world);
  const id = world.randomness.id(world.clock.now());
  const isStored = state === 'stored';
  const offsetBytes = isStored ? lengthBytes : 0;
  await transaction.insert('uploads', {
    ...metadata,
    id,
    workstationId: caller.workstationId,
    lengthBytes,
    offsetBytes,
    parts: [],
    state,
    reason: null,
    createdAt: now,
    touchedAt: now,
  });
  return done({ id, offsetBytes, lengthBytes, isNew: true, isStored, superseded: [] });
}
