import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import type { ItemKind } from '../../../contract/registry/sync.ts';
import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';

/** What is shown at once; the oldest of a longer list come up as the newer ones are looked at. */
const listedReviews = 500;

/** Items of the caller's hospitals that conflicted or could not be taken: the open ones first, newest first. */
export async function listReviews({ world, caller }: Call): Promise<Outcome<RouteAnswer<'reviews.list'>>> {
  const hospitals = hospitalsOf(caller);
  const rows = await world.store.read((reader) =>
    reader.find('reviews', {
      where: hospitals === 'all' ? {} : { hospitalId: { in: hospitals } },
      order: [
        ['resolvedAt', 'ascending'],
        ['at', 'descending'],
      ],
      limit: listedReviews,
    }),
  );
  return done({
    reviews: rows.map(({ id, why, kind, itemId, sessionId, workstationId, at, reason, resolvedAt }) => ({
      id,
      why,
      kind: kind as ItemKind | null,
      itemId,
      sessionId,
      workstationId,
      at,
      reason,
      resolvedAt,
    })),
  });
}

/** Marks a review as looked at; both contents stay. The first resolution stands. */
export async function resolveReview(
  call: Call,
  { reviewId, why }: { readonly reviewId: string; readonly why: string },
): Promise<Outcome<RouteAnswer<'reviews.resolve'>>> {
  const { world, caller } = call;
  const found = await world.store.read((reader) => reader.get('reviews', reviewId));
  if (found === undefined) return refuse('not-found', 'review not found');
  const { hospitalId } = found;
  if (!may(caller, 'reviews.resolve', { hospitalId: hospitalId as HospitalId })) {
    await recordRefusal(call, {
      action: 'reviews.resolve',
      code: 'not-found',
      subjectId: reviewId,
      hospitalId,
    });
    return refuse('not-found', 'review not found');
  }
  return world.store.write(async (transaction) => {
    const review = await transaction.get('reviews', reviewId);
    if (review === undefined) return refuse('not-found', 'review not found');
    if (review.resolvedAt !== null) return done({});
    const resolvedBy = caller.kind === 'account' ? caller.accountId : null;
    await transaction.update('reviews', reviewId, { resolvedAt: nowOf(world), resolvedBy, resolution: why });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'review-resolved',
      subjectId: reviewId,
      hospitalId,
    });
    return done({});
  });
}
