/** One recording on its way: packed, sent by byte, and held to be there only when the registry has checked it. */
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import type { SyncReason } from '../../../contract/sync-reasons.ts';
import type { Take } from '../../../contract/session.ts';
import { withBytes } from '../../core/speed.ts';
import type { PackedAudio } from '../../ports/audio-packing.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { TakeAudio } from '../../ports/store-sync.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { pace } from './pace.ts';
import { ask, type Pass } from './pass.ts';
import { buryTombstoned } from './remove-session.ts';
import { bury, waitAgain } from './send-items.ts';
import { showProgress } from './show-progress.ts';

/** Times that the registry may find something else than was announced before a person is asked. */
const mostRefusals = 3;
/** Times in a row that nothing comes through before the line is given up. */
const mostBarrenTries = 3;
const mostPackedBytes = 64 * 1024 * 1024;

type Packed = PackedAudio & { readonly sha256: string };
/** How far the registry has it; `broken`: the line ended, the next try asks how far it came. */
type Try = Result<{ readonly offsetBytes: number; readonly isKept: boolean } | 'broken'>;

/**
 * Ends when the audio is there, was put aside, or is not wanted any more (each written down), or with the problem that
 * keeps it from going on.
 */
export async function uploadTake(pass: Pass, take: Take): Promise<Result<null>> {
  const packed = await packedAudio(pass.world, take);
  if (!packed.ok) {
    if (!isUnreadable(packed.problem)) return packed;
    const isRemoved = wantedAudio(pass, take)?.removedAt != null;
    const reason = isRemoved ? 'audio-removed' : 'audio-unreadable';
    putAudioAside(pass, take, reason, packed.problem.code);
    return ok(null);
  }
  let furthest = -1;
  for (let barren = 0; barren < mostBarrenTries; barren += 1) {
    const audio = wantedAudio(pass, take);
    if (audio === undefined) return ok(null);
    const tried = await tryOnce(pass, take, audio, packed.value, (offsetBytes) => {
      if (offsetBytes <= furthest) return;
      if (furthest >= 0) pass.hasProgressed = true;
      furthest = offsetBytes;
      barren = -1;
    });
    if (tried.ok) {
      if (tried.value !== 'broken' && tried.value.isKept) return keep(pass, take);
    } else if (tried.problem.code !== 'registry-item-refused') {
      return tried;
    } else {
      const isOver = await settleRefusal(pass, take, String(tried.problem.details?.['code'] ?? ''));
      if (isOver) return ok(null);
    }
  }
  return fail('registry-unreachable', { reason: 'no-progress' });
}

async function tryOnce(
  pass: Pass,
  take: Take,
  { upload }: TakeAudio,
  packed: Packed,
  onOffset: (offsetBytes: number) => void,
): Promise<Try> {
  const { world, peers, cancellation } = pass;
  const sizeBytes = packed.bytes.length;
  let url: string;
  let offsetBytes = 0;
  if (upload?.sha256 === packed.sha256 && upload.sizeBytes === sizeBytes) {
    url = upload.url;
    const known = await ask(pass, () => world.registry.uploadOffset(peers, url, cancellation));
    if (!known.ok) return known;
    offsetBytes = known.value.offsetBytes;
  } else {
    const place = await offer(pass, take, packed);
    if (!place.ok) return place;
    ({ url, offsetBytes } = place.value);
    // An offer of what is there already is answered as kept.
    if (offsetBytes === sizeBytes) return ok({ offsetBytes, isKept: true });
  }
  onOffset(offsetBytes);
  const share = (offset: number): void => showProgress(pass, take, offset / sizeBytes);
  share(offsetBytes);
  if (offsetBytes === sizeBytes) {
    // All bytes came and the answer was lost: offering it again says whether it was kept.
    const again = await offer(pass, take, packed);
    return again.ok ? ok({ offsetBytes, isKept: again.value.offsetBytes === sizeBytes }) : again;
  }
  let shown = offsetBytes;
  const sent = await world.registry.upload(
    peers,
    {
      url,
      offsetBytes,
      bytes: packed.bytes,
      pace: (bytes) => pace(pass, bytes),
      onProgress(offset) {
        const { sync } = world.memory;
        sync.speed = withBytes(sync.speed, Math.max(0, offset - shown), world.clock.monotonicMs());
        shown = offset;
        share(offset);
      },
    },
    cancellation,
  );
  if (sent.ok) {
    onOffset(sent.value.offsetBytes);
    return ok({ offsetBytes: sent.value.offsetBytes, isKept: sent.value.offsetBytes === sizeBytes });
  }
  const isBroken = sent.problem.code === 'registry-unreachable' && !cancellation.isCancelled;
  return isBroken ? ok('broken') : sent;
}

/** A place for the file, remembered before a byte is sent. */
async function offer(
  pass: Pass,
  take: Take,
  packed: Packed,
): Promise<Result<{ readonly url: string; readonly offsetBytes: number }>> {
  const { world, peers, cancellation } = pass;
  const { encoding, sha256, bytes } = packed;
  const metadata = { takeId: take.id, sessionId: take.sessionId, encoding, sha256 };
  const sizeBytes = bytes.length;
  const place = await ask(pass, () =>
    world.registry.createUpload(peers, { metadata, sizeBytes }, cancellation),
  );
  if (!place.ok) return place;
  const { url } = place.value;
  changeAudio(world, take, (audio) => ({ ...audio, upload: { url, encoding, sha256, sizeBytes } }));
  return place;
}

/** What has become of it here; undefined where nothing is to be sent (any more). */
function wantedAudio({ world }: Pass, take: Take): TakeAudio | undefined {
  return world.store.read((transaction) => {
    if (transaction.takes.get(take.id) === undefined) return undefined;
    const audio = transaction.sync.audio(take.id) ?? newAudio(take);
    return audio.fate.state === 'waiting' ? audio : undefined;
  });
}

export function newAudio({ id, sessionId }: Pick<Take, 'id' | 'sessionId'>): TakeAudio {
  return {
    takeId: id,
    sessionId,
    fate: { state: 'waiting' },
    upload: null,
    refusals: 0,
    removedAt: null,
  };
}

/** In one transaction; a session that was withdrawn meanwhile has no audio to speak of. */
function changeAudio(
  world: Pick<World, 'store'>,
  take: Pick<Take, 'id' | 'sessionId'>,
  change: (audio: TakeAudio, transaction: StoreTransaction) => TakeAudio,
): void {
  world.store.write((transaction) => {
    if (transaction.takes.get(take.id) === undefined) return;
    const before = transaction.sync.audio(take.id) ?? newAudio(take);
    transaction.sync.putAudio(change(before, transaction));
  });
}

function keep(pass: Pass, take: Take): Result<null> {
  changeAudio(pass.world, take, (audio) => ({ ...audio, fate: { state: 'sent' } }));
  pass.world.memory.sync.packed.delete(take.id);
  pass.hasProgressed = true;
  return ok(null);
}

/** True where nothing more is to be tried in this pass. */
async function settleRefusal(pass: Pass, take: Take, code: string): Promise<boolean> {
  const { world } = pass;
  switch (code) {
    case 'upload-offset':
      return false;
    case 'not-found':
      changeAudio(world, take, (audio) => ({ ...audio, upload: null }));
      return false;
    case 'content-mismatch':
      return noteRefusal(pass, take, code);
    case 'gone':
      world.store.write((transaction) => bury(world, transaction, take.sessionId));
      await buryTombstoned(world);
      return true;
    case 'not-yet':
      world.store.write((transaction) => {
        waitAgain(transaction, 'session', take.sessionId);
        waitAgain(transaction, 'take', take.id);
      });
      pass.sideProblem ??= { code: 'registry-item-refused', details: { code } };
      return true;
    default:
      putAudioAside(pass, take, 'audio-refused', code);
      return true;
  }
}

/** The registry got something else than was announced: once more from the start, a few times. True: put aside. */
export function noteRefusal(pass: Pass, take: Pick<Take, 'id' | 'sessionId'>, detail: string): boolean {
  const refusals =
    (pass.world.store.read((transaction) => transaction.sync.audio(take.id))?.refusals ?? 0) + 1;
  if (refusals >= mostRefusals) {
    putAudioAside(pass, take, 'audio-refused', detail);
    return true;
  }
  changeAudio(pass.world, take, (audio) => ({
    ...audio,
    fate: { state: 'waiting' },
    upload: null,
    refusals,
  }));
  return false;
}

function putAudioAside(
  { world }: Pick<Pass, 'world'>,
  take: Pick<Take, 'id' | 'sessionId'>,
  reason: SyncReason,
  detail: string,
): void {
  changeAudio(world, take, (audio, transaction) => {
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'item-put-aside',
      sessionId: take.sessionId,
      details: { kind: 'audio', takeId: take.id, why: reason, detail },
    });
    return { ...audio, fate: { state: 'put-aside', reason, detail }, upload: null };
  });
}

/** Problems of this one recording, not of the disk as a whole. */
function isUnreadable({ code }: Problem): boolean {
  return code === 'take-damaged' || code === 'take-not-found';
}

async function packedAudio(world: World, take: Take): Promise<Result<Packed>> {
  const { packed } = world.memory.sync;
  const known = packed.get(take.id);
  if (known !== undefined) return ok(known);
  const wav = await world.recordings.read(take.id);
  if (!wav.ok) return wav;
  if (world.hashing.sha256(wav.value) !== take.sha256) return fail('take-damaged', { reason: 'hash' });
  const made = await world.audioPacking.pack(wav.value);
  const next = { ...made, sha256: world.hashing.sha256(made.bytes) };
  packed.set(take.id, next);
  for (const [id] of packed) {
    const held = [...packed.values()].reduce((total, { bytes }) => total + bytes.length, 0);
    if (held <= mostPackedBytes || packed.size === 1) break;
    packed.delete(id);
  }
  return ok(next);
}
