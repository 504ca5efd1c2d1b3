/**
 * The features of one run worked out by more than one machine: what is announced, leased and reported. Only ids, places
 * and content hashes pass here; recordings and features stay in the store that coordinator and workers share.
 */
import { z } from 'zod';
import { sha256Schema } from '../ids.ts';

/** UUIDv7, made by the registry. */
export const portionSetIdSchema = z.uuidv7().brand<'PortionSetId'>();
export type PortionSetId = z.infer<typeof portionSetIdSchema>;
export const portionIdSchema = z.uuidv7().brand<'PortionId'>();
export type PortionId = z.infer<typeof portionIdSchema>;

/** One process that works, told from others of the same account. */
export const portionWorkerSchema = z.uuid();
/** Whoever shows it holds the portion. */
const leaseSchema = z.uuid();

/** Recordings of a snapshot, by their places in it: `count` of them from `first` on. */
export const portionRangeSchema = z.strictObject({
  first: z.int().min(0).max(10_000_000),
  count: z.int().min(1).max(100_000),
});
export type PortionRange = z.infer<typeof portionRangeSchema>;

export const mostPortions = 1000;

export const portionProblems = [
  /** The worker could not make the features. */
  'not-worked-out',
  /** Its workers fell silent. */
  'worker-lost',
] as const;
export const portionProblemSchema = z.enum(portionProblems);
export type PortionProblem = z.infer<typeof portionProblemSchema>;

export const newPortionSetSchema = z.strictObject({
  /** Of the order in the shared store: recipe, snapshot and split by hash. */
  orderSha256: sha256Schema,
  /** Of the sources that shape features: only workers of the same code are given a portion. */
  codeSha256: sha256Schema,
  portions: z.array(portionRangeSchema).min(1).max(mostPortions),
});

export const portionSetSchema = z.strictObject({
  id: portionSetIdSchema,
  state: z.enum(['open', 'done', 'failed']),
  problem: portionProblemSchema.nullable(),
  portions: z.int().positive(),
  done: z.int().nonnegative(),
  /** Processes that hold a portion now. */
  workers: z.array(portionWorkerSchema),
  /** Those done after the place that was asked for, in the order in which they were done. */
  results: z.array(
    z.strictObject({
      place: z.int().positive(),
      range: portionRangeSchema,
      worker: portionWorkerSchema,
      resultSha256: sha256Schema,
    }),
  ),
});
export type PortionSet = z.infer<typeof portionSetSchema>;

export const leasedPortionSchema = z.strictObject({
  id: portionIdSchema,
  lease: leaseSchema,
  orderSha256: sha256Schema,
  codeSha256: sha256Schema,
  range: portionRangeSchema,
  /** Without a sign of life for longer, another gets it. */
  silentAfterMs: z.int().positive(),
});
export type LeasedPortion = z.infer<typeof leasedPortionSchema>;

const setParams = z.strictObject({ setId: portionSetIdSchema });
const portionParams = z.strictObject({ portionId: portionIdSchema });
const held = z.strictObject({ lease: leaseSchema });
const nothing = z.strictObject({});

export const featurePortionRoutes = {
  'portion-sets.announce': {
    method: 'POST',
    path: '/api/training/portion-sets',
    action: 'portion-sets.use',
    body: newPortionSetSchema,
    answer: z.strictObject({ id: portionSetIdSchema }),
    summary: 'Offer the features of a run to workers, in portions.',
  },
  'portion-sets.read': {
    method: 'GET',
    path: '/api/training/portion-sets/:setId',
    action: 'portion-sets.use',
    params: setParams,
    query: z.strictObject({ after: z.coerce.number().int().min(0).max(1_000_000).default(0) }),
    answer: portionSetSchema,
    summary: 'How far one’s own portions are, with the results after a place.',
  },
  'portion-sets.remove': {
    method: 'DELETE',
    path: '/api/training/portion-sets/:setId',
    action: 'portion-sets.use',
    params: setParams,
    answer: nothing,
    summary: 'Cancel one’s own portions, or clear them away: whoever holds one is told so.',
  },
  'portions.lease': {
    method: 'POST',
    path: '/api/training/portions/lease',
    action: 'portions.work',
    body: z.strictObject({
      worker: portionWorkerSchema,
      codeSha256: sha256Schema,
      /** Of one’s own set only, also what the queue has not handed out yet. */
      setId: portionSetIdSchema.optional(),
    }),
    answer: z.strictObject({
      portion: leasedPortionSchema.nullable(),
      /** Whether something waits that other code than this must work out. */
      isOtherCodeWanted: z.boolean(),
    }),
    summary: 'Take a portion to work on, if there is one for this code.',
  },
  'portions.beat': {
    method: 'POST',
    path: '/api/training/portions/:portionId/beat',
    action: 'portions.work',
    params: portionParams,
    body: held,
    answer: nothing,
    summary: 'Still at it; 409 or 404 where the portion is another’s, or nobody’s any more.',
  },
  'portions.finish': {
    method: 'POST',
    path: '/api/training/portions/:portionId/result',
    action: 'portions.work',
    params: portionParams,
    body: held.extend({ resultSha256: sha256Schema }),
    answer: nothing,
    summary: 'Worked out: the hash of what it came to, for the coordinator to compare.',
  },
  'portions.fail': {
    method: 'POST',
    path: '/api/training/portions/:portionId/failure',
    action: 'portions.work',
    params: portionParams,
    body: held.extend({ code: portionProblemSchema }),
    answer: nothing,
    summary: 'It could not be worked out here; after three tries the whole set fails.',
  },
  'portions.release': {
    method: 'POST',
    path: '/api/training/portions/:portionId/release',
    action: 'portions.work',
    params: portionParams,
    body: held,
    answer: nothing,
    summary: 'Give it back without a fault, for another to take.',
  },
} as const;
