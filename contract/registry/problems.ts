import { z } from 'zod';

/** Every refusal of the registry, by code, with the HTTP status that carries it. */
export const registryProblems = {
  'invalid-input': 400,
  'not-authenticated': 401,
  'token-expired': 401,
  'wrong-credentials': 401,
  /** The workstation's proof is dated outside what the registry's clock allows; the answer's `serverTime` helps. */
  'clock-skew': 401,
  forbidden: 403,
  'workstation-revoked': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  /** Same id, other content; or a name that is taken. */
  conflict: 409,
  /** Something that must come first is not there yet (a take before its session). */
  'not-yet': 409,
  /** Withdrawn or deleted: a tombstone stands in its place. */
  gone: 410,
  'upload-offset': 409,
  'too-large': 413,
  'unsupported-media': 415,
  /** The bytes are not what was announced: hash, length, or audio that does not decode. */
  'content-mismatch': 422,
  'invalid-id': 422,
  'model-refused': 422,
  'locked-out': 429,
  'too-many-requests': 429,
  internal: 500,
  'storage-unavailable': 503,
  'not-ready': 503,
} as const;

export type RegistryProblemCode = keyof typeof registryProblems;
export const registryProblemCodes = Object.keys(registryProblems) as readonly RegistryProblemCode[];

/** The body of every refusal. `detail` is what clients of the published API read; it never holds patient data. */
export const refusalSchema = z.object({
  detail: z.string(),
  code: z.string().optional(),
  requestId: z.string().optional(),
  serverTime: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type Refusal = z.infer<typeof refusalSchema>;
