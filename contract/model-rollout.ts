/** Models that come from the registry, as the pages of a workstation see them. */
import { z } from 'zod';
import { momentSchema } from './localized.ts';
import { problemCodes } from './result.ts';

/**
 * Whether new sessions may use a model. `in-service`: they may. `waiting`: it is here and was checked, and takes over
 * between two sessions. `superseded`: another version of it is in service. `withdrawn`: the registry took it back. All
 * but the first are kept so that stored results can be replayed.
 */
export const modelServices = ['in-service', 'waiting', 'superseded', 'withdrawn'] as const;
export type ModelService = (typeof modelServices)[number];

export const followedAliasSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, 'not an alias');
/** What a workstation follows unless IT says otherwise. */
export const usualAlias = 'production';

/**
 * What has become of an offer here. `other-alias`: this PC follows another alias of the model. `waiting`: it comes when
 * there is a line. `between-sessions`: it was checked and waits until no session is under way. `taken`: done. `failed`:
 * not tried again before a new offer, or before IT asks for it.
 */
export const modelOfferStates = [
  'other-alias',
  'waiting',
  'fetching',
  'checking',
  'between-sessions',
  'taken',
  'failed',
] as const;
export type ModelOfferState = (typeof modelOfferStates)[number];

export const modelOfferSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  alias: z.string(),
  /** What this PC follows for this model. */
  followedAlias: z.string(),
  state: z.enum(modelOfferStates),
  receivedBytes: z.number().nonnegative(),
  packageBytes: z.number().positive(),
  /** When it was taken or failed. */
  settledAt: momentSchema.nullable(),
  /** Why it failed. */
  problem: z
    .strictObject({
      code: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .nullable(),
});
export type ModelOffer = z.infer<typeof modelOfferSchema>;
