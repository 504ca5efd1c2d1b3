/**
 * What OpenAPI says of the routes that read their bodies themselves: the published inference API, Open Inference Protocol
 * and the way of workstations. Their shapes stand in the contract too; they are only written down here, never used to
 * check a request, because these APIs have their own words for what is wrong.
 */
import { z } from 'zod';
import { refusalSchema } from '../../../contract/registry/problems.ts';
import {
  enrolAnswerSchema,
  enrolSchema,
  feedAnswerSchema,
  helloAnswerSchema,
  receiptAnswerSchema,
  receiptRequestSchema,
  sendItemsAnswerSchema,
  sendItemsSchema,
  syncPaths,
} from '../../../contract/registry/sync.ts';
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
  /** Absent where there is nothing to read but the status. */
  readonly answer?: object;
  readonly answerType?: string;
  /** 200 unless given. */
  readonly status?: number;
  /** Asked without saying who asks. */
  readonly isOpen?: true;
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

const bytes = { type: 'string', format: 'binary' };
const tusPart = { type: 'application/offset+octet-stream', schema: bytes };
/** Workstations prove each call by a signature of their own; `hello` and `enrol` come before they can. */
const sync: readonly (Published & { readonly method: string; readonly path: string })[] = [
  {
    method: 'GET',
    path: syncPaths.hello,
    summary: 'Which registry this is.',
    answer: jsonOf(helloAnswerSchema),
    isOpen: true,
  },
  {
    method: 'POST',
    path: syncPaths.enrol,
    summary: 'Enrol with a one-time code.',
    body: json(enrolSchema),
    answer: jsonOf(enrolAnswerSchema),
    isOpen: true,
  },
  {
    method: 'POST',
    path: syncPaths.items,
    summary: 'Items of sessions, each judged by itself.',
    body: json(sendItemsSchema),
    answer: jsonOf(sendItemsAnswerSchema),
  },
  {
    method: 'GET',
    path: '/sync/v1/feed',
    summary: 'Changes for this workstation after a place.',
    answer: jsonOf(feedAnswerSchema),
  },
  {
    method: 'POST',
    path: syncPaths.receipt('{sessionId}'),
    summary: 'A signed receipt, or what still lacks for one.',
    body: json(receiptRequestSchema),
    answer: jsonOf(receiptAnswerSchema),
  },
  {
    method: 'GET',
    path: syncPaths.modelPackage('{sha256}'),
    summary: 'The package of a model on offer; part by part by Range.',
    answer: bytes,
    answerType: 'application/x-tar',
  },
  {
    method: 'OPTIONS',
    path: syncPaths.uploads,
    summary: 'What of tus 1.0 is spoken.',
    status: 204,
    isOpen: true,
  },
  {
    method: 'POST',
    path: syncPaths.uploads,
    summary: 'Begin an upload, or find it (tus creation).',
    body: tusPart,
    status: 201,
  },
  {
    method: 'OPTIONS',
    path: syncPaths.upload('{id}'),
    summary: 'What of tus 1.0 is spoken.',
    status: 204,
    isOpen: true,
  },
  { method: 'HEAD', path: syncPaths.upload('{id}'), summary: 'How much of an upload is there (tus).' },
  {
    method: 'PATCH',
    path: syncPaths.upload('{id}'),
    summary: 'Go on with an upload (tus).',
    body: tusPart,
    status: 204,
  },
  { method: 'DELETE', path: syncPaths.upload('{id}'), summary: 'Give an upload up (tus).', status: 204 },
];

type Paths = Record<string, Record<string, object> | undefined>;

/** How the callers of an API are known, and what a refusal looks like there. */
interface Api {
  readonly tag: string;
  readonly scheme: 'bearer' | 'workstation';
  readonly refusal: object;
}

/** The document with what these APIs take and give; a route that is not mounted is left out. */
export function describePublished<T extends { readonly paths?: unknown }>(document: T): T {
  const paths = { ...(document.paths as Paths) };
  const add = (
    { method, path }: { readonly method: string; readonly path: string },
    { summary, body, answer, answerType = 'application/json', status = 200, isOpen }: Published,
    { tag, scheme, refusal }: Api,
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
        security: isOpen === true ? [] : [{ [scheme]: [] }],
        ...(body === undefined
          ? {}
          : { requestBody: { required: true, content: { [body.type]: { schema: body.schema } } } }),
        responses: {
          [status]: {
            description: 'As asked for',
            ...(answer === undefined ? {} : { content: { [answerType]: { schema: answer } } }),
          },
          '4XX': { description: 'Refused', content: { 'application/json': { schema: refusal } } },
        },
      },
    };
  };
  const detail: Api = { tag: 'v1', scheme: 'bearer', refusal: jsonOf(z.object({ detail: z.string() })) };
  for (const name of Object.keys(v1) as (keyof typeof v1)[]) add(v1Routes[name], v1[name], detail);
  const error: Api = { tag: 'v2', scheme: 'bearer', refusal: jsonOf(v2ErrorSchema) };
  for (const name of Object.keys(v2) as (keyof typeof v2)[]) add(v2Routes[name], v2[name], error);
  const problem: Api = { tag: 'sync', scheme: 'workstation', refusal: jsonOf(refusalSchema) };
  for (const one of sync) add(one, one, problem);
  return { ...document, paths: withSuccess(paths) };
}

/** Routes that stream what they give say nothing of it to Fastify; that they succeed with something is described here. */
function withSuccess(paths: Paths): Paths {
  const streamed = { '2XX': { description: 'As asked for, as it comes' } };
  const described = (operation: object): object => {
    const { responses } = operation as { readonly responses?: object };
    const isTold = Object.keys(responses ?? {}).some((status) => status.startsWith('2'));
    return isTold ? operation : { ...operation, responses: { ...streamed, ...responses } };
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations = {}]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [method, described(operation)]),
      ),
    ]),
  );
}
