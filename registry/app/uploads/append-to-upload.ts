import {
  heldForMs,
  heldUploadBytes,
  isComplete,
  partKey,
  partName,
  partNames,
  uploadPartBytes,
} from '../../core/uploads.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row } from '../../ports/store.ts';
import { nowOf, type Call } from '../world.ts';
import { dropBlobs } from './drop-blobs.ts';
import { finishUpload, storeWhole } from './finish-upload.ts';
import type { Leave } from '../waiting-line.ts';
import { roomPatienceMs, type Transfer, type UploadTraffic } from './traffic.ts';
import {
  isGone,
  noSuchUpload,
  overloaded,
  ownUpload,
  refusalOf,
  withBlobFailures,
  withdrawn,
} from './upload-access.ts';

export interface ArrivingBytes {
  readonly uploadId: string;
  readonly offsetBytes: number;
  /** Where the sender told it. */
  readonly contentLength?: number | undefined;
  /** Throws where the line breaks: what came before counts all the same. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Appended {
  readonly offsetBytes: number;
  /** All is here, was checked and is kept. */
  readonly isStored: boolean;
}

/**
 * Takes bytes as they come, in parts of at most 256 KiB of which each counts as soon as it is stored; the last byte has
 * the whole checked. A small recording that comes in one go is held whole instead, checked, and stored once. Of two
 * senders at one offset one wins, the other gets 'upload-offset' (`offset`: where the upload stands). Refuses with
 * 'not-found', 'gone', 'too-large' (more than was announced), 'storage-unavailable', 'not-ready' (too many others send),
 * or as finishUpload does. Memory: one part, whatever the length; of what is held whole, as much as the traffic has room for.
 */
export async function appendToUpload(
  call: Call,
  traffic: UploadTraffic,
  arriving: ArrivingBytes,
): Promise<Outcome<Appended>> {
  const { uploadId, offsetBytes, contentLength = 0 } = arriving;
  const own = await ownUpload(call, uploadId);
  if (!own.ok) return own;
  const upload = own.value;
  if (upload.state === 'refused') return refusalOf(upload);
  if (offsetBytes !== upload.offsetBytes) return elsewhere(upload.offsetBytes);
  if (contentLength > upload.lengthBytes - offsetBytes) return tooMuch();

  const transfer = traffic.begin(uploadId);
  if (transfer === undefined) return elsewhere(offsetBytes);
  let reached: Outcome<Reached>;
  try {
    const isSmall = contentLength === upload.lengthBytes && contentLength <= heldUploadBytes;
    const room = isSmall ? await traffic.roomFor(contentLength, transfer, call.world.clock) : undefined;
    if (isSmall && room === undefined) return overloaded(call.world, roomPatienceMs);
    try {
      reached = await withBlobFailures(call, () => receive(call, { ...arriving, transfer, room }, upload));
      if (reached.ok && reached.value.whole !== undefined) {
        const stored = await storeWhole(call.world, upload, reached.value.whole);
        return stored.ok ? done({ offsetBytes: upload.lengthBytes, isStored: true }) : stored;
      }
    } finally {
      room?.();
    }
  } finally {
    transfer.end();
  }
  if (!reached.ok) return reached;
  if (!isComplete({ ...upload, offsetBytes: reached.value.offsetBytes })) {
    return done({ offsetBytes: reached.value.offsetBytes, isStored: false });
  }
  const finished = await finishUpload(call.world, traffic, uploadId);
  return finished.ok ? done({ offsetBytes: reached.value.offsetBytes, isStored: true }) : finished;
}

const elsewhere = (offset: number) =>
  refuse('upload-offset', 'The upload stands at another offset, or bytes are arriving already.', {
    facts: { offset },
  });
const tooMuch = () => refuse('too-large', 'More bytes than the upload was announced with.');

type Receiving = ArrivingBytes & {
  readonly transfer: Transfer;
  /** Where the recording may be held whole. */
  readonly room: Leave | undefined;
};

interface Reached {
  /** What is stored in parts. */
  readonly offsetBytes: number;
  /** All of the recording, of which nothing is stored. */
  readonly whole?: Uint8Array;
}

/** Resolves with the offset that was reached, also where the line broke before the end. */
async function receive(call: Call, arriving: Receiving, upload: Row<'uploads'>): Promise<Outcome<Reached>> {
  const { lengthBytes } = upload;
  const { room } = arriving;
  let offset = arriving.offsetBytes;
  let isHeldWhole = room !== undefined;
  let part = new Uint8Array(isHeldWhole ? lengthBytes : Math.min(uploadPartBytes, lengthBytes - offset));
  let held = 0;
  const flush = async (): Promise<Outcome<Reached>> => {
    if (held > 0) {
      const stored = await storePart(call, upload, offset, part.subarray(0, held));
      if (!stored.ok) return stored;
    }
    offset += held;
    held = 0;
    return done({ offsetBytes: offset });
  };

  for await (const chunk of untilBroken(call, arriving)) {
    if (chunk === 'late') {
      if (!isHeldWhole || held === lengthBytes) continue;
      const flushed = await flush();
      if (!flushed.ok) return flushed;
      isHeldWhole = false;
      part = new Uint8Array(Math.min(uploadPartBytes, lengthBytes - offset));
      room?.();
      continue;
    }
    if (offset + held + chunk.length > lengthBytes) return tooMuch();
    for (let rest = chunk; rest.length > 0;) {
      const piece = rest.subarray(0, part.length - held);
      part.set(piece, held);
      held += piece.length;
      rest = rest.subarray(piece.length);
      if (held < part.length || isHeldWhole) continue;
      const flushed = await flush();
      if (!flushed.ok) return flushed;
    }
  }
  return isHeldWhole && held === lengthBytes ? done({ offsetBytes: offset, whole: part }) : flush();
}

/** The chunks, until they end, break off, or somebody wants the transfer to end; once, where it takes long, 'late'. */
async function* untilBroken(
  { world }: Call,
  { chunks, transfer, room }: Receiving,
): AsyncGenerator<Uint8Array | 'late', void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let isLate = false;
  let hurry = (): void => undefined;
  const timer =
    room &&
    world.clock.after(heldForMs, () => {
      isLate = true;
      hurry();
    });
  let coming: Promise<IteratorResult<Uint8Array>> | undefined;
  try {
    for (;;) {
      coming ??= iterator.next();
      const asked = coming;
      const next = await new Promise<IteratorResult<Uint8Array> | 'late' | undefined>((resolve) => {
        transfer.whenInterrupted(() => resolve(undefined));
        hurry = () => resolve('late');
        if (isLate) hurry();
        asked.then(resolve, () => resolve(undefined));
      });
      if (next === 'late') {
        isLate = false;
        yield next;
        continue;
      }
      coming = undefined;
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    timer?.cancel();
    // Not waited for: a source whose line is silent may never answer.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** First the bytes, then the row: an offset that the registry has once told is never taken back. */
async function storePart(
  { world }: Call,
  { id: uploadId, sessionId }: Row<'uploads'>,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<Outcome<null>> {
  const name = partName(offsetBytes, world.randomness.bytes(8));
  await world.blobs.put(partKey(uploadId, name), once(bytes));
  const moved = await world.store.write(async (transaction): Promise<Outcome<null>> => {
    if (await isGone(transaction, sessionId)) return withdrawn();
    const upload = await transaction.get('uploads', uploadId);
    if (upload === undefined) return noSuchUpload();
    if (upload.state === 'refused') return refusalOf(upload);
    if (upload.state !== 'open' || upload.offsetBytes !== offsetBytes) return elsewhere(upload.offsetBytes);
    await transaction.update('uploads', uploadId, {
      offsetBytes: offsetBytes + bytes.length,
      parts: [...partNames(upload), name],
      touchedAt: nowOf(world),
    });
    return done(null);
  });
  if (!moved.ok) await dropBlobs(world, [partKey(uploadId, name)]);
  return moved;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve();
  yield bytes;
}
