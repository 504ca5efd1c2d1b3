import type { ItemAnswer, SendItems, SendItemsAnswer } from '../../../contract/registry/sync.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import {
  inOrderOfTaking,
  itemRowId,
  readItem,
  type ItemReading,
  type ReceivedItem,
} from '../../core/items.ts';
import { chainFaultsAround } from '../../core/items-chain.ts';
import { judgeFault, judgeItem, type Judgement } from '../../core/items-judgement.ts';
import { recordKey } from '../../core/labels/record-numbers.ts';
import { may, type Caller } from '../../core/may.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { noteSession } from '../labels/note-session.ts';
import { burySession } from '../sessions/bury-session.ts';
import { removeAudio } from '../sessions/sweep-tombstones.ts';
import { nowOf, type Call, type World } from '../world.ts';
import { gatherKnown, type KnownItems } from './gather-known.ts';
import { keepForReview } from './keep-for-review.ts';

type Sender = Caller & { readonly kind: 'workstation' };

/** Room for every item of a call between its number and the next call's. */
const placesPerCall = 1000;

/**
 * Takes what a workstation sends, each item by itself: a bad one is quarantined with its reason and spoils no other.
 * One transaction for all: what is answered as stored is stored. Items that come again change nothing.
 */
export async function receiveItems(
  { world, caller }: Call,
  input: SendItems,
): Promise<Outcome<SendItemsAnswer>> {
  if (caller.kind !== 'workstation' || !may(caller, 'sync.send')) {
    return refuse('forbidden', 'only a workstation sends items');
  }
  const readings = input.items
    .map((raw, index) => readItem(raw, index, (text) => world.hashing.sha256(text)))
    .toSorted(inOrderOfTaking);
  const { answers, buried } = await world.store.write(async (transaction) => {
    await noteContact(world, transaction, caller, input);
    return takeItems(world, transaction, caller, readings);
  });
  for (const tombstone of buried) await removeAudio(world, tombstone);
  return done({ serverTime: nowOf(world), answers: answers.toSorted((a, b) => a.index - b.index) });
}

/** Nothing is ordered by the device's clock; how wrong it is is shown to IT. */
async function noteContact(
  world: World,
  transaction: StoreTransaction,
  { workstationId }: Sender,
  { clock, appVersion }: SendItems,
): Promise<void> {
  await transaction.update('workstations', workstationId, {
    lastSeenAt: nowOf(world),
    clockSkewMs: Math.round(Date.parse(clock.at) - world.clock.now()),
    appVersion,
  });
}

async function takeItems(
  world: World,
  transaction: StoreTransaction,
  sender: Sender,
  readings: readonly ItemReading[],
): Promise<{ readonly answers: readonly ItemAnswer[]; readonly buried: readonly Row<'tombstones'>[] }> {
  const known = await gatherKnown(transaction, sender, readings);
  const answers: ItemAnswer[] = [];
  const buried: Row<'tombstones'>[] = [];
  let arrival: number | undefined;
  for (const [place, reading] of readings.entries()) {
    const judgement = reading.ok ? judgeItem(reading.item, known) : judgeFault(reading.fault, known);
    answers.push(answerTo(reading, judgement));
    if (!reading.ok) {
      if (judgement.outcome === 'invalid') {
        await keepForReview(world, transaction, sender, { why: 'invalid', ...reading.fault });
      }
      continue;
    }
    const { item } = reading;
    if (judgement.outcome === 'conflict' || judgement.outcome === 'invalid') {
      const { kind, id, sessionId, sha256, raw } = item;
      const reason = judgement.reason ?? judgement.outcome;
      const review = { why: judgement.outcome, kind, id, sessionId, sha256, offered: raw, reason };
      await keepForReview(world, transaction, sender, review);
    }
    if (judgement.takesOver === true) {
      await transaction.update('sessions', item.id, { workstationId: sender.workstationId });
      known.takeOver(item.id);
    }
    if (judgement.outcome !== 'stored') continue;
    arrival ??= await transaction.next('arrivals');
    const tombstone = await storeItem(world, transaction, {
      sender,
      item,
      known,
      sequence: arrival * placesPerCall + place,
    });
    if (tombstone !== undefined) buried.push(tombstone);
  }
  return { answers, buried };
}

interface Arrival {
  readonly sender: Sender;
  readonly item: ReceivedItem;
  readonly known: KnownItems;
  readonly sequence: number;
}

async function storeItem(
  world: World,
  transaction: StoreTransaction,
  { sender, item, known, sequence }: Arrival,
): Promise<Row<'tombstones'> | undefined> {
  const { workstationId } = sender;
  const { kind, id, sessionId, counter, sha256, raw } = item;
  const receivedAt = nowOf(world);
  // What a PC sent before it moved stays with the hospital for which it was recorded.
  const isOfSession = sessionId !== null && kind !== 'audit';
  const hospitalId = (isOfSession ? known.hospitalOf(sessionId) : undefined) ?? sender.hospitalId;
  const row: Row<'items'> = {
    id: itemRowId(kind, id, workstationId),
    kind,
    itemId: id,
    sessionId,
    workstationId,
    hospitalId,
    // Entries of a trail are counted by their place in it, whatever stands around them.
    counter: kind === 'audit' ? item.content.sequence : counter,
    sha256,
    content: raw,
    receivedAt,
    sequence,
  };
  await transaction.insert('items', row);
  known.add(row);
  if (kind === 'session') {
    await transaction.insert('sessions', sessionRow(item, sender, { receivedAt, sequence }));
    await noteSession(world, transaction, { hospitalId }, item.content);
    known.addSession(item.content);
  } else if (kind === 'take') {
    await transaction.insert('takes', {
      id,
      sessionId: item.content.sessionId,
      wavSha256: item.content.sha256,
      wavBytes: item.content.sizeBytes,
      state: 'announced',
      encoding: null,
      blobKey: null,
      blobBytes: null,
      storedAt: null,
    });
  } else if (kind === 'withdrawal') {
    const { sessionId: buriedId, kind: withdrawalKind } = item.content;
    known.bury(buriedId);
    return burySession(world, transaction, {
      sessionId: buriedId,
      kind: withdrawalKind,
      hospitalId,
      by: sender,
    });
  } else if (kind === 'audit') {
    for (const fault of chainFaultsAround(item.content, known.auditEntry, (text) =>
      world.hashing.sha256(text),
    )) {
      const entry = known.auditItem(fault.sequence);
      if (entry === undefined) continue;
      await keepForReview(world, transaction, sender, {
        why: 'invalid',
        kind,
        id: entry.itemId,
        sessionId: null,
        sha256: entry.sha256,
        offered: entry.content,
        reason: fault.reason,
      });
    }
  }
  return undefined;
}

function sessionRow(
  { content }: ReceivedItem & { readonly kind: 'session' },
  { workstationId, hospitalId }: Sender,
  arrival: Pick<Row<'sessions'>, 'receivedAt' | 'sequence'>,
): Row<'sessions'> {
  return {
    id: content.id,
    hospitalId,
    workstationId,
    mode: content.mode,
    kind: content.kind,
    recordNumber: content.recordNumber,
    recordKey: recordKey(content.recordNumber),
    createdAt: content.createdAt.at,
    state: 'receiving',
    purposes: content.consent?.purposes ?? [],
    ...arrival,
  };
}

function answerTo(reading: ItemReading, { outcome, reason }: Judgement): ItemAnswer {
  const { kind, id } = reading.ok ? reading.item : reading.fault;
  return { index: reading.index, kind, id, outcome, reason };
}
