/**
 * The registry's own routes, for people and their programs: one table from which the server mounts, checks rights,
 * generates OpenAPI, and its tests walk. The published inference API stands in v1.ts, Open Inference Protocol in v2.ts,
 * the workstations' routes in sync.ts.
 */
import { z } from 'zod';
import { formDefinitionSchema } from '../form.ts';
import { accountIdSchema, entryIdSchema, sessionIdSchema, sha256Schema, takeIdSchema } from '../ids.ts';
import { instantSchema, languageSchema } from '../localized.ts';
import { modelManifestSchema } from '../model-manifest.ts';
import { passwordSchema, roleSchema, usernameSchema } from '../people.ts';
import { protocolDefinitionSchema } from '../protocol.ts';
import { sampleKinds, sessionModes } from '../session.ts';
import { trainingPurposes } from '../training/configuration.ts';
import { runIdSchema } from '../training/run.ts';
import type { Action } from './access.ts';
import { featurePortionRoutes } from './feature-portions.ts';
import { hospitalIdSchema, keyIdSchema, modelIdSchema, signatureSchema, workstationIdSchema } from './ids.ts';
import { labelRoutes } from './labels.ts';
import { itemKindSchema, sessionContentSchema, withdrawalKinds } from './sync.ts';
import {
  lineageSchema,
  registryRunDetailSchema,
  registryRunSchema,
  runStatuses,
  runUploadSchema,
  trainingSessionSchema,
} from './training-runs.ts';
import {
  cronOccasionSchema,
  newTrainingJobSchema,
  newTrainingScheduleSchema,
  trainingSignalSchema,
  trainingJobDetailSchema,
  trainingJobIdSchema,
  trainingJobSchema,
  trainingJobStates,
  trainingKindSchema,
  trainingScheduleIdSchema,
  trainingScheduleSchema,
} from './training-jobs.ts';

const email = z.email().max(254);

export const registryAccountSchema = z.strictObject({
  id: accountIdSchema,
  username: usernameSchema,
  displayName: z.string().trim().min(1).max(120),
  email: email.nullable(),
  roles: z.array(roleSchema).min(1),
  /** `all`: responsible for every hospital. */
  hospitals: z.union([z.literal('all'), z.array(hospitalIdSchema)]),
  language: languageSchema,
  isDisabled: z.boolean(),
  createdAt: instantSchema,
});
export type RegistryAccount = z.infer<typeof registryAccountSchema>;

const ofAccount = z.strictObject({
  ...registryAccountSchema.omit({ id: true, createdAt: true, isDisabled: true }).shape,
  password: passwordSchema,
});
export const newAccountSchema = ofAccount.extend({
  email: email.nullable().default(null),
  language: languageSchema.default('pt-BR'),
});

export const hospitalSchema = z.strictObject({
  id: hospitalIdSchema,
  name: z.string().trim().min(1).max(120),
});

export const workstationSchema = z.strictObject({
  id: workstationIdSchema,
  hospitalId: hospitalIdSchema,
  name: z.string(),
  enrolledAt: instantSchema,
  revokedAt: instantSchema.nullable(),
  lastSeenAt: instantSchema.nullable(),
  /** Device clock less server clock at the last call, ms. */
  clockSkewMs: z.number().nullable(),
  appVersion: z.string().nullable(),
});
export type RegistryWorkstation = z.infer<typeof workstationSchema>;

/** A session as the registry lists it; `received`: a receipt was given for all that was announced. */
export const registrySessionSchema = z.strictObject({
  id: sessionIdSchema,
  hospitalId: hospitalIdSchema,
  workstationId: workstationIdSchema,
  mode: z.enum(sessionModes),
  kind: z.enum(sampleKinds),
  recordNumber: z.string().nullable(),
  createdAt: instantSchema,
  receivedAt: instantSchema,
  state: z.enum(['receiving', 'received']),
  purposes: z.array(z.string()),
  takeCount: z.int().nonnegative(),
  resultCount: z.int().nonnegative(),
});
export type RegistrySession = z.infer<typeof registrySessionSchema>;
export const registrySessionDetailSchema = z.strictObject({
  ...registrySessionSchema.shape,
  content: sessionContentSchema,
  takes: z.array(z.unknown()),
  results: z.array(z.unknown()),
  notes: z.array(z.unknown()),
});

export const reviewSchema = z.strictObject({
  id: entryIdSchema,
  why: z.enum(['conflict', 'invalid']),
  kind: itemKindSchema.nullable(),
  itemId: z.string().nullable(),
  sessionId: sessionIdSchema.nullable(),
  workstationId: workstationIdSchema,
  at: instantSchema,
  reason: z.string(),
  resolvedAt: instantSchema.nullable(),
});

export const aliasNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u);
export const registryModelSchema = z.strictObject({
  id: modelIdSchema,
  name: z.string(),
  version: z.string(),
  /** Of manifest.json. */
  sha256: sha256Schema,
  packageSha256: sha256Schema,
  packageBytes: z.int().positive(),
  keyId: keyIdSchema,
  signature: signatureSchema,
  manifest: modelManifestSchema,
  uploadedAt: instantSchema,
  uploadedBy: z.string(),
  aliases: z.array(aliasNameSchema),
});
export const aliasChangeSchema = z.strictObject({
  sequence: z.int().positive(),
  name: z.string(),
  alias: aliasNameSchema,
  version: z.string().nullable(),
  at: instantSchema,
  by: z.string(),
  why: z.string(),
});

export const tokenAnswerSchema = z.strictObject({
  /** The account's id, as the published API has it. */
  id: accountIdSchema,
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.int().positive(),
  refresh_token: z.string(),
});

const done = z.strictObject({});
const page = z.strictObject({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().positive().max(500).default(100),
});

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's notation for parameters. */
  readonly path: string;
  readonly action: Action;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** Absent: no body, or (`stream`) raw bytes that the route reads itself. */
  readonly body?: z.ZodType | 'stream' | 'form';
  readonly answer: z.ZodType | 'stream' | 'text';
  readonly summary: string;
}

export const routes = {
  'first-account.create': {
    method: 'POST',
    path: '/api/first-account',
    action: 'first-account.create',
    body: z.strictObject({
      setupCode: z.string().max(100),
      username: usernameSchema,
      displayName: z.string().trim().min(1).max(120),
      password: passwordSchema,
      language: languageSchema.default('pt-BR'),
    }),
    answer: registryAccountSchema,
    summary: 'Make the first IT account with the code that the first start printed.',
  },
  'token.create': {
    method: 'POST',
    path: '/oauth/token',
    action: 'token.create',
    body: 'form',
    answer: tokenAnswerSchema,
    summary: 'OAuth 2.0: grant types password and refresh_token.',
  },
  'token.revoke': {
    method: 'POST',
    path: '/oauth/revoke',
    action: 'token.create',
    body: 'form',
    answer: done,
    summary: 'RFC 7009: give a refresh token back; the whole family ends.',
  },
  'account.read-own': {
    method: 'GET',
    path: '/api/account',
    action: 'account.read-own',
    answer: registryAccountSchema,
    summary: 'The account of the token.',
  },
  'account.change-own': {
    method: 'POST',
    path: '/api/account/password',
    action: 'account.change-own',
    body: z.strictObject({ current: z.string().max(256), next: passwordSchema }),
    answer: done,
    summary: 'Change one’s own password; every refresh token ends.',
  },
  'accounts.list': {
    method: 'GET',
    path: '/api/accounts',
    action: 'accounts.read',
    answer: z.strictObject({ accounts: z.array(registryAccountSchema) }),
    summary: 'Accounts of the caller’s hospitals.',
  },
  'accounts.create': {
    method: 'POST',
    path: '/api/accounts',
    action: 'accounts.write',
    body: newAccountSchema,
    answer: registryAccountSchema,
    summary: 'Make an account; nobody gives more than they have themselves.',
  },
  'accounts.update': {
    method: 'PATCH',
    path: '/api/accounts/:accountId',
    action: 'accounts.write',
    params: z.strictObject({ accountId: accountIdSchema }),
    body: ofAccount.omit({ username: true }).partial().extend({ isDisabled: z.boolean().optional() }),
    answer: registryAccountSchema,
    summary: 'Change, disable or enable an account.',
  },
  'hospitals.list': {
    method: 'GET',
    path: '/api/hospitals',
    action: 'hospitals.list',
    answer: z.strictObject({ hospitals: z.array(hospitalSchema) }),
    summary: 'Every hospital of the registry.',
  },
  'hospitals.create': {
    method: 'POST',
    path: '/api/hospitals',
    action: 'hospitals.write',
    body: hospitalSchema.omit({ id: true }),
    answer: hospitalSchema,
    summary: 'Add a hospital.',
  },
  'hospitals.rename': {
    method: 'PATCH',
    path: '/api/hospitals/:hospitalId',
    action: 'hospitals.write',
    params: z.strictObject({ hospitalId: hospitalIdSchema }),
    body: hospitalSchema.omit({ id: true }),
    answer: hospitalSchema,
    summary: 'Rename a hospital; sessions keep what was written at the bedside.',
  },
  'workstations.list': {
    method: 'GET',
    path: '/api/workstations',
    action: 'workstations.read',
    answer: z.strictObject({ workstations: z.array(workstationSchema) }),
    summary: 'Workstations of the caller’s hospitals.',
  },
  'workstations.invite': {
    method: 'POST',
    path: '/api/hospitals/:hospitalId/enrolment-codes',
    action: 'workstations.write',
    params: z.strictObject({ hospitalId: hospitalIdSchema }),
    body: z.strictObject({ validHours: z.int().min(1).max(720).default(24) }),
    answer: z.strictObject({ code: z.string(), expiresAt: instantSchema }),
    summary: 'A one-time code with which one workstation enrols.',
  },
  'workstations.revoke': {
    method: 'POST',
    path: '/api/workstations/:workstationId/revoke',
    action: 'workstations.write',
    params: z.strictObject({ workstationId: workstationIdSchema }),
    answer: workstationSchema,
    summary: 'End a workstation’s access at once.',
  },
  'forms.publish': {
    method: 'POST',
    path: '/api/forms',
    action: 'definitions.write',
    body: formDefinitionSchema,
    answer: done,
    summary: 'Publish a form version to every workstation; versions never change.',
  },
  'protocols.publish': {
    method: 'POST',
    path: '/api/protocols',
    action: 'definitions.write',
    body: protocolDefinitionSchema,
    answer: done,
    summary: 'Publish a protocol version (with its consent text) to every workstation.',
  },
  'definitions.list': {
    method: 'GET',
    path: '/api/definitions',
    action: 'definitions.read',
    answer: z.strictObject({
      definitions: z.array(
        z.strictObject({
          kind: z.enum(['form', 'protocol']),
          id: z.string(),
          version: z.string(),
          at: instantSchema,
          by: z.string(),
        }),
      ),
    }),
    summary: 'Published forms and protocols.',
  },
  'sessions.list': {
    method: 'GET',
    path: '/api/sessions',
    action: 'sessions.read',
    query: page.extend({
      hospitalId: hospitalIdSchema.optional(),
      state: z.enum(['receiving', 'received']).optional(),
    }),
    answer: z.strictObject({ sessions: z.array(registrySessionSchema), next: z.string().nullable() }),
    summary: 'Sessions of the caller’s hospitals, newest first.',
  },
  'sessions.read': {
    method: 'GET',
    path: '/api/sessions/:sessionId',
    action: 'sessions.read',
    params: z.strictObject({ sessionId: sessionIdSchema }),
    answer: registrySessionDetailSchema,
    summary: 'One session with takes, results and notes.',
  },
  'recordings.read': {
    method: 'GET',
    path: '/api/sessions/:sessionId/takes/:takeId/audio',
    action: 'recordings.read',
    params: z.strictObject({ sessionId: sessionIdSchema, takeId: takeIdSchema }),
    answer: 'stream',
    summary: 'The take as WAV, the very bytes that the workstation announced.',
  },
  'sessions.export': {
    method: 'GET',
    path: '/api/export/sessions',
    action: 'sessions.export',
    query: z.strictObject({
      purpose: z.enum(['research', 'retraining']).default('research'),
      includeConsent: z.enum(['true', 'false']).default('false'),
    }),
    answer: 'stream',
    summary:
      'JSON lines of received sessions whose consent covers the purpose; TEST sessions are left out; the consent recording only where asked for.',
  },
  'sessions.withdraw': {
    method: 'POST',
    path: '/api/sessions/:sessionId/withdrawal',
    action: 'sessions.withdraw',
    params: z.strictObject({ sessionId: sessionIdSchema }),
    body: z.strictObject({ kind: z.enum(withdrawalKinds) }),
    answer: z.strictObject({ sessionId: sessionIdSchema, at: instantSchema }),
    summary: 'Withdraw consent or delete: content and audio go, a tombstone stays.',
  },
  'reviews.list': {
    method: 'GET',
    path: '/api/reviews',
    action: 'reviews.read',
    answer: z.strictObject({ reviews: z.array(reviewSchema) }),
    summary: 'Items that conflicted or could not be taken.',
  },
  'reviews.resolve': {
    method: 'POST',
    path: '/api/reviews/:reviewId/resolution',
    action: 'reviews.resolve',
    params: z.strictObject({ reviewId: entryIdSchema }),
    body: z.strictObject({ why: z.string().trim().min(1).max(500) }),
    answer: done,
    summary: 'Mark a conflict as looked at; both contents stay.',
  },
  ...labelRoutes,
  'models.list': {
    method: 'GET',
    path: '/api/models',
    action: 'models.read',
    answer: z.strictObject({ models: z.array(registryModelSchema) }),
    summary: 'Every model version with its aliases.',
  },
  'models.upload': {
    method: 'POST',
    path: '/api/models',
    action: 'models.write',
    query: z.strictObject({ keyId: keyIdSchema, signature: signatureSchema }),
    body: 'stream',
    answer: registryModelSchema,
    summary: 'A model folder as tar (application/x-tar) with the signature over its manifest.json.',
  },
  'models.package': {
    method: 'GET',
    path: '/api/models/:name/versions/:version/package',
    action: 'models.fetch',
    params: z.strictObject({ name: z.string().max(100), version: z.string().max(60) }),
    answer: 'stream',
    summary: 'The model folder as the stored tar; ranges as in RFC 9110.',
  },
  'aliases.set': {
    method: 'PUT',
    path: '/api/models/:name/aliases/:alias',
    action: 'aliases.write',
    params: z.strictObject({ name: z.string().max(100), alias: aliasNameSchema }),
    body: z.strictObject({ version: z.string().max(60).nullable(), why: z.string().trim().min(1).max(500) }),
    answer: aliasChangeSchema,
    summary: 'Point an alias at a version, or nowhere.',
  },
  'aliases.history': {
    method: 'GET',
    path: '/api/models/:name/aliases/:alias/history',
    action: 'models.read',
    params: z.strictObject({ name: z.string().max(100), alias: aliasNameSchema }),
    query: z.strictObject({ at: instantSchema.optional() }),
    answer: z.strictObject({ history: z.array(aliasChangeSchema) }),
    summary: 'Every change of an alias, newest first; with `at`, the one in force at that instant.',
  },
  'training-runs.list': {
    method: 'GET',
    path: '/api/v1/training/runs',
    action: 'runs.read',
    query: page.extend({ status: z.enum(runStatuses).optional() }),
    answer: z.strictObject({ runs: z.array(registryRunSchema), next: z.string().nullable() }),
    summary: 'Training runs, those first that were made last.',
  },
  'training-runs.read': {
    method: 'GET',
    path: '/api/v1/training/runs/:runId',
    action: 'runs.read',
    params: z.strictObject({ runId: runIdSchema }),
    answer: registryRunDetailSchema,
    summary: 'One run: its record, metrics with intervals, curve, artefacts.',
  },
  'training-runs.put': {
    method: 'PUT',
    path: '/api/v1/training/runs/:runId',
    action: 'runs.write',
    params: z.strictObject({ runId: runIdSchema }),
    body: runUploadSchema,
    answer: registryRunDetailSchema,
    summary: 'Keep a run as it stands now; only the account that brought it may bring it again.',
  },
  'training-artefacts.put': {
    method: 'PUT',
    path: '/api/v1/training/runs/:runId/artefacts/:sha256',
    action: 'runs.write',
    params: z.strictObject({ runId: runIdSchema, sha256: sha256Schema }),
    body: 'stream',
    answer: z.strictObject({ sha256: sha256Schema, sizeBytes: z.int().nonnegative() }),
    summary: 'The bytes of an artefact that the run names (application/octet-stream).',
  },
  'training-artefacts.read': {
    method: 'GET',
    path: '/api/v1/training/runs/:runId/artefacts/:sha256',
    action: 'runs.read',
    params: z.strictObject({ runId: runIdSchema, sha256: sha256Schema }),
    answer: 'stream',
    summary: 'The bytes of an artefact; those that speak of single recordings not to everybody.',
  },
  'training-lineage.read': {
    method: 'GET',
    path: '/api/v1/training/lineage',
    action: 'runs.read',
    query: z.strictObject({
      model: z.string().max(100).optional(),
      runId: runIdSchema.optional(),
    }),
    answer: lineageSchema,
    summary: 'Model versions with the runs that made them; of one name or one run, or all.',
  },
  'training-sessions.list': {
    method: 'GET',
    path: '/api/v1/training/sessions',
    action: 'training-sessions.read',
    query: page.extend({ purpose: z.enum(trainingPurposes).default('retraining') }),
    answer: z.strictObject({ sessions: z.array(trainingSessionSchema), next: z.string().nullable() }),
    summary:
      'Sessions of the caller’s hospitals for training, under pseudonyms, in order of arrival; those that may not be used by id and reason.',
  },
  'audit.list': {
    method: 'GET',
    path: '/api/audit',
    action: 'audit.read',
    query: page,
    answer: z.strictObject({ entries: z.array(z.unknown()), next: z.string().nullable() }),
    summary: 'The registry’s audit trail, newest first.',
  },
  'training-schedules.list': {
    method: 'GET',
    path: '/api/training/schedules',
    action: 'training-jobs.read',
    answer: z.strictObject({ schedules: z.array(trainingScheduleSchema) }),
    summary: 'Every training schedule, with when it is due.',
  },
  'training-schedules.times': {
    method: 'GET',
    path: '/api/training/schedule-times',
    action: 'training-jobs.read',
    query: cronOccasionSchema.pick({ expression: true, timeZone: true }),
    answer: z.strictObject({ times: z.array(instantSchema) }),
    summary: 'The next three times that a cron expression names, before a schedule is made of it.',
  },
  'training-schedules.put': {
    method: 'PUT',
    path: '/api/training/schedules/:scheduleId',
    action: 'training-jobs.write',
    params: z.strictObject({ scheduleId: trainingScheduleIdSchema }),
    body: newTrainingScheduleSchema,
    answer: trainingScheduleSchema,
    summary: 'Make or replace a training schedule; jobs that it has started go on as they were.',
  },
  'training-schedules.remove': {
    method: 'DELETE',
    path: '/api/training/schedules/:scheduleId',
    action: 'training-jobs.write',
    params: z.strictObject({ scheduleId: trainingScheduleIdSchema }),
    answer: done,
    summary: 'Remove a training schedule; its jobs stay.',
  },
  'training-jobs.list': {
    method: 'GET',
    path: '/api/training/jobs',
    action: 'training-jobs.read',
    query: page.extend({
      kind: trainingKindSchema.optional(),
      state: z.enum(trainingJobStates).optional(),
    }),
    answer: z.strictObject({ jobs: z.array(trainingJobSchema), next: z.string().nullable() }),
    summary: 'Training jobs, newest first.',
  },
  'training-jobs.read': {
    method: 'GET',
    path: '/api/training/jobs/:jobId',
    action: 'training-jobs.read',
    params: z.strictObject({ jobId: trainingJobIdSchema }),
    answer: trainingJobDetailSchema,
    summary: 'One training job with its configuration.',
  },
  'training-jobs.start': {
    method: 'POST',
    path: '/api/training/jobs',
    action: 'training-jobs.write',
    body: newTrainingJobSchema,
    answer: trainingJobDetailSchema,
    summary: 'Train now: it is queued behind others of its kind.',
  },
  'training-jobs.cancel': {
    method: 'POST',
    path: '/api/training/jobs/:jobId/cancellation',
    action: 'training-jobs.write',
    params: z.strictObject({ jobId: trainingJobIdSchema }),
    answer: trainingJobDetailSchema,
    summary: 'Cancel a training job: a waiting one at once, a running one after its piece of work.',
  },
  'training-events.send': {
    method: 'POST',
    path: '/api/training/events',
    action: 'training-jobs.write',
    body: trainingSignalSchema,
    answer: z.strictObject({ jobs: z.array(trainingJobIdSchema) }),
    summary: 'A data set that has come, or a drift alert: queues the schedules that wait for it, once.',
  },
  ...featurePortionRoutes,
} as const satisfies Record<string, RouteDefinition>;

export type RouteName = keyof typeof routes;

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Part<Name extends RouteName, Key extends string> =
  (typeof routes)[Name] extends Record<Key, infer T> ? T : undefined;
/** What a route's handler is given, parsed. A form comes as its fields, not parsed yet. */
export interface RouteInput<Name extends RouteName> {
  readonly params: Parsed<Part<Name, 'params'>>;
  readonly query: Parsed<Part<Name, 'query'>>;
  readonly body: Part<Name, 'body'> extends 'form'
    ? Readonly<Record<string, unknown>>
    : Parsed<Part<Name, 'body'>>;
}
/** What it answers; parsed again on its way out, so that nothing leaves that the schema does not name. */
export type RouteAnswer<Name extends RouteName> = (typeof routes)[Name]['answer'] extends z.ZodType
  ? z.input<(typeof routes)[Name]['answer']>
  : never;
