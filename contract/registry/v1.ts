/**
 * The published inference API, as its clients speak it: shapes byte for byte, refusals as `{detail}`. Facts: the API's
 * own route table (see docs/operations.md); what was wrong with it is mended behind these shapes.
 */
import { z } from 'zod';
import { usernameSchema } from '../people.ts';
import type { Action } from './access.ts';
import { inferenceIdSchema, modelIdSchema } from './ids.ts';

/** Text of a form field; an empty one, or the word that careless clients send for nothing, is absent. */
const optionalText = z
  .string()
  .max(500)
  .transform((text) => (text === '' || text === 'undefined' || text === 'null' ? undefined : text))
  .optional();

export const v1Statuses = ['processing', 'completed', 'error'] as const;

/** What is answered while there is no result. */
export const v1PendingOutput: readonly number[] = [-1];
export const v1PendingDiagnosis = 'not available';

/** Models that one request may name. */
export const v1MaximumModels = 8;

/**
 * Multipart fields of an inference request, beside the files. The published clients name one model; further ones are
 * asked for by repeating `model_id`, or by commas.
 */
export const v1InferenceFieldsSchema = z.object({
  model_id: z.string().max(64 * v1MaximumModels),
  rgh: z.string().trim().min(1).max(64),
  mask_type: optionalText,
  covid_status: optionalText,
  gender: optionalText,
  local: optionalText,
  age: optionalText.refine(
    (text) => text === undefined || (/^\d{1,3}$/u.test(text.trim()) && Number(text) <= 150),
    'not a number of years',
  ),
  cid: optionalText,
  bpm: optionalText,
  respiratory_frequency: optionalText,
  respiratory_insufficiency_status: optionalText,
  location: optionalText,
  last_positive_diagnose_date: optionalText,
  hospitalized: optionalText,
  hospitalization_start: optionalText,
  hospitalization_end: optionalText,
  spo2: optionalText,
});
export type V1InferenceFields = z.infer<typeof v1InferenceFieldsSchema>;
export const v1Files = ['aceite', 'sustentada', 'parlenda', 'frase'] as const;
export type V1File = (typeof v1Files)[number];
/** Who cannot read leaves the sentence out. */
export const v1RequiredFiles: readonly V1File[] = ['aceite', 'sustentada', 'parlenda'];
/** Evidence of the consent, and the outcome of interest by its key in the forms: no model ever gets them. */
export const v1ConsentFile: V1File = 'aceite';
export const v1LabelField = 'respiratoryInsufficiency';
export const v1RecordNumberField = 'rgh';

const nullableText = z.string().nullable();
export const v1InferenceSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  model_id: z.string(),
  status: z.enum(v1Statuses),
  created_in: z.string(),
  rgh: z.string(),
  mask_type: nullableText,
  covid_status: nullableText,
  gender: nullableText,
  local: nullableText,
  age: z.number().nullable(),
  cid: nullableText,
  /** Numbers that clients sent as text, and get back as such. */
  bpm: nullableText,
  respiratory_frequency: nullableText,
  respiratory_insufficiency_status: nullableText,
  location: nullableText,
  last_positive_diagnose_date: nullableText,
  hospitalized: nullableText,
  hospitalization_start: nullableText,
  hospitalization_end: nullableText,
  spo2: nullableText,
});
export type V1Inference = z.infer<typeof v1InferenceSchema>;

export const v1ModelSchema = z.object({ id: z.string(), name: z.string(), publishing_channel: z.string() });
export const v1ResultSchema = z.object({
  id: z.string(),
  inference_id: z.string(),
  output: z.array(z.number()),
  diagnosis: z.string(),
  /** Beyond the published shape: no result without its model's name and limits. */
  model: z.object({ name: z.string(), version: z.string(), notice: z.string() }).nullable().optional(),
  error: z.object({ code: z.string(), reason: z.string() }).nullable().optional(),
});

/** An answer to a request for several models names them all, in the order of the request. */
export const v1CreatedSchema = z.object({
  inference_id: z.string(),
  inference_ids: z.array(z.string()).optional(),
});

export const v1NewUserSchema = z.object({
  username: usernameSchema,
  email: z.email().max(254),
  password: z.string().max(1000),
  password_confirmation: z.string().max(1000),
});
/** A channel is a topic of the work queue: words joined by dots. Those of the registry's own models begin with `spira.`. */
export const v1NewModelSchema = z.object({
  name: z.string().trim().min(1).max(120),
  publishing_channel: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/u, 'words of letters, digits, - and _, joined by dots'),
});
export const v1OwnChannelPrefix = 'spira.';

/** What waits on `inference.<channel>`: ids and references. Nothing in it tells who the patient is. */
export const inferenceRequestMessageSchema = z.strictObject({
  inference_id: inferenceIdSchema,
  model_id: modelIdSchema,
  /** Recording to the key of its blob. */
  files: z.record(z.string(), z.string()),
  /** For services of others, which cannot ask the registry: answers without record number, place, dates or outcome. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type InferenceRequestMessage = z.infer<typeof inferenceRequestMessageSchema>;

export const inferenceReplyTopic = 'inference-reply';
/** What a service of someone else answers: scores and diagnosis, or why there are none. */
export const inferenceReplyMessageSchema = z.union([
  z.object({
    inference_id: inferenceIdSchema,
    output: z.array(z.number()).min(1).max(1000),
    diagnosis: z.string().min(1).max(200),
    model_version: z.string().max(100).optional(),
    timing: z.record(z.string(), z.number()).optional(),
  }),
  z.object({
    inference_id: inferenceIdSchema,
    error_code: z.string().regex(/^[a-z0-9-]{1,60}$/u),
    error_reason: z.string().max(300).optional(),
    model_version: z.string().max(100).optional(),
  }),
]);
export type InferenceReplyMessage = z.infer<typeof inferenceReplyMessageSchema>;

/** Word for word: clients compare them. */
export const v1Details = {
  notAuthenticated: 'could not validate the credentials',
  wrongCredentials: 'Incorrect username or password',
  forbidden: 'Forbidden operation',
  userNotFound: 'user not found',
  modelNotFound: 'model not found',
  inferenceNotFound: 'inference not found',
  resultNotFound: 'result not found',
  invalidId: (what: 'user' | 'model' | 'inference'): string => `${what} id is not valid`,
  userMade: 'user registered!',
  modelMade: 'model registered!',
} as const;

interface V1Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly action: Action;
  readonly body?: 'form' | 'json' | 'multipart';
}

export const v1Routes = {
  auth: { method: 'POST', path: '/v1/users/auth', action: 'token.create', body: 'form' },
  user: { method: 'GET', path: '/v1/users/:user_id', action: 'account.read-own' },
  createUser: { method: 'POST', path: '/v1/users/', action: 'accounts.write', body: 'json' },
  models: { method: 'GET', path: '/v1/models/', action: 'models.read' },
  model: { method: 'GET', path: '/v1/models/:id', action: 'models.read' },
  createModel: { method: 'POST', path: '/v1/models/', action: 'models.write', body: 'json' },
  hospitals: { method: 'GET', path: '/v1/hospitals/', action: 'hospitals.list' },
  createInference: {
    method: 'POST',
    path: '/v1/users/:user_id/inferences',
    action: 'inferences.create',
    body: 'multipart',
  },
  inferences: { method: 'GET', path: '/v1/users/:user_id/inferences', action: 'inferences.read' },
  inference: { method: 'GET', path: '/v1/users/:user_id/inferences/:id', action: 'inferences.read' },
  result: { method: 'GET', path: '/v1/users/:user_id/inferences/:id/result', action: 'inferences.read' },
} as const satisfies Record<string, V1Route>;
