import type { Json } from '../../../contract/canonical-json.ts';
import type { ItemKind } from '../../../contract/registry/sync.ts';
import type { Caller } from '../../core/may.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

interface NewReview {
  readonly why: 'conflict' | 'invalid';
  readonly kind: ItemKind | null;
  readonly id: string | null;
  readonly sessionId: string | null;
  readonly sha256: string;
  readonly offered: Json;
  readonly reason: string;
}

/** Keeps what could not be taken for people to look at: once per workstation, item and hash, however often it comes. */
export async function keepForReview(
  world: Pick<World, 'clock' | 'randomness'>,
  transaction: StoreTransaction,
  { workstationId, hospitalId }: Caller & { readonly kind: 'workstation' },
  { why, kind, id, sessionId, sha256, offered, reason }: NewReview,
): Promise<void> {
  const key = { workstationId, kind, itemId: id, sha256 };
  if ((await transaction.find('reviews', { where: key, limit: 1 })).length > 0) return;
  await transaction.insert('reviews', {
    id: world.randomness.id(world.clock.now()),
    ...key,
    why,
    sessionId,
    hospitalId,
    offered,
    reason,
    at: nowOf(world),
    resolvedAt: null,
    resolvedBy: null,
    resolution: null,
  });
}
