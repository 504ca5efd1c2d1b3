/**
 * The published inference API, as its clients speak it: shapes byte for byte, refusals as `{detail}`. Facts: the API's
 * own route table (see docs/operations.md); what was wrong with it is mended behind these shapes.
 */
import { z } from 'zod';
import type { Action } from './access.ts';

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

/** Multipart fields of an inference request, beside the files. */
export const v1InferenceFieldsSchema = z.object({
  model_id: z.string().max(64),
  rgh: z.string().trim().min(1).max(64),
  mask_type: optionalText,
  covid_status: optionalText,
  gender: optionalText,
  local: optionalText,
  age: optionalText,
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
  bpm: z.number().nullable(),
  respiratory_frequency: z.number().nullable(),
  respiratory_insufficiency_status: nullableText,
  location: nullableText,
  last_positive_diagnose_date: nullableText,
  hospitalized: nullableText,
  hospitalization_start: nullableText,
  hospitalization_end: nullableText,
  spo2: z.number().nullable(),
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
