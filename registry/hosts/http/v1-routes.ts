/** The published inference API: its routes, shapes and words, on the same use cases as everything else. */
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenFormSchema } from '../../../contract/registry/oauth.ts';
import { v1Details, v1NewUserSchema, v1Routes } from '../../../contract/registry/v1.ts';
import { createChannel, listChannels, readChannel } from '../../app/inferences/channels.ts';
import { listInferences, readInference, readResult } from '../../app/inferences/read-inferences.ts';
import { checkOwnUser, receiveInference, type RequestPart } from '../../app/inferences/receive-inference.ts';
import { createAccount } from '../../app/people/manage-accounts.ts';
import { readOwnAccount } from '../../app/people/own-account.ts';
import { listHospitals } from '../../app/people/hospitals.ts';
import { signIn } from '../../app/people/sign-in.ts';
import type { Call } from '../../app/world.ts';
import { hospitalsOf } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import { StoreFailure } from '../../ports/store.ts';
import type { HttpTools, RefusalShape } from './http-tools.ts';

const maximumFileBytes = 128 * 1024 * 1024;
/** How long a request may wait for its answer. */
const deadlineMs = 30 * 60_000;

const detailOnly: RefusalShape = ({ detail }, status) => ({
  detail: status === 401 && detail !== v1Details.wrongCredentials ? v1Details.notAuthenticated : detail,
});

type Params = Readonly<Record<string, string>>;
const paramsOf = (request: FastifyRequest): Params => request.params as Params;

export async function mountV1(app: FastifyInstance, tools: HttpTools): Promise<void> {
  await app.register(formbody, { bodyLimit: 64 * 1024 });
  await app.register(multipart, {
    // A file that is too long is refused by its name, not by a broken request.
    throwFileSizeLimit: false,
    limits: {
      fileSize: maximumFileBytes,
      files: 8,
      fields: 60,
      parts: 68,
      fieldSize: 4096,
      fieldNameSize: 100,
    },
  });
  const mount = (
    name: keyof typeof v1Routes,
    handle: (call: Call, request: FastifyRequest) => Promise<Outcome<unknown>>,
  ): void => {
    const { method, path, action } = v1Routes[name];
    app.route({
      method,
      url: path,
      ...tools.allow(action, { refusalShape: detailOnly }),
      handler: async (request, reply) => tools.reply(reply, await handle(tools.call(request), request)),
    });
  };
  const own = (
    name: keyof typeof v1Routes,
    action: 'account.read-own' | 'inferences.create' | 'inferences.read',
    handle: (call: Call, userId: string, request: FastifyRequest) => Promise<Outcome<unknown>>,
  ): void =>
    mount(name, async (call, request) => {
      const user = await checkOwnUser(call, paramsOf(request)['user_id'] ?? '', action);
      return user.ok ? handle(call, user.value, request) : user;
    });

  mount('auth', signInByForm);
  own('user', 'account.read-own', readUser);
  mount('createUser', createUser);
  mount('models', (call) => listChannels(call));
  mount('model', (call, request) => readChannel(call, paramsOf(request)['id'] ?? ''));
  mount('createModel', (call, request) => createChannel(call, request.body));
  mount('hospitals', (call) => listHospitals(call));
  own('createInference', 'inferences.create', async (call, userId, request) => {
    if (!request.isMultipart()) return refuse('invalid-input', 'the body is multipart/form-data');
    const made = await receiveInference(call, userId, partsOf(request), { deadlineMs });
    if (!made.ok) return made;
    const [first] = made.value;
    return done({
      inference_id: first,
      ...(made.value.length === 1 ? {} : { inference_ids: made.value }),
    });
  });
  own('inferences', 'inferences.read', (call, userId) => listInferences(call, userId));
  own('inference', 'inferences.read', (call, userId, request) =>
    readInference(call, userId, paramsOf(request)['id'] ?? ''),
  );
  own('result', 'inferences.read', (call, userId, request) =>
    readResult(call, userId, paramsOf(request)['id'] ?? ''),
  );
}

async function signInByForm(call: Call, request: FastifyRequest): Promise<Outcome<unknown>> {
  const body = typeof request.body === 'object' && request.body !== null ? request.body : {};
  // The grant type may be left out, as with the service that these clients were made for.
  const form = tokenFormSchema.safeParse({ ...body, grant_type: 'password' });
  if (!form.success || form.data.grant_type !== 'password')
    return refuse('invalid-input', 'username and password are required');
  const token = await signIn(call, form.data);
  if (!token.ok) return token;
  const { id, access_token, token_type } = token.value;
  return done({ id, access_token, token_type });
}

async function readUser(call: Call): Promise<Outcome<unknown>> {
  const account = await readOwnAccount(call);
  if (!account.ok) return account;
  const { id, username, email } = account.value;
  return done({ id, username, email: email ?? '' });
}

/** A clinician; which hospitals they belong to beyond the maker's own is said by the registry's own API. */
async function createUser(call: Call, request: FastifyRequest): Promise<Outcome<unknown>> {
  const parsed = v1NewUserSchema.safeParse(request.body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(
      'invalid-input',
      `${String(issue?.path[0] ?? 'body')}: ${issue?.message ?? 'is not as it should be'}`,
    );
  }
  const { username, email, password, password_confirmation } = parsed.data;
  if (password !== password_confirmation)
    return refuse('invalid-input', 'password_confirmation: differs from password');
  const reach = hospitalsOf(call.caller);
  const made = await createAccount(call, {
    username,
    displayName: username,
    email,
    password,
    roles: ['clinician'],
    hospitals: reach === 'all' ? [] : [...reach],
    language: 'pt-BR',
  });
  if (made.ok) return done({ message: v1Details.userMade });
  const { code, detail } = made.problem;
  return code === 'conflict' ? refuse('invalid-input', `username: ${detail}`) : made;
}

/** A form that ends early or contradicts itself: the sender's fault, whatever the parser calls it. */
class MalformedForm extends Error {
  readonly statusCode = 400;
}

/** File names and content types are not looked at: they name patients, and lie. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<RequestPart> {
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        const { fieldname: name, value, valueTruncated } = part;
        yield { kind: 'field', name, value: String(value), isCut: valueTruncated };
      } else {
        const { fieldname: name, file } = part;
        yield { kind: 'file', name, chunks: sound(file), isCut: () => file.truncated };
      }
    }
  } catch (cause) {
    throw asMalformed(cause);
  }
}

async function* sound(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (cause) {
    throw asMalformed(cause);
  }
}

function asMalformed(cause: unknown): unknown {
  const hasStatus = cause instanceof Error && 'statusCode' in cause;
  const isOurs = cause instanceof BlobFailure || cause instanceof StoreFailure;
  return hasStatus || isOurs ? cause : new MalformedForm('the form cannot be read', { cause });
}
