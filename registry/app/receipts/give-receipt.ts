import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { SessionId } from '../../../contract/ids.ts';
import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import type {
  ReceiptAnswer,
  ReceiptRequest,
  SessionContent,
  SignedReceipt,
} from '../../../contract/registry/sync.ts';
import { itemRowId } from '../../core/items.ts';
import { may, servedHospitals, type Caller } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { audioOf, buildReceipt, itemKey, lackingFor, type Held } from '../../core/receipts.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { noteStages } from '../labels/label-rows.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { withBlobFailures } from '../uploads/upload-access.ts';
import { nowOf, type Call, type World } from '../world.ts';

type Sender = Caller & { readonly kind: 'workstation' };

/**
 * A signed receipt where every item of the request is here with that hash, the session and all of its takes are among
 * them, and their audio is stored and still there; else what lacks. The same request is given the same receipt. Refuses
 * with 'gone', 'not-found' (another workstation's session) or 'storage-unavailable'.
 */
export function giveReceipt(
  call: Call,
  sessionId: SessionId,
  request: ReceiptRequest,
): Promise<Outcome<ReceiptAnswer>> {
  return withBlobFailures(call, () => judge(call, sessionId, request));
}

async function judge(
  call: Call,
  sessionId: SessionId,
  request: ReceiptRequest,
): Promise<Outcome<ReceiptAnswer>> {
  const { world, caller } = call;
  if (caller.kind !== 'workstation') return refuse('forbidden', 'Only a workstation gets receipts.');
  const seen = await world.store.read((reader) => gather(reader, caller, sessionId, request));
  if (!seen.ok) {
    if (seen.problem.code === 'not-found') {
      await recordRefusal(call, { action: 'sync.send', code: 'not-found', subjectId: sessionId });
    }
    return seen;
  }
  if (lackingFor(sessionId, request, seen.value.held).length === 0) {
    await forgetLostAudio(world, seen.value.takes);
  }
  return world.store.write((transaction) => decide(call, transaction, { caller, sessionId, request }));
}

interface Asked {
  readonly caller: Sender;
  readonly sessionId: SessionId;
  readonly request: ReceiptRequest;
}

async function decide(
  { world }: Call,
  transaction: StoreTransaction,
  { caller, sessionId, request }: Asked,
): Promise<Outcome<ReceiptAnswer>> {
  const seen = await gather(transaction, caller, sessionId, request);
  if (!seen.ok) return seen;
  const { held, session } = seen.value;
  const lacking = lackingFor(sessionId, request, held);
  if (lacking.length > 0 || session === undefined) return done({ status: 'incomplete', lacking });

  const requestSha256 = world.hashing.sha256(canonicalJson(request));
  const [given] = await transaction.find('receipts', {
    where: { sessionId, workstationId: caller.workstationId, requestSha256 },
    limit: 1,
  });
  if (given !== undefined) return done({ status: 'complete', signed: given.signed as SignedReceipt });

  const at = nowOf(world);
  const sequence = await transaction.next('receipts');
  const { registryId } = world;
  const workstationId: WorkstationId = caller.workstationId;
  const receipt = buildReceipt({ registryId, workstationId, sessionId, sequence, at, request, held });
  const signed: SignedReceipt = {
    receipt,
    keyId: world.signing.answerKey.keyId,
    signature: world.signing.sign(canonicalJson(receipt)),
  };
  await transaction.insert('receipts', {
    id: world.randomness.id(world.clock.now()),
    sessionId,
    workstationId,
    sequence,
    requestSha256,
    signed: signed as Json,
    at,
  });
  await transaction.update('sessions', sessionId, { state: 'received' });
  await noteStages(transaction, sessionId);
  await recordDeed(world, transaction, {
    by: caller,
    action: 'receipt-given',
    subjectId: sessionId,
    hospitalId: session.hospitalId,
    details: { sequence, items: receipt.items.length, files: receipt.files.length },
  });
  return done({ status: 'complete', signed });
}

interface Gathered {
  readonly session: Row<'sessions'> | undefined;
  readonly takes: readonly Row<'takes'>[];
  readonly held: Held;
}

async function gather(
  reader: StoreReader,
  caller: Sender,
  sessionId: SessionId,
  request: ReceiptRequest,
): Promise<Outcome<Gathered>> {
  const notFound = () => refuse('not-found', 'There is no such session.');
  const tombstone = await reader.get('tombstones', sessionId);
  if (tombstone !== undefined) {
    return servedHospitals(caller).includes(tombstone.hospitalId as HospitalId)
      ? refuse('gone', 'The session was withdrawn or deleted.')
      : notFound();
  }
  const session = await reader.get('sessions', sessionId);
  if (session !== undefined) {
    const workstationId = session.workstationId as WorkstationId;
    if (!may(caller, 'sync.send', { workstationId })) return notFound();
  }
  // What belongs to a session that is not here, or to another, is not told apart from what is not here.
  const ofSession = session === undefined ? [] : await reader.find('items', { where: { sessionId } });
  const sessionItem =
    session && (await reader.get('items', itemRowId('session', sessionId, caller.workstationId)));
  const items = [...ofSession, ...(sessionItem === undefined ? [] : [sessionItem])];
  const content = sessionItem?.content as SessionContent | undefined;
  const takes = session === undefined ? [] : await reader.find('takes', { where: { sessionId } });
  const wanted = new Set(audioOf(request, { session: content }));
  const held: Held = {
    session: content,
    items: new Map(items.map(({ kind, itemId, sha256 }) => [itemKey({ kind, id: itemId }), sha256])),
    takes: new Map(
      takes.map(({ id, state, wavSha256, wavBytes }) => [
        id,
        { isStored: state === 'stored', wavSha256, wavBytes },
      ]),
    ),
  };
  return done({ session, takes: takes.filter(({ id }) => wanted.has(id)), held });
}

/**
 * A receipt lets the workstation remove its copy, so the registry looks whether it really has its own. What is not there
 * counts as not yet sent, and is asked for again.
 */
async function forgetLostAudio(world: World, takes: readonly Row<'takes'>[]): Promise<void> {
  const found = await Promise.all(
    takes.map(({ blobKey }) => (blobKey === null ? undefined : world.blobs.info(blobKey))),
  );
  for (const [index, { id, blobKey, blobBytes }] of takes.entries()) {
    if (found[index]?.sizeBytes === blobBytes) continue;
    world.log.error('stored-audio-lost', new Error('the blob of a stored take is missing or short'), {
      takeId: id,
    });
    await world.store.write(async (transaction) => {
      const now = await transaction.get('takes', id);
      if (now?.state !== 'stored' || now.blobKey !== blobKey) return;
      await transaction.update('takes', id, {
        state: 'announced',
        encoding: null,
        blobKey: null,
        blobBytes: null,
        storedAt: null,
      });
      await transaction.deleteWhere('uploads', { takeId: id, state: 'stored' });
      await recordDeed(world, transaction, { by: 'system', action: 'take-audio-lost', subjectId: id });
    });
  }
}
