import type { Json } from '../../../contract/canonical-json.ts';
import { entryIdSchema, resultIdSchema, sessionIdSchema, takeIdSchema } from '../../../contract/ids.ts';
import type { SessionId } from '../../../contract/ids.ts';
import { ok, type Result } from '../../../contract/result.ts';
import type { Item } from '../../../contract/registry/sync.ts';
import { callsOf, itemOf } from '../../core/sync-items.ts';
import type { ItemsAnswer } from '../../ports/registry.ts';
import type { OutboxFate, OutboxItem, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { ask, type Pass } from './pass.ts';
import { buryTombstoned } from './remove-session.ts';

export type ItemAnswer = ItemsAnswer['answers'][number];

/** Sends items in as few calls as may be and hands over each answer as soon as it is there. */
export async function sendItems(
  pass: Pass,
  items: readonly Item[],
  settle: (transaction: StoreTransaction, item: Item, answer: ItemAnswer) => void,
): Promise<Result<null>> {
  const { world, peers, cancellation } = pass;
  for (const call of callsOf(items)) {
    const answered = await ask(pass, () =>
      world.registry.sendItems(
        peers,
        { clock: world.clock.now(), appVersion: world.appVersion, items: call },
        cancellation,
      ),
    );
    if (!answered.ok) return answered;
    world.store.write((transaction) => {
      for (const answer of answered.value.answers) {
        const item = call[answer.index];
        if (item !== undefined) settle(transaction, item, answer);
        if (answer.outcome === 'stored') pass.hasProgressed = true;
      }
    });
  }
  return ok(null);
}

/** Sends what waits in the outbox and writes down what has become of it. */
export async function sendOutbox(pass: Pass, items: readonly OutboxItem[]): Promise<Result<null>> {
  const { world } = pass;
  const ready = world.store.read((transaction) =>
    items.flatMap((item) => {
      const content = contentOf(transaction, item);
      return content === undefined ? [] : [asItem(world, item, content)];
    }),
  );
  const sent = await sendItems(pass, ready, (transaction, item, answer) =>
    settleItem(world, transaction, item, answer),
  );
  await buryTombstoned(world);
  return sent;
}

export function asItem(
  { hashing }: Pick<World, 'hashing'>,
  { kind, subjectId, sessionId, ordinal }: OutboxItem,
  content: Json,
): Item {
  return itemOf({ kind, id: subjectId, sessionId, counter: ordinal, content }, (text) =>
    hashing.sha256(text),
  );
}

/** What an item stands for, as it is sent; undefined where it is not there (any more). */
export function contentOf(transaction: StoreTransaction, item: OutboxItem): Json | undefined {
  switch (item.kind) {
    case 'session':
      return asJson(transaction.sync.content(sessionIdSchema.parse(item.subjectId)));
    case 'take':
      return asJson(transaction.takes.get(takeIdSchema.parse(item.subjectId)));
    case 'result':
      return asJson(transaction.screenings.get(resultIdSchema.parse(item.subjectId)));
    case 'note':
      return asJson(
        item.sessionId === null
          ? undefined
          : transaction.notes.ofSession(item.sessionId).find(({ id }) => id === item.subjectId),
      );
    case 'withdrawal':
      return withdrawalOf(transaction, item);
    case 'audit':
      // Audit entries go their own way (send-audit.ts).
      return undefined;
  }
}

function withdrawalOf(transaction: StoreTransaction, { sessionId, subjectId }: OutboxItem): Json | undefined {
  const tombstone = sessionId === null ? undefined : transaction.sync.tombstone(sessionId);
  if (tombstone === undefined) return undefined;
  const { kind, at, by } = tombstone;
  return asJson({ id: entryIdSchema.parse(subjectId), sessionId, kind, at, by: by ?? 'system' });
}

/** Rows are JSON through and through: each was read from its schema. */
function asJson(value: object | undefined): Json | undefined {
  return value as Json | undefined;
}

function settleItem(world: World, transaction: StoreTransaction, item: Item, answer: ItemAnswer): void {
  // Somebody may have withdrawn the session while it was on its way.
  if (transaction.outbox.get(item.kind, item.id) === undefined) return;
  switch (answer.outcome) {
    case 'stored':
    case 'already':
      return transaction.outbox.settle(item.kind, item.id, { state: 'done' });
    case 'gone':
      if (item.kind === 'withdrawal') return transaction.outbox.settle(item.kind, item.id, { state: 'done' });
      return item.sessionId === null ? undefined : bury(world, transaction, item.sessionId);
    case 'not-yet':
      // The registry lost its session, or never had it: that one first.
      if (item.sessionId !== null) waitAgain(transaction, 'session', item.sessionId);
      return;
    case 'conflict':
    case 'invalid': {
      const reason = answer.outcome === 'conflict' ? 'content-conflict' : 'content-refused';
      putItemAside(world, transaction, item, { state: 'put-aside', reason, detail: answer.reason });
    }
  }
}

export function waitAgain(transaction: StoreTransaction, kind: Item['kind'], id: string): void {
  if (transaction.outbox.get(kind, id)?.fate.state === 'done') {
    transaction.outbox.settle(kind, id, { state: 'waiting' });
  }
}

/** The registry says that the session is withdrawn or deleted; its own tombstone comes by the feed. */
export function bury(world: Pick<World, 'clock'>, transaction: StoreTransaction, sessionId: SessionId): void {
  const at = world.clock.now();
  transaction.sync.putTombstone({ sessionId, kind: 'deletion', at, by: null, entryId: null });
}

export function putItemAside(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  { kind, id, sessionId }: Pick<Item, 'kind' | 'id' | 'sessionId'>,
  fate: Extract<OutboxFate, { state: 'put-aside' }>,
): void {
  transaction.outbox.settle(kind, id, fate);
  recordDeed(transaction, {
    at: world.clock.now(),
    by: 'system',
    action: 'item-put-aside',
    ...(sessionId === null ? {} : { sessionId }),
    details: { kind, why: fate.reason, ...(fate.detail === null ? {} : { detail: fate.detail }) },
  });
}
