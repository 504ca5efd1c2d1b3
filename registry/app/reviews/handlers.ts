import type { Handlers } from '../handlers.ts';
import { listReviews, resolveReview } from './reviews.ts';

export const reviewsHandlers = {
  'reviews.list': (call) => listReviews(call),
  'reviews.resolve': (call, { params, body }) =>
    resolveReview(call, { reviewId: params.reviewId, why: body.why }),
} as const satisfies Handlers;
