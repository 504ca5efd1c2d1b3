import type { Json } from '../../../contract/canonical-json.ts';
import { recordingsPrefix, upgrades, uploadPrefix, type WithdrawalKind } from '../../core/withdrawal.ts';
import type { Caller } from '../../core/may.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { appendChange } from '../append-change.ts';
import { removeLabels } from '../labels/label-rows.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type World } from '../world.ts';

interface Burial {
  readonly sessionId: string;
  readonly kind: WithdrawalKind;
  readonly hospitalId: string;
  readonly by: Caller;
}

const contentKinds = ['session', 'take', 'result', 'note'] as const;

/**
 * Puts a tombstone in a session's place, also where the session has not come yet: its content goes in this
 * transaction, every workstation of the hospital is told, and the audio is listed as still to be deleted. Again: the
 * same tombstone, a withdrawal made a deletion where that is asked. Call `removeAudio` after the commit.
 */
export async function burySession(
  world: Pick<World, 'clock' | 'hashing'>,
  transaction: StoreTransaction,
  { sessionId, kind, hospitalId, by }: Burial,
): Promise<Row<'tombstones'>> {
  const before = await transaction.get('tombstones', sessionId);
  if (before !== undefined && !upgrades(before.kind as WithdrawalKind, kind)) return before;
  const tombstone: Row<'tombstones'> =
    before === undefined
      ? {
          id: sessionId,
          kind,
          hospitalId,
          at: nowOf(world),
          by: nameOf(by),
          ...(await removeContent(transaction, sessionId)),
        }
      : { ...before, kind };
  await transaction.put('tombstones', tombstone);
  await appendChange(world, transaction, {
    hospitalId: tombstone.hospitalId,
    kind: 'tombstone',
    subjectId: sessionId,
    content: { sessionId, kind, at: tombstone.at },
  });
  await recordDeed(world, transaction, {
    by,
    action: kind === 'deletion' ? 'session-deleted' : 'session-withdrawn',
    subjectId: sessionId,
    hospitalId: tombstone.hospitalId,
    details: { removed: (tombstone.removed as readonly Json[]).length },
  });
  return tombstone;
}

/** Everything of the session but its receipts, which hold ids and hashes only, and the audit trails. */
async function removeContent(
  transaction: StoreTransaction,
  sessionId: string,
): Promise<Pick<Row<'tombstones'>, 'removed' | 'pendingBlobs'>> {
  const items = await transaction.find('items', { where: { sessionId, kind: { in: contentKinds } } });
  const takes = await transaction.find('takes', { where: { sessionId } });
  const uploads = await transaction.find('uploads', { where: { sessionId } });
  await transaction.deleteWhere('items', { sessionId, kind: { in: contentKinds } });
  await transaction.deleteWhere('takes', { sessionId });
  await transaction.deleteWhere('uploads', { sessionId });
  await removeLabels(transaction, sessionId);
  await transaction.delete('sessions', sessionId);
  const itemIds = items.map((item) => item.itemId);
  const reviews = [
    ...(await transaction.find('reviews', { where: { sessionId } })),
    ...(itemIds.length === 0
      ? []
      : await transaction.find('reviews', { where: { itemId: { in: itemIds } } })),
  ];
  for (const review of reviews) await transaction.update('reviews', review.id, { offered: null });
  return {
    removed: [
      ...items.map(({ kind, itemId, sha256 }) => ({ kind, id: itemId, sha256 })),
      ...takes.map(({ id, wavSha256 }) => ({ kind: 'audio', id, sha256: wavSha256 })),
    ],
    pendingBlobs: [recordingsPrefix(sessionId), ...uploads.map(({ id }) => uploadPrefix(id))],
  };
}

function nameOf(by: Caller): string {
  switch (by.kind) {
    case 'account':
      return `account:${by.accountId}`;
    case 'workstation':
      return `workstation:${by.workstationId}`;
    case 'public':
      return 'public';
  }
}
