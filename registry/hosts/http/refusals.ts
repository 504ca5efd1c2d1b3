/** How a refusal stands on the wire, and what an exception becomes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import {
  registryProblems,
  type Refusal,
  type RegistryProblemCode,
} from '../../../contract/registry/problems.ts';
import { nowOf, type World } from '../../app/world.ts';
import type { RegistryProblem } from '../../core/outcome.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import { StoreFailure } from '../../ports/store.ts';

export function sendRefusal(
  world: Pick<World, 'clock'>,
  reply: FastifyReply,
  { code, detail, facts }: RegistryProblem,
): FastifyReply {
  const { request } = reply;
  const status = registryProblems[code];
  const refusal: Refusal = {
    detail,
    code,
    requestId: request.id,
    ...(code === 'clock-skew' ? { serverTime: nowOf(world) } : {}),
    ...(facts === undefined ? {} : { facts }),
  };
  const wait = facts?.['retryAfterS'];
  if (typeof wait === 'number') void reply.header('retry-after', String(wait));
  const { refusalShape } = request.routeOptions.config;
  // RFC 9110: a 401 says how to prove oneself. At a token endpoint it is no challenge.
  if (status === 401 && refusalShape === undefined)
    void reply.header('www-authenticate', challengeOf(request));
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(refusalShape === undefined ? refusal : refusalShape(refusal, status));
}

/** Undefined: a bug, or nobody is there any more to read an answer. */
export function problemOf(cause: unknown): RegistryProblem | undefined {
  if (hasZodFastifySchemaValidationErrors(cause)) {
    const [first] = cause.validation;
    const field = [cause.validationContext ?? '', ...(first?.instancePath ?? '').split('/')]
      .filter((part) => part !== '')
      .join('.');
    return {
      code: 'invalid-input',
      detail: `${field} is not as it should be`,
      facts: { field, rule: first?.keyword ?? '' },
    };
  }
  if (cause instanceof StoreFailure || cause instanceof BlobFailure) {
    if (cause.kind !== 'unavailable' && cause.kind !== 'full') return undefined;
    return {
      code: 'storage-unavailable',
      detail: 'The registry cannot store or read at the moment: try again later',
      facts: { retryAfterS: 5 },
    };
  }
  const { code, statusCode } = cause as { readonly code?: unknown; readonly statusCode?: unknown };
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    return {
      code: 'not-ready',
      detail: 'The registry took too long: try again later',
      facts: { retryAfterS: 5 },
    };
  }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  return { code: codeOfStatus(statusCode), detail: detailOfStatus(statusCode) };
}

function codeOfStatus(status: number): RegistryProblemCode {
  switch (status) {
    case 404:
      return 'not-found';
    case 413:
      return 'too-large';
    case 415:
      return 'unsupported-media';
    case 429:
      return 'too-many-requests';
    default:
      return 'invalid-input';
  }
}

function detailOfStatus(status: number): string {
  switch (status) {
    case 404:
      return 'Not Found';
    case 413:
      return 'The body is too large';
    case 415:
      return 'This content type is not taken here';
    case 429:
      return 'Too many requests: try again later';
    default:
      return 'The request is malformed';
  }
}

function challengeOf(request: FastifyRequest): string {
  return request.raw.url?.startsWith('/sync/') ? 'Workstation' : 'Bearer';
}
