/**
 * Every command that a page may send to `main` and every event that comes back, with who may send it. One table:
 * the hosts check the sender, `dispatch` parses by these schemas and checks rights, the pages get typed calls.
 */
import { z } from 'zod';
import { answersSchema, formDefinitionSchema, formReferenceSchema } from './form.ts';
import {
  accountIdSchema,
  importIdSchema,
  resultIdSchema,
  sessionIdSchema,
  sha256Schema,
  takeIdSchema,
} from './ids.ts';
import { instantSchema, languageSchema, momentSchema } from './localized.ts';
import { decisionSchema, modelManifestSchema, modelReferenceSchema } from './model-manifest.ts';
import { followedAliasSchema, modelOfferSchema, modelServices } from './model-rollout.ts';
import { accountSchema, passwordSchema, roleSchema, usernameSchema, type Role } from './people.ts';
import { protocolDefinitionSchema, stepKeySchema } from './protocol.ts';
import { researchCommands } from './research.ts';
import { problemCodes } from './result.ts';
import {
  captureDeviceSchema,
  consentSchema,
  historyEntrySchema,
  sampleKinds,
  screeningResultSchema,
  sessionDetailSchema,
  sessionModes,
  sessionStatuses,
  sessionSummarySchema,
  syncStates,
  takeContinuitySchema,
  takeSchema,
} from './session.ts';
import { withdrawalKinds } from './registry/sync.ts';
import { syncReviewSchema, syncSettingsSchema, syncStateSchema } from './sync-state.ts';

const nothing = z.strictObject({});
const base64 = (maximumBytes: number): z.ZodType<string> => z.base64().max(Math.ceil(maximumBytes / 3) * 4);

/** Largest message that a host accepts; chunks below stay well under it. */
export const maximumMessageBytes = 8 * 1024 * 1024;
export const maximumPcmChunkBytes = 2 * 1024 * 1024;
export const maximumFileChunkBytes = 4 * 1024 * 1024;

export const settingsSchema = z.strictObject({
  language: languageSchema,
  theme: z.enum(['system', 'light', 'dark']),
  idleLockMinutes: z.int().min(1).max(60),
  /** Label of the microphone to prefer; null: the system's default. */
  preferredMicrophone: z.string().max(200).nullable(),
  /** Hospitals offered by the form besides the definition's own. */
  hospitals: z.array(z.string().trim().min(1).max(120)).max(500),
  /** Models preselected for a new inference session. */
  defaultModels: z.array(modelReferenceSchema).max(8),
});
export type Settings = z.infer<typeof settingsSchema>;

export const appStateSchema = z.strictObject({
  appVersion: z.string(),
  host: z.enum(['electron', 'node']),
  /** True until the first IT account exists. */
  isFirstStart: z.boolean(),
  account: accountSchema.nullable(),
  isLocked: z.boolean(),
  lastUsername: z.string().nullable(),
  settings: settingsSchema,
  /** Notes of this start that the user should see, by problem code. */
  notices: z.array(z.strictObject({ code: z.enum(problemCodes), at: momentSchema })),
});
export type AppState = z.infer<typeof appStateSchema>;

export const modelStateSchema = z.strictObject({
  manifest: modelManifestSchema,
  /** SHA-256 of the manifest file: the identity of the whole folder. */
  sha256: sha256Schema,
  card: z.string(),
  source: z.enum(['shipped', 'installed']),
  state: z.enum(['untested', 'testing', 'ready', 'failed']),
  provider: z.string().nullable(),
  testedAt: momentSchema.nullable(),
  /** When it was installed or last came into service; null: it came with the program and nothing changed since. */
  installedAt: momentSchema.nullable(),
  service: z.enum(modelServices),
  problem: z
    .strictObject({
      code: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .nullable(),
  /** Providers that were tried and dropped, with why. */
  dropped: z.array(
    z.strictObject({
      provider: z.string(),
      reason: z.enum(['unavailable', 'crashed', 'timed-out', 'disagrees', 'failed']),
      largestDifference: z.number().nullable(),
    }),
  ),
});
export type ModelState = z.infer<typeof modelStateSchema>;

export const sessionColumns = [
  'hospital',
  'recordNumber',
  'model',
  'date',
  'status',
  'decision',
  'sync',
  'kind',
] as const;
export const sessionQuerySchema = z.strictObject({
  sort: z.strictObject({ column: z.enum(sessionColumns), direction: z.enum(['ascending', 'descending']) }),
  search: z.string().max(120).default(''),
  filter: z
    .strictObject({
      modes: z.array(z.enum(sessionModes)).optional(),
      kinds: z.array(z.enum(sampleKinds)).optional(),
      statuses: z.array(z.enum(sessionStatuses)).optional(),
      decisions: z.array(decisionSchema).optional(),
      sync: z.array(z.enum(syncStates)).optional(),
      from: instantSchema.optional(),
      to: instantSchema.optional(),
    })
    .default({}),
  offset: z.int().nonnegative().default(0),
  limit: z.int().positive().max(500).default(100),
});
export type SessionQuery = z.infer<typeof sessionQuerySchema>;
export type SessionQueryInput = z.input<typeof sessionQuerySchema>;

export const homeSchema = z.strictObject({
  drafts: z.array(sessionSummarySchema),
  today: z.array(sessionSummarySchema),
  unsyncedSessions: z.int().nonnegative(),
  /** Null: a registry was never reached. */
  lastContactAt: instantSchema.nullable(),
  disk: z.strictObject({
    freeBytes: z.number().nonnegative(),
    neededBytes: z.number().nonnegative(),
    isEnough: z.boolean(),
  }),
  models: z.strictObject({ ready: z.int().nonnegative(), failed: z.int().nonnegative() }),
});

export const storageStateSchema = z.strictObject({
  folder: z.string(),
  databaseBytes: z.number().nonnegative(),
  recordingsBytes: z.number().nonnegative(),
  freeBytes: z.number().nonnegative(),
  lastBackupAt: instantSchema.nullable(),
  integrity: z.enum(['ok', 'failed', 'unchecked']),
  keyProtection: z.enum(['os', 'file', 'passphrase']),
  recoveryKeyShownAt: instantSchema.nullable(),
});

export type StorageState = z.infer<typeof storageStateSchema>;

type Allowed = 'anyone' | 'signed-in' | readonly Role[];
interface CommandDefinition {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Checked in `main` for every call. `anyone` needs no sign-in. */
  readonly allowed: Allowed;
  /** Also while the screen is locked: what must go on so that nothing is lost. */
  readonly whileLocked?: true;
}

const clinician = ['clinician'] as const;
const reader = ['clinician', 'researcher'] as const;
const it = ['it'] as const;

const sessionOnly = z.strictObject({ sessionId: sessionIdSchema });
const takeOnly = z.strictObject({ takeId: takeIdSchema });

export const commands = {
  // who is at the desk
  'app.state': { input: nothing, output: appStateSchema, allowed: 'anyone', whileLocked: true },
  'people.create-first': {
    input: z.strictObject({
      username: usernameSchema,
      displayName: z.string().trim().min(1).max(120),
      password: passwordSchema,
      language: languageSchema,
    }),
    output: accountSchema,
    allowed: 'anyone',
  },
  'people.sign-in': {
    input: z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) }),
    output: accountSchema,
    allowed: 'anyone',
  },
  'people.sign-out': { input: nothing, output: nothing, allowed: 'signed-in', whileLocked: true },
  'people.lock': { input: nothing, output: nothing, allowed: 'signed-in', whileLocked: true },
  'people.unlock': {
    input: z.strictObject({ password: z.string().min(1).max(256) }),
    output: accountSchema,
    allowed: 'signed-in',
    whileLocked: true,
  },
  /** The user did something: the idle clock starts again. */
  'people.active': { input: nothing, output: nothing, allowed: 'signed-in' },
  'people.change-password': {
    input: z.strictObject({ current: z.string().min(1).max(256), next: passwordSchema }),
    output: nothing,
    allowed: 'signed-in',
  },
  'people.list': { input: nothing, output: z.array(accountSchema), allowed: it },
  'people.create': {
    input: z.strictObject({
      username: usernameSchema,
      displayName: z.string().trim().min(1).max(120),
      roles: z.array(roleSchema).min(1),
      language: languageSchema,
      password: passwordSchema,
    }),
    output: accountSchema,
    allowed: it,
  },
  'people.update': {
    input: z.strictObject({
      accountId: accountIdSchema,
      displayName: z.string().trim().min(1).max(120).optional(),
      roles: z.array(roleSchema).min(1).optional(),
      isDisabled: z.boolean().optional(),
      password: passwordSchema.optional(),
    }),
    output: accountSchema,
    allowed: it,
  },

  // settings and storage
  'settings.save': { input: settingsSchema, output: settingsSchema, allowed: it },
  /** Language and theme are everybody's own matter; the language becomes the account's. */
  'settings.appearance': {
    input: z.strictObject({
      language: languageSchema.optional(),
      theme: settingsSchema.shape.theme.optional(),
    }),
    output: settingsSchema,
    allowed: 'anyone',
  },
  'settings.microphone': {
    input: z.strictObject({ preferredMicrophone: settingsSchema.shape.preferredMicrophone }),
    output: settingsSchema,
    allowed: 'signed-in',
  },
  'storage.state': { input: nothing, output: storageStateSchema, allowed: it },
  /** The words that open the store on another PC; each showing is audited. */
  'storage.recovery-key': {
    input: z.strictObject({ password: z.string().min(1).max(256) }),
    output: z.strictObject({ recoveryKey: z.string() }),
    allowed: it,
  },
  'audit.list': {
    input: z.strictObject({
      before: z.int().positive().optional(),
      limit: z.int().positive().max(500).default(100),
    }),
    output: z.array(historyEntrySchema),
    allowed: it,
  },
  'audit.verify': {
    input: nothing,
    output: z.strictObject({
      entries: z.int().nonnegative(),
      findings: z.array(
        z.strictObject({ sequence: z.int(), kind: z.enum(['edited', 'missing', 'reordered', 'cut']) }),
      ),
    }),
    allowed: it,
  },

  // forms, protocols, models
  'definitions.list': {
    input: nothing,
    output: z.strictObject({
      forms: z.array(formDefinitionSchema),
      protocols: z.array(protocolDefinitionSchema),
    }),
    allowed: 'signed-in',
  },
  'models.list': { input: nothing, output: z.array(modelStateSchema), allowed: 'signed-in' },
  'models.test': { input: modelReferenceSchema, output: modelStateSchema, allowed: 'signed-in' },
  /** A folder on this PC that holds a model; copied into the store after all its checks. */
  'models.install': {
    input: z.strictObject({ folder: z.string().min(1).max(1000) }),
    output: modelStateSchema,
    allowed: it,
  },
  'models.remove': { input: modelReferenceSchema, output: nothing, allowed: it },
  /** What the registry offers, and what has become of it here. */
  'models.offers': { input: nothing, output: z.array(modelOfferSchema), allowed: 'signed-in' },
  /** Which alias of a model this PC follows from now on. */
  'models.follow': {
    input: z.strictObject({ name: modelReferenceSchema.shape.name.max(60), alias: followedAliasSchema }),
    output: z.array(modelOfferSchema),
    allowed: it,
  },
  /** Tries an offer that failed once more. */
  'models.retry-offer': {
    input: z.strictObject({ name: modelReferenceSchema.shape.name.max(60), alias: followedAliasSchema }),
    output: z.array(modelOfferSchema),
    allowed: it,
  },

  // sessions
  'home.state': { input: nothing, output: homeSchema, allowed: reader },
  'sessions.list': {
    input: sessionQuerySchema,
    output: z.strictObject({ rows: z.array(sessionSummarySchema), total: z.int().nonnegative() }),
    allowed: reader,
  },
  'sessions.get': { input: sessionOnly, output: sessionDetailSchema, allowed: reader },
  /** CSV of the sessions that the query finds: answers, decisions, hashes; no audio, no consent recording. */
  'sessions.export': {
    input: sessionQuerySchema.pick({ search: true, filter: true, sort: true }),
    output: z.strictObject({ fileName: z.string(), csv: z.string() }),
    allowed: ['researcher'],
  },
  'sessions.create': {
    input: z.strictObject({
      mode: z.enum(sessionModes),
      kind: z.enum(sampleKinds),
      form: formReferenceSchema,
      protocol: formReferenceSchema,
      models: z.array(modelReferenceSchema).max(8),
    }),
    output: sessionDetailSchema,
    allowed: clinician,
  },
  /** Keeps the draft as typed, valid or not. `answers` replaces all answers of the draft. */
  'sessions.save-draft': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      answers: answersSchema,
      confirmedWarnings: z.array(z.string().max(64)).max(100),
      currentStep: z.string().min(1).max(40),
    }),
    output: nothing,
    allowed: clinician,
    whileLocked: true,
  },
  'sessions.accept-consent': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      takeId: takeIdSchema,
      ...consentSchema.pick({
        textId: true,
        textVersion: true,
        language: true,
        purposes: true,
        witness: true,
      }).shape,
    }),
    output: sessionDetailSchema,
    allowed: clinician,
  },
  'sessions.skip-step': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      stepKey: stepKeySchema,
      reason: z.string().min(1).max(500),
    }),
    output: sessionDetailSchema,
    allowed: clinician,
  },
  'sessions.choose-take': { input: takeOnly, output: sessionDetailSchema, allowed: clinician },
  'sessions.override-quality': {
    input: z.strictObject({ takeId: takeIdSchema, reason: z.string().trim().min(3).max(500) }),
    output: sessionDetailSchema,
    allowed: clinician,
  },
  /** Closes the recording part; in inference mode the chosen models are run. */
  'sessions.complete': { input: sessionOnly, output: sessionDetailSchema, allowed: clinician },
  /** Runs further models, or one again, on a completed session. */
  'sessions.screen': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      models: z.array(modelReferenceSchema).min(1).max(8),
    }),
    output: z.array(screeningResultSchema),
    allowed: clinician,
  },
  /** Runs a stored result again on the stored inputs and compares the scores (1e-4). */
  'sessions.replay': {
    input: z.strictObject({ resultId: resultIdSchema }),
    output: z.strictObject({ matches: z.boolean(), largestDifference: z.number().nullable() }),
    allowed: reader,
  },
  'sessions.add-note': {
    input: z.strictObject({ sessionId: sessionIdSchema, text: z.string().trim().min(1).max(4000) }),
    output: sessionDetailSchema,
    allowed: clinician,
  },
  /** Sets a draft aside; nothing is deleted. */
  'sessions.discard': {
    input: z.strictObject({ sessionId: sessionIdSchema, reason: z.string().trim().min(3).max(500) }),
    output: nothing,
    allowed: clinician,
  },

  /** Consent taken back, or a session deleted: content and audio go, here and everywhere; a proof without data stays. */
  'sessions.withdraw': {
    input: z.strictObject({ sessionId: sessionIdSchema, kind: z.enum(withdrawalKinds) }),
    output: nothing,
    allowed: reader,
  },

  // the way to the registry
  'sync.state': { input: nothing, output: syncStateSchema, allowed: 'signed-in' },
  /** Wakes the engine, whatever it waits for; a pause by schedule or metered line does not hold for this once. */
  'sync.now': { input: nothing, output: nothing, allowed: 'signed-in' },
  'sync.enrol': {
    input: z.strictObject({
      url: z.string().trim().min(1).max(300),
      /** As it was typed. */
      code: z.string().trim().min(1).max(80),
      /** What the registry calls this PC. */
      name: z.string().trim().min(1).max(80),
      /** IT says that this line needs no encryption of its own (a test, or a tunnel); never for the internet. */
      allowsPlainHttp: z.boolean().default(false),
    }),
    output: syncStateSchema,
    allowed: it,
  },
  /** Forgets the registry and the key. What is stored here stays; what was not sent stays only here. */
  'sync.leave': { input: nothing, output: syncStateSchema, allowed: it },
  'sync.save-settings': { input: syncSettingsSchema, output: syncStateSchema, allowed: it },
  'sync.reviews': { input: nothing, output: z.array(syncReviewSchema), allowed: 'signed-in' },
  /** `retry`: send it once more. `set-aside`: leave it out of the receipt (results, notes and audit entries only). */
  'sync.resolve-review': {
    input: z.strictObject({
      kind: syncReviewSchema.shape.kind,
      itemId: z.string().min(1).max(64),
      action: z.enum(['retry', 'set-aside']),
    }),
    output: z.array(syncReviewSchema),
    allowed: it,
  },

  // the registry, for researchers
  ...researchCommands,

  // recording
  'recording.start': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      stepKey: stepKeySchema,
      sampleRateHz: z.int().min(8000).max(192000),
      device: captureDeviceSchema,
    }),
    output: z.strictObject({ takeId: takeIdSchema, version: z.int().positive() }),
    allowed: clinician,
  },
  /** 16-bit little-endian mono PCM. A chunk that was already written is a success; a later one than expected is a conflict. */
  'recording.append': {
    input: z.strictObject({
      takeId: takeIdSchema,
      /** 0 for the first chunk. */
      sequence: z.int().nonnegative(),
      /** Frames of the device's clock before this chunk, counted from the take's first frame, gaps included. */
      firstFrame: z.int().nonnegative(),
      pcm: base64(maximumPcmChunkBytes),
    }),
    output: z.strictObject({ storedFrames: z.int().nonnegative() }),
    allowed: clinician,
    whileLocked: true,
  },
  'recording.finish': {
    input: z.strictObject({
      takeId: takeIdSchema,
      /** Chunks that were sent, so that a lost last chunk is noticed. */
      chunks: z.int().nonnegative(),
      elapsedMs: z.number().nonnegative(),
      interruption: takeContinuitySchema.shape.interruption,
    }),
    output: takeSchema,
    allowed: clinician,
    whileLocked: true,
  },
  /** The WAV, in slices; the first slice of a take is audited as a play. */
  'recording.audio': {
    input: z.strictObject({
      takeId: takeIdSchema,
      offsetBytes: z.int().nonnegative(),
      lengthBytes: z.int().positive().max(maximumFileChunkBytes),
    }),
    output: z.strictObject({ totalBytes: z.int().nonnegative(), bytes: z.base64() }),
    allowed: reader,
  },
  'import.start': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      stepKey: stepKeySchema,
      sizeBytes: z
        .int()
        .positive()
        .max(1024 * 1024 * 1024),
    }),
    output: z.strictObject({ importId: importIdSchema }),
    allowed: clinician,
  },
  'import.append': {
    input: z.strictObject({
      importId: importIdSchema,
      offsetBytes: z.int().nonnegative(),
      bytes: base64(maximumFileChunkBytes),
    }),
    output: z.strictObject({ receivedBytes: z.int().nonnegative() }),
    allowed: clinician,
  },
  'import.finish': {
    input: z.strictObject({ importId: importIdSchema }),
    output: takeSchema,
    allowed: clinician,
  },
} as const satisfies Record<string, CommandDefinition>;

export type CommandName = keyof typeof commands;
export type CommandInput<Name extends CommandName> = z.input<(typeof commands)[Name]['input']>;
export type ParsedInput<Name extends CommandName> = z.output<(typeof commands)[Name]['input']>;
export type CommandOutput<Name extends CommandName> = z.output<(typeof commands)[Name]['output']>;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

export const events = {
  'session.changed': z.strictObject({ sessionId: sessionIdSchema }),
  'lock.changed': z.strictObject({ isLocked: z.boolean() }),
  'screening.progress': z.strictObject({
    sessionId: sessionIdSchema,
    model: modelReferenceSchema,
    /** `not-stored`: the store took no result; it is tried again by itself. */
    stage: z.enum(['preparing', 'running', 'retrying', 'not-stored', 'done']),
    /** Why it was not stored. */
    problem: z.enum(problemCodes).optional(),
  }),
  'models.changed': nothing,
  'settings.changed': nothing,
  /** What `sync.state` answers has changed; at most a few times a second. */
  'sync.changed': nothing,
  /** What `research.state` answers has changed. */
  'research.changed': nothing,
  /** The PC is about to sleep or has woken: open takes end themselves and say so. */
  'computer.slept': nothing,
  notice: z.strictObject({ code: z.enum(problemCodes) }),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof events;
export type EventPayload<Name extends EventName> = z.infer<(typeof events)[Name]>;
export type AppEvent = {
  readonly [Name in EventName]: { readonly name: Name; readonly payload: EventPayload<Name> };
}[EventName];

/** Actions of the audit trail. */
export const auditActions = [
  'account-created',
  'account-changed',
  'password-changed',
  'signed-in',
  'sign-in-refused',
  'locked-out',
  'signed-out',
  'locked',
  'unlocked',
  'unlock-refused',
  'command-refused',
  'settings-changed',
  'recovery-key-shown',
  'session-created',
  'session-viewed',
  'session-edited',
  'session-completed',
  'session-discarded',
  'session-exported',
  'session-screened',
  'screening-failed',
  'screening-replayed',
  'step-skipped',
  'consent-accepted',
  'take-started',
  'take-saved',
  'take-recovered',
  'take-imported',
  'take-chosen',
  'take-played',
  'quality-overridden',
  'note-added',
  'model-installed',
  'model-removed',
  'model-tested',
  'provider-dropped',
  'store-opened',
  'store-backed-up',
  'registry-enrolled',
  'registry-left',
  'registry-refused',
  'sync-settings-changed',
  'sync-requested',
  'item-put-aside',
  'item-retried',
  'item-left-out',
  'receipt-stored',
  'audio-removed',
  'session-withdrawn',
  'session-removed',
  'account-received',
  'definition-received',
  'model-offered',
  'model-keys-received',
  'model-activated',
  'model-offer-failed',
  'model-offer-retried',
  'model-withdrawn',
  'model-alias-followed',
  'research-opened',
  'research-refused',
] as const;
export type AuditAction = (typeof auditActions)[number];
