import type { UploadEncoding } from '../../../contract/registry/sync.ts';
import {
  checkingLeaseMs,
  isComplete,
  isLeaseOver,
  partKey,
  partNames,
  takeBlobKey,
  type RefusalReason,
} from '../../core/uploads.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type World } from '../world.ts';
import { dropBlobs, dropParts } from './drop-blobs.ts';
import { turnPatienceMs, type UploadTraffic } from './traffic.ts';
import {
  isGone,
  mismatch,
  noSuchUpload,
  overloaded,
  refusalOf,
  withBlobFailures,
  withdrawn,
} from './upload-access.ts';

type Upload = Row<'uploads'>;

/** A part that the row names is not in the blob store any more. */
class PartLost extends Error {}

/**
 * Puts a complete upload together, compares it with what was announced, and makes it the take's audio. Whoever comes
 * when all bytes are there may call it, any number of times and from any process: after a crash between two of its steps
 * the next call does what is left. Refuses with 'content-mismatch' (the upload is over), 'gone', 'not-found', 'not-ready'
 * (another process is at it, or too many others wait) or 'storage-unavailable'.
 */
export async function finishUpload(
  world: World,
  traffic: Pick<UploadTraffic, 'turn'>,
  uploadId: string,
): Promise<Outcome<null>> {
  const leave = await traffic.turn(world.clock);
  if (leave === undefined) return overloaded(world, turnPatienceMs);
  try {
    return await withBlobFailures({ world }, () => checkAndStore(world, uploadId));
  } finally {
    leave();
  }
}

/**
 * The same for a recording of which nothing is stored yet and all bytes have just arrived, without storing its parts
 * first. Nothing was told to its sender, so where this fails in the middle the upload stands at its beginning. Refuses
 * as finishUpload does.
 */
export function storeWhole(world: World, upload: Upload, bytes: Uint8Array): Promise<Outcome<null>> {
  return withBlobFailures({ world }, async () => {
    // Looked at first: another process may be storing the right bytes in the same place.
    const isIntact = world.hashing.sha256(bytes) === upload.sha256;
    try {
      const fault = isIntact ? await faultOf(world, upload, once(bytes)) : 'transfer';
      return fault === undefined
        ? await settleStored(world, upload)
        : await settleRefused(world, upload, fault);
    } catch (error) {
      // Somebody removed it between storing and reading back: a withdrawal, or another process that gave up.
      if (error instanceof PartLost) return startAgain(world, upload);
      throw error;
    }
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve();
  yield bytes;
}

async function checkAndStore(world: World, uploadId: string): Promise<Outcome<null>> {
  const claimed = await world.store.write((transaction) => claim(world, transaction, uploadId));
  if (!claimed.ok) return claimed;
  const upload = claimed.value;
  if (upload.state === 'stored') return done(null);
  const lease = keepLease(world, upload);
  try {
    const fault = await faultOf(world, upload, wholeFile(world, upload));
    return fault === undefined
      ? await settleStored(world, upload)
      : await settleRefused(world, upload, fault);
  } catch (error) {
    if (error instanceof PartLost) return startAgain(world, upload);
    await lease.stop();
    await release(world, { ...upload, touchedAt: lease.touchedAt() });
    throw error;
  } finally {
    await lease.stop();
  }
}

interface Lease {
  /** As it stands in the row. */
  touchedAt(): string;
  stop(): Promise<void>;
}

/** Checking an hour of audio takes long: other processes are told that this one is alive and at it. */
function keepLease(world: World, { id, touchedAt: claimedAt }: Upload): Lease {
  let touchedAt = claimedAt;
  let renewing: Promise<void> = Promise.resolve();
  let isStopped = false;
  const renew = async (): Promise<void> => {
    try {
      touchedAt = await world.store.write(async (transaction) => {
        const now = await transaction.get('uploads', id);
        if (now?.state !== 'checking' || now.touchedAt !== touchedAt) return touchedAt;
        const at = nowOf(world);
        await transaction.update('uploads', id, { touchedAt: at });
        return at;
      });
    } catch (error) {
      world.log.error('upload-lease-not-kept', error, { uploadId: id });
    }
    if (!isStopped) timer = wait();
  };
  const wait = () =>
    world.clock.after(checkingLeaseMs / 3, () => {
      renewing = renew();
    });
  let timer = wait();
  return {
    touchedAt: () => touchedAt,
    stop() {
      isStopped = true;
      timer.cancel();
      return renewing;
    },
  };
}

/** Marks the upload as being checked by this call; one that is stored already comes back as it is. */
async function claim(
  world: World,
  transaction: StoreTransaction,
  uploadId: string,
): Promise<Outcome<Upload>> {
  const upload = await transaction.get('uploads', uploadId);
  if (upload === undefined) return noSuchUpload();
  if (await isGone(transaction, upload.sessionId)) return withdrawn();
  if (upload.state === 'refused') return refusalOf(upload);
  if (upload.state === 'stored') return done(upload);
  const isAnothers = upload.state === 'checking' && !isLeaseOver(upload, world.clock.now());
  if (isAnothers || !isComplete(upload)) {
    return refuse('not-ready', 'The recording is still being received or checked.', {
      facts: { retryAfterS: 2 },
    });
  }
  const touchedAt = nowOf(world);
  await transaction.update('uploads', uploadId, { state: 'checking', touchedAt });
  return done({ ...upload, state: 'checking', touchedAt });
}

/** Stores the whole file, then reads that very file back: what is compared is what will be kept. */
async function faultOf(
  world: World,
  upload: Upload,
  file: AsyncIterable<Uint8Array>,
): Promise<RefusalReason | undefined> {
  const key = takeBlobKey(upload);
  const written = await world.blobs.put(key, file);
  if (written.sizeBytes !== upload.lengthBytes || written.sha256 !== upload.sha256) return 'transfer';
  const readBack = hashed(world, world.blobs.read(key));
  const described = await world.audio.describe(upload.encoding as UploadEncoding, readBack.chunks);
  if (!described.ok) {
    // The bytes that came were right: it is the store that failed, and no fault of the recording.
    if (readBack.sha256() !== upload.sha256)
      throw new BlobFailure('damaged', 'the store gave back other bytes');
    return described.reason;
  }
  const take = await world.store.look.get('takes', upload.takeId);
  const isAnnounced = take?.wavSha256 === described.wavSha256 && take.wavBytes === described.wavBytes;
  return isAnnounced ? undefined : 'other-audio';
}

/** Reads to the end and hashes all of it, also where whoever looks at the chunks stops before. */
function hashed(
  { hashing }: World,
  source: AsyncIterable<Uint8Array>,
): { readonly chunks: AsyncIterable<Uint8Array>; sha256(): string | undefined } {
  const hash = hashing.startSha256();
  let sha256: string | undefined;
  async function* read(): AsyncGenerator<Uint8Array, void> {
    const rest = source[Symbol.asyncIterator]();
    const next = async (): Promise<Uint8Array | undefined> => {
      const { done: isOver, value } = await rest.next();
      if (isOver === true) return undefined;
      hash.update(value);
      return value;
    };
    try {
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
    } finally {
      while ((await next()) !== undefined);
      sha256 = hash.end();
    }
  }
  return { chunks: read(), sha256: () => sha256 };
}

async function* wholeFile(world: World, upload: Upload): AsyncGenerator<Uint8Array, void> {
  for (const name of partNames(upload)) {
    try {
      yield* world.blobs.read(partKey(upload.id, name));
    } catch (error) {
      throw error instanceof BlobFailure && error.kind === 'damaged' ? new PartLost() : error;
    }
  }
}

async function settleStored(world: World, upload: Upload): Promise<Outcome<null>> {
  const blobKey = takeBlobKey(upload);
  const settled = await world.store.write(async (transaction) => {
    const state = await stateNow(transaction, upload);
    if (state !== 'checking') return state;
    const take = await transaction.get('takes', upload.takeId);
    if (take === undefined) {
      await transaction.delete('uploads', upload.id);
      return 'missing';
    }
    await transaction.update('uploads', upload.id, {
      state: 'stored',
      offsetBytes: upload.lengthBytes,
      parts: [],
      touchedAt: nowOf(world),
    });
    if (take.state === 'stored') return 'by-another';
    await transaction.update('takes', upload.takeId, {
      state: 'stored',
      encoding: upload.encoding,
      blobKey,
      blobBytes: upload.lengthBytes,
      storedAt: nowOf(world),
    });
    return 'stored';
  });
  switch (settled) {
    case 'stored':
    case 'by-another':
      if (settled === 'by-another') await dropBlobs(world, [blobKey]);
      await dropParts(world, upload);
      return done(null);
    case 'stored-before':
      return done(null);
    case 'refused':
      await dropBlobs(world, [blobKey]);
      return refusalNow(world, upload.id);
    case 'gone':
    case 'missing':
      await dropBlobs(world, [blobKey]);
      await dropParts(world, upload);
      return settled === 'gone' ? withdrawn() : noSuchUpload();
  }
}

async function settleRefused(world: World, upload: Upload, reason: RefusalReason): Promise<Outcome<null>> {
  const state = await world.store.write(async (transaction) => {
    const now = await stateNow(transaction, upload);
    if (now !== 'checking') return now;
    await transaction.update('uploads', upload.id, {
      state: 'refused',
      reason,
      parts: [],
      touchedAt: nowOf(world),
    });
    const session = await transaction.get('sessions', upload.sessionId);
    await recordDeed(world, transaction, {
      by: 'system',
      action: 'upload-refused',
      subjectId: upload.takeId,
      hospitalId: session?.hospitalId ?? null,
      outcome: 'refused',
      details: { reason, workstationId: upload.workstationId, bytes: upload.lengthBytes },
    });
    return 'refused-now';
  });
  if (state === 'stored-before') return done(null);
  await dropBlobs(world, [takeBlobKey(upload)]);
  await dropParts(world, upload);
  if (state === 'gone') return withdrawn();
  if (state === 'missing') return noSuchUpload();
  world.log.warn('upload-refused', { uploadId: upload.id, takeId: upload.takeId, reason });
  return state === 'refused' ? refusalNow(world, upload.id) : mismatch(reason);
}

/** What has become of the upload while it was looked at. */
async function stateNow(
  transaction: StoreTransaction,
  { id, sessionId }: Upload,
): Promise<'checking' | 'stored-before' | 'refused' | 'gone' | 'missing'> {
  if (await isGone(transaction, sessionId)) return 'gone';
  const upload = await transaction.get('uploads', id);
  switch (upload?.state) {
    case undefined:
      return 'missing';
    case 'stored':
      return 'stored-before';
    case 'refused':
      return 'refused';
    // Open again: another that took it over has given up. What was found here holds all the same.
    case 'open':
    case 'checking':
      return 'checking';
  }
}

async function refusalNow(world: World, uploadId: string): Promise<Outcome<null>> {
  const upload = await world.store.look.get('uploads', uploadId);
  return upload === undefined ? noSuchUpload() : refusalOf(upload);
}

/** Bytes that were acknowledged are lost: the sender finds no upload and begins again, which costs time and no audio. */
async function startAgain(world: World, upload: Upload): Promise<Outcome<null>> {
  const state = await world.store.write(async (transaction) => {
    const now = await stateNow(transaction, upload);
    if (now === 'checking') await transaction.delete('uploads', upload.id);
    return now;
  });
  if (state === 'stored-before') return done(null);
  await dropBlobs(world, [takeBlobKey(upload)]);
  await dropParts(world, upload);
  world.log.warn('upload-parts-lost', { uploadId: upload.id, takeId: upload.takeId });
  return refuse('storage-unavailable', 'The registry lost a part of the upload; please send it again.');
}

/** Lets the next call check it at once; where even this fails, the lease ends by itself. */
async function release(world: World, upload: Upload): Promise<void> {
  try {
    await world.store.write(async (transaction) => {
      const now = await transaction.get('uploads', upload.id);
      if (now?.state !== 'checking' || now.touchedAt !== upload.touchedAt) return;
      await transaction.update('uploads', upload.id, { state: 'open' });
    });
  } catch (error) {
    world.log.error('upload-not-released', error, { uploadId: upload.id });
  }
}
