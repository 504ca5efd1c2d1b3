/**
 * What a workstation and the registry say to each other: items upwards, recordings by tus 1.0, receipts, and the feed
 * of changes downwards. Both programs parse by these schemas; both hash content as SHA-256 of its canonical JSON.
 */
import { z } from 'zod';
import { answersSchema, formDefinitionSchema, formReferenceSchema } from '../form.ts';
import { accountIdSchema, entryIdSchema, sessionIdSchema, sha256Schema, takeIdSchema } from '../ids.ts';
import { instantSchema, languageSchema, momentSchema } from '../localized.ts';
import { modelReferenceSchema } from '../model-manifest.ts';
import { roleSchema, usernameSchema } from '../people.ts';
import { protocolDefinitionSchema, stepKeySchema } from '../protocol.ts';
import { consentSchema, sampleKinds, screeningResultSchema, sessionModes, takeSchema } from '../session.ts';
import {
  hospitalIdSchema,
  keyIdSchema,
  namedKeySchema,
  publicKeySchema,
  registryIdSchema,
  signatureSchema,
  workstationIdSchema,
} from './ids.ts';

// ---------------------------------------------------------------- items, upwards

/** A complete session as it was closed at the bedside. Nothing in it changes afterwards. */
export const sessionContentSchema = z.strictObject({
  id: sessionIdSchema,
  mode: z.enum(sessionModes),
  kind: z.enum(sampleKinds),
  hospital: z.string().nullable(),
  recordNumber: z.string().nullable(),
  createdAt: momentSchema,
  completedAt: momentSchema,
  createdBy: z.strictObject({ accountId: accountIdSchema, username: usernameSchema }),
  form: formReferenceSchema,
  protocol: formReferenceSchema,
  models: z.array(modelReferenceSchema),
  answers: answersSchema,
  confirmedWarnings: z.array(z.string()),
  consent: consentSchema.nullable(),
  skips: z.array(z.strictObject({ stepKey: stepKeySchema, reason: z.string().max(500) })),
  /** Every take of the session, in order of making; the registry waits for all of them. */
  takeIds: z.array(takeIdSchema),
});
export type SessionContent = z.infer<typeof sessionContentSchema>;

export const noteContentSchema = z.strictObject({
  id: entryIdSchema,
  sessionId: sessionIdSchema,
  text: z.string().min(1).max(4000),
  at: momentSchema,
  by: z.string(),
});

/** An entry of the workstation's own audit chain. */
export const auditContentSchema = z.strictObject({
  sequence: z.int().positive(),
  at: momentSchema,
  by: z.string(),
  action: z.string(),
  sessionId: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  previousHash: sha256Schema,
  hash: sha256Schema,
});

export type AuditEntryContent = z.infer<typeof auditContentSchema>;

/** Consent taken back, or a session deleted, at this workstation. */
export const withdrawalKinds = ['withdrawal', 'deletion'] as const;
export const withdrawalContentSchema = z.strictObject({
  id: entryIdSchema,
  sessionId: sessionIdSchema,
  kind: z.enum(withdrawalKinds),
  at: momentSchema,
  by: z.string(),
});
export type WithdrawalContent = z.infer<typeof withdrawalContentSchema>;

/** In the order in which a session's items are sent. */
export const itemKinds = ['withdrawal', 'session', 'take', 'result', 'note', 'audit'] as const;
export type ItemKind = (typeof itemKinds)[number];
export const itemKindSchema = z.enum(itemKinds);

export const itemContentSchemas = {
  withdrawal: withdrawalContentSchema,
  session: sessionContentSchema,
  take: takeSchema,
  result: screeningResultSchema,
  note: noteContentSchema,
  audit: auditContentSchema,
} as const satisfies Record<ItemKind, z.ZodType>;
export type ItemContents = { readonly [K in ItemKind]: z.infer<(typeof itemContentSchemas)[K]> };

/**
 * One thing to keep. `id` is unique within its kind and workstation-made; for audit entries the sequence in decimal,
 * unique per workstation. The content is parsed by its kind's schema, one item at a time: a bad one spoils no other.
 */
export const itemSchema = z.strictObject({
  kind: itemKindSchema,
  id: z.string().min(1).max(64),
  sessionId: sessionIdSchema.nullable(),
  /** The device's own count of changes: gives the order whatever the clocks say. */
  counter: z.int().nonnegative(),
  /** SHA-256 of the content's canonical JSON. */
  sha256: sha256Schema,
  content: z.unknown(),
});
export type Item = z.infer<typeof itemSchema>;

export const maximumItemsPerCall = 200;
export const maximumItemsBytes = 4 * 1024 * 1024;

export const sendItemsSchema = z.strictObject({
  /** The device's own clock when it sent: the skew is recorded, nothing is ordered by it. */
  clock: momentSchema,
  appVersion: z.string().max(40),
  /** Parsed one by one. */
  items: z.array(z.unknown()).min(1).max(maximumItemsPerCall),
});
export type SendItems = z.infer<typeof sendItemsSchema>;

/**
 * `stored` and `already` are safe; `conflict`: other content stands under this id, both are kept for review;
 * `invalid`: quarantined with its reason; `gone`: withdrawn or deleted, the sender removes its copy; `not-yet`: what it
 * belongs to has not come.
 */
export const itemOutcomes = ['stored', 'already', 'conflict', 'invalid', 'gone', 'not-yet'] as const;
export const itemAnswerSchema = z.strictObject({
  /** Place of the item in the call, from 0. */
  index: z.int().nonnegative(),
  kind: itemKindSchema.nullable(),
  id: z.string().nullable(),
  outcome: z.enum(itemOutcomes),
  /** Which rule refused it: a field's path or a code, never a value. */
  reason: z.string().max(300).nullable(),
});
export type ItemAnswer = z.infer<typeof itemAnswerSchema>;
export const sendItemsAnswerSchema = z.strictObject({
  serverTime: instantSchema,
  answers: z.array(itemAnswerSchema),
});
export type SendItemsAnswer = z.infer<typeof sendItemsAnswerSchema>;

// ---------------------------------------------------------------- recordings: tus 1.0

/** FLAC where the WAV can be packed losslessly (16 and 24-bit integers), else the WAV as it is. */
export const uploadEncodings = ['flac', 'wav'] as const;
export type UploadEncoding = (typeof uploadEncodings)[number];
/** The decoded keys of tus's Upload-Metadata. `sha256` is that of the uploaded file itself. */
export const uploadMetadataSchema = z.strictObject({
  takeId: takeIdSchema,
  sessionId: sessionIdSchema,
  encoding: z.enum(uploadEncodings),
  sha256: sha256Schema,
});
export type UploadMetadata = z.infer<typeof uploadMetadataSchema>;
export const maximumUploadBytes = 1024 * 1024 * 1024;

// ---------------------------------------------------------------- receipts

/** What the workstation holds of a session and wants a receipt for; the registry compares it with what it has. */
export const receiptRequestSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        kind: itemKindSchema.exclude(['audit', 'withdrawal']),
        id: z.string().min(1).max(64),
        sha256: sha256Schema,
      }),
    )
    .min(1)
    .max(5000),
});
export type ReceiptRequest = z.infer<typeof receiptRequestSchema>;

export const receiptSchema = z.strictObject({
  format: z.literal('spira-receipt-1'),
  registryId: registryIdSchema,
  workstationId: workstationIdSchema,
  sessionId: sessionIdSchema,
  /** The registry's own order of receipts. */
  sequence: z.int().positive(),
  at: instantSchema,
  items: receiptRequestSchema.shape.items,
  /** The WAV of every take, decoded again from what was uploaded: its hash and length in bytes. */
  files: z.array(
    z.strictObject({ takeId: takeIdSchema, sha256: sha256Schema, sizeBytes: z.int().positive() }),
  ),
});
export type Receipt = z.infer<typeof receiptSchema>;
/** Ed25519 over the canonical JSON of `receipt`. */
export const signedReceiptSchema = z.strictObject({
  receipt: receiptSchema,
  keyId: keyIdSchema,
  signature: signatureSchema,
});
export type SignedReceipt = z.infer<typeof signedReceiptSchema>;
/** Either a receipt, or what still lacks for one. */
export const receiptAnswerSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('complete'), signed: signedReceiptSchema }),
  z.strictObject({
    status: z.literal('incomplete'),
    lacking: z.array(
      z.strictObject({
        kind: z.enum([...itemKinds, 'audio']),
        id: z.string(),
        why: z.enum(['missing', 'differs']),
      }),
    ),
  }),
]);
export type ReceiptAnswer = z.infer<typeof receiptAnswerSchema>;

// ---------------------------------------------------------------- enrolment and proof

/** One-time code: 20 letters and digits of Crockford's base32 in groups of five; the last 8 fingerprint the registry. */
export const enrolmentCodeSchema = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$/u, 'not an enrolment code');
export const enrolSchema = z.strictObject({
  code: enrolmentCodeSchema,
  name: z.string().trim().min(1).max(80),
  publicKey: publicKeySchema,
  appVersion: z.string().max(40),
  /**
   * Who this PC was before at the same registry, signed by the former key over `successionText`: the new enrolment goes
   * on with what belongs to the former one, which ends.
   */
  former: z.strictObject({ workstationId: workstationIdSchema, signature: signatureSchema }).optional(),
});
export type Enrolment = z.infer<typeof enrolSchema>;

/** The code is used once and names its registry, so that the proof is worth nothing anywhere else or again. */
export function successionText({ code, publicKey }: Pick<Enrolment, 'code' | 'publicKey'>): string {
  return ['spira-succession-1', code, publicKey].join('\n');
}
export const enrolAnswerSchema = z.strictObject({
  registryId: registryIdSchema,
  workstationId: workstationIdSchema,
  hospital: z.strictObject({ id: hospitalIdSchema, name: z.string() }),
  /** Pinned by the workstation: answers and receipts are signed with the first. */
  answerKey: namedKeySchema,
  /** Pinned by the workstation: who may sign models. */
  modelKeys: z.array(namedKeySchema),
  serverTime: instantSchema,
});
export type EnrolAnswer = z.infer<typeof enrolAnswerSchema>;

/**
 * `Authorization: Workstation <JWS>`: EdDSA by the workstation's key over these claims, made anew for each call, dated
 * by the registry's time (own clock plus the offset learned from `hello`). `bodySha256` is absent for tus PATCH only.
 */
export const proofClaimsSchema = z.strictObject({
  iss: workstationIdSchema,
  aud: registryIdSchema,
  /** Epoch seconds. */
  iat: z.int(),
  /** Same as the X-Request-Id header. */
  jti: z.uuid(),
  /** Method, and path with query. */
  htm: z.string().max(10),
  htu: z.string().max(2000),
  bodySha256: sha256Schema.optional(),
});
export type ProofClaims = z.infer<typeof proofClaimsSchema>;
/** How far `iat` may lie from the registry's clock. */
export const proofToleranceS = 300;

/**
 * Every JSON answer under /sync/v1 and to an enrolment carries `Spira-Signature: <keyId>.<signature>` over this text,
 * so that a captive portal, a proxy page or an older answer is never taken for the registry's.
 */
export function answerSigningText(answer: {
  /** X-Request-Id of the call. */
  readonly requestId: string;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly status: number;
  /** Of the body's bytes. */
  readonly bodySha256: string;
}): string {
  const { requestId, method, path, status, bodySha256 } = answer;
  return ['spira-answer-1', requestId, method, path, String(status), bodySha256].join('\n');
}
export const answerSignatureHeader = 'spira-signature';
/** Asks for that signature on any other route, with whatever value: for people at a PC that knows the registry's key. */
export const askSignatureHeader = 'spira-ask-signature';
export const requestIdHeader = 'x-request-id';

export const helloAnswerSchema = z.strictObject({
  registryId: registryIdSchema,
  serverTime: instantSchema,
  apiVersion: z.literal(1),
});

export type HelloAnswer = z.infer<typeof helloAnswerSchema>;

// ---------------------------------------------------------------- the feed, downwards

export const offeredModelSchema = z.strictObject({
  alias: z.string(),
  name: z.string(),
  version: z.string(),
  /** SHA-256 of the manifest: the model's identity. */
  sha256: sha256Schema,
  packageSha256: sha256Schema,
  packageBytes: z.int().positive(),
  /** Ed25519 over the bytes of manifest.json. */
  keyId: keyIdSchema,
  signature: signatureSchema,
});
export type OfferedModel = z.infer<typeof offeredModelSchema>;

export const feedAccountSchema = z.strictObject({
  id: accountIdSchema,
  username: usernameSchema,
  displayName: z.string(),
  roles: z.array(roleSchema),
  language: languageSchema,
  isDisabled: z.boolean(),
  /** argon2id in PHC format, so that people can sign in offline; null: may not sign in at this hospital any more. */
  passwordHash: z.string().nullable(),
});
export type FeedAccount = z.infer<typeof feedAccountSchema>;

export const tombstoneSchema = z.strictObject({
  sessionId: sessionIdSchema,
  kind: z.enum(withdrawalKinds),
  at: instantSchema,
});
export type Tombstone = z.infer<typeof tombstoneSchema>;

const change = <K extends string, T extends z.ZodType>(kind: K, content: T) =>
  z.strictObject({
    kind: z.literal(kind),
    /** The registry's order; the next call asks for what comes after the last one. */
    sequence: z.int().positive(),
    at: instantSchema,
    content,
  });

/** The newest content per subject suffices; a change may come twice. */
export const changeSchema = z.discriminatedUnion('kind', [
  change('hospital', z.strictObject({ id: hospitalIdSchema, name: z.string(), isOwn: z.boolean() })),
  change('form', formDefinitionSchema),
  change('protocol', protocolDefinitionSchema),
  change('account', feedAccountSchema),
  change('model-offer', offeredModelSchema),
  /** The alias points nowhere any more, for this hospital. */
  change('model-withdrawn', z.strictObject({ alias: z.string(), name: z.string() })),
  change('tombstone', tombstoneSchema),
  change('model-keys', z.strictObject({ keys: z.array(namedKeySchema) })),
]);
export type Change = z.infer<typeof changeSchema>;
/** Changes are parsed one by one too: a kind that an older workstation does not know is skipped, with a note. */
export const feedAnswerSchema = z.strictObject({
  changes: z.array(z.unknown()).max(200),
  next: z.int().nonnegative(),
  hasMore: z.boolean(),
  serverTime: instantSchema,
});
export type FeedAnswer = z.infer<typeof feedAnswerSchema>;

export const syncPaths = {
  hello: '/sync/v1/hello',
  enrol: '/sync/v1/enrolment',
  items: '/sync/v1/items',
  uploads: '/sync/v1/uploads',
  upload: (id: string): string => `/sync/v1/uploads/${id}`,
  receipt: (sessionId: string): string => `/sync/v1/sessions/${sessionId}/receipt`,
  feed: (after: number): string => `/sync/v1/feed?after=${String(after)}`,
  modelPackage: (sha256: string): string => `/sync/v1/models/${sha256}/package`,
} as const;
