/**
 * What OpenAPI says of the routes that read their bodies themselves: the published inference API and Open Inference
 * Protocol. Their shapes stand in the contract too; they are only written down here, never used to check a request,
 * because these APIs have their own words for what is wrong.
 */
import { z } from 'zod';
import {
  v1CreatedSchema,
  v1Files,
  v1InferenceFieldsSchema,
  v1InferenceSchema,
  v1ModelSchema,
  v1NewModelSchema,
  v1NewUserSchema,
  v1RequiredFiles,
  v1ResultSchema,
  v1Routes,
} from '../../../contract/registry/v1.ts';
import {
  v2ErrorSchema,
  v2InferAnswerSchema,
  v2InferRequestSchema,
  v2ModelMetadataSchema,
  v2Routes,
  v2ServerMetadataSchema,
} from '../../../contract/registry/v2.ts';

interface Published {
  readonly summary: string;
  readonly body?: { readonly type: string; readonly schema: object };
  readonly answer: object;
  readonly answerType?: string;
}

const jsonOf = (schema: z.ZodType): object => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};
const json = (schema: z.ZodType): NonNullable<Published['body']> => ({
  type: 'application/json',
  schema: jsonOf(schema),
});
const message = jsonOf(z.object({ message: z.string() }));
const tokenForm = {
  type: 'application/x-www-form-urlencoded',
  schema: jsonOf(z.object({ username: z.string(), password: z.string() })),
};

const inferenceForm = (): object => {
  const fields = jsonOf(v1InferenceFieldsSchema) as {
    readonly properties: object;
    readonly required: readonly string[];
  };
  const files = Object.fromEntries(v1Files.map((name) => [name, { type: 'string', format: 'binary' }]));
  return {
    ...fields,
    properties: { ...fields.properties, ...files },
    required: [...fields.required, ...v1RequiredFiles],
  };
};

const v1: Record<keyof typeof v1Routes, Published> = {
  auth: {
    summary: 'OAuth 2.0 password grant.',
    body: tokenForm,
    answer: jsonOf(z.object({ id: z.string(), access_token: z.string(), token_type: z.literal('bearer') })),
  },
  user: {
    summary: 'The user of the token.',
    answer: jsonOf(z.object({ id: z.string(), username: z.string(), email: z.string() })),
  },
  createUser: { summary: 'Make a clinician’s account.', body: json(v1NewUserSchema), answer: message },
  models: {
    summary: 'Models that may be asked.',
    answer: jsonOf(z.object({ models: z.array(v1ModelSchema) })),
  },
  model: { summary: 'One model.', answer: jsonOf(v1ModelSchema) },
  createModel: {
    summary: 'Name a channel on which a service of your own answers.',
    body: json(v1NewModelSchema),
    answer: message,
  },
  hospitals: {
    summary: 'Hospitals.',
    answer: jsonOf(z.object({ hospitals: z.array(z.object({ id: z.string(), name: z.string() })) })),
  },
  createInference: {
    summary: 'Ask for a prediction. It is stored, then queued.',
    body: { type: 'multipart/form-data', schema: inferenceForm() },
    answer: jsonOf(v1CreatedSchema),
  },
  inferences: {
    summary: 'One’s own requests.',
    answer: jsonOf(z.object({ inferences: z.array(v1InferenceSchema) })),
  },
  inference: { summary: 'One request.', answer: jsonOf(v1InferenceSchema) },
  result: {
    summary: 'A request and its result; output [-1] and "not available" until there is one.',
    answer: jsonOf(z.object({ inference: v1InferenceSchema, result: v1ResultSchema })),
  },
};

const ready = jsonOf(z.object({ name: z.string().optional(), ready: z.boolean() }));
const infer: Published = {
  summary: 'Scores for tensors, at once. Without a version: the one that `production` points at.',
  body: json(v2InferRequestSchema),
  answer: jsonOf(v2InferAnswerSchema),
};
const metadata: Published = {
  summary: 'Inputs and outputs of a model.',
  answer: jsonOf(v2ModelMetadataSchema),
};
const modelReady: Published = { summary: 'Whether the model can be asked here.', answer: ready };
const v2: Record<keyof typeof v2Routes, Published> = {
  live: { summary: 'The process answers.', answer: jsonOf(z.object({ live: z.boolean() })) },
  ready: { summary: 'Database, files and queue answer.', answer: ready },
  server: { summary: 'What this server is.', answer: jsonOf(v2ServerMetadataSchema) },
  model: metadata,
  modelVersion: metadata,
  modelReady,
  modelVersionReady: modelReady,
  infer,
  inferVersion: infer,
  batch: {
    summary: 'A table of form fields in, the same rows with scores out, streamed.',
    body: { type: 'text/csv', schema: { type: 'string' } },
    answer: { type: 'string' },
    answerType: 'text/csv',
  },
};

type Paths = Record<string, Record<string, object> | undefined>;

/** The document with what these two APIs take and give; a route that is not mounted is left out. */
export function describePublished<T extends { readonly paths?: unknown }>(document: T): T {
  const paths = { ...(document.paths as Paths) };
  const add = (
    { method, path }: { readonly method: string; readonly path: string },
    { summary, body, answer, answerType = 'application/json' }: Published,
    [tag, refusal]: readonly [tag: string, refusal: object],
  ): void => {
    const key = path.replace(/:([a-z_]+)/gu, '{$1}');
    const operations = paths[key];
    const operation = operations?.[method.toLowerCase()];
    if (operation === undefined) return;
    paths[key] = {
      ...operations,
      [method.toLowerCase()]: {
        ...operation,
        summary,
        tags: [tag],
        security: [{ bearer: [] }],
        ...(body === undefined
          ? {}
          : { requestBody: { required: true, content: { [body.type]: { schema: body.schema } } } }),
        responses: {
          200: { description: 'As asked for', content: { [answerType]: { schema: answer } } },
          '4XX': { description: 'Refused', content: { 'application/json': { schema: refusal } } },
        },
      },
    };
  };
  const detail = ['v1', jsonOf(z.object({ detail: z.string() }))] as const;
  for (const name of Object.keys(v1) as (keyof typeof v1)[]) add(v1Routes[name], v1[name], detail);
  const error = ['v2', jsonOf(v2ErrorSchema)] as const;
  for (const name of Object.keys(v2) as (keyof typeof v2)[]) add(v2Routes[name], v2[name], error);
  return { ...document, paths };
}
