/**
 * The one way in: before a body is read, it is settled who calls and whether the table of rights lets them. What is
 * refused is audited. Routes that the public may use ask nobody who they are.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { access, type Principal } from '../../../contract/registry/access.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { callerOfToken } from '../../app/people/find-caller.ts';
import { recordRefusal } from '../../app/record-refusal.ts';
import { callerOfProof } from '../../app/workstations/prove-caller.ts';
import type { World } from '../../app/world.ts';
import { may, type Caller } from '../../core/may.ts';
import { done, refuse, type Outcome, type RegistryProblem } from '../../core/outcome.ts';
import { originOfAddress } from '../../core/people.ts';
import { sendRefusal } from './refusals.ts';

interface Entered {
  readonly caller: Caller;
  /** What a proof says that the body hashes to. */
  readonly provenBodySha256?: string | undefined;
}

export interface Gate {
  callerOf(request: FastifyRequest): Caller;
}

export interface GateLimits {
  /** Per address, for everybody but workstations. */
  readonly requestsPerMinute: number;
  /** Per address, on routes that take a password or a code. */
  readonly signInsPerMinute: number;
}

const emptySha256 = createHash('sha256').digest('hex');
const guessable = new Set([
  'token.create',
  'first-account.create',
  'workstations.enrol',
  'account.change-own',
]);

/** Adds the hooks to the whole app; @fastify/rate-limit must be there. */
export function addGate(app: FastifyInstance, world: World, limits: GateLimits): Gate {
  const entered = new WeakMap<FastifyRequest, Entered>();
  const bodyHashes = new WeakMap<FastifyRequest, string>();
  const trail = refusalTrail(world);
  const window = {
    timeWindow: '1 minute',
    keyGenerator: (request: FastifyRequest) => originOfAddress(request.ip),
  };
  const countCall = app.createRateLimit({ ...window, max: limits.requestsPerMinute });
  const countGuess = app.createRateLimit({ ...window, max: limits.signInsPerMinute });
  /** A workstation whose proofs fail is counted apart, so that it slows nobody else of its hospital down. */
  const countFailedProof = app.createRateLimit({ ...window, max: limits.signInsPerMinute });

  const isOver = async (count: typeof countCall, request: FastifyRequest): Promise<number | undefined> => {
    const counted = await count(request);
    return !counted.isAllowed && counted.isExceeded ? counted.ttlInSeconds : undefined;
  };

  app.addHook('onRequest', async (request, reply) => {
    const { action } = request.routeOptions.config;
    const isWorkstation =
      schemeOf(request) === 'workstation' && action !== undefined && isFor(action, 'workstation');
    if (!isWorkstation) {
      const waitS =
        (await isOver(countCall, request)) ??
        (action !== undefined && guessable.has(action) ? await isOver(countGuess, request) : undefined);
      if (waitS !== undefined) return sendRefusal(world, reply, tooMany(waitS));
    }
    if (request.is404) return;
    if (action === undefined) return sendRefusal(world, reply, forbidden);
    const outcome = isFor(action, 'public')
      ? done<Entered>({ caller: publicCaller(request) })
      : await identify(world, request);
    const caller = outcome.ok ? outcome.value.caller : publicCaller(request);
    const problem = outcome.ok
      ? may(caller, action)
        ? undefined
        : caller.kind === 'public'
          ? notAuthenticated
          : forbidden
      : outcome.problem;
    if (problem === undefined) {
      if (outcome.ok) entered.set(request, outcome.value);
      return;
    }
    if (isWorkstation) {
      const waitS = await isOver(countFailedProof, request);
      if (waitS !== undefined) return sendRefusal(world, reply, tooMany(waitS));
    }
    await trail.record({ caller, request, action, code: problem.code });
    return sendRefusal(world, reply, problem);
  });

  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, parsed) => {
    const bytes = body as Buffer;
    if (entered.get(request)?.caller.kind === 'workstation') {
      bodyHashes.set(request, createHash('sha256').update(bytes).digest('hex'));
    }
    // Clients that always name a content type send an empty text where there is no body.
    if (bytes.length === 0) parsed(null, undefined);
    else void app.getDefaultJsonParser('error', 'error')(request, bytes.toString('utf8'), parsed);
  });

  app.addHook('preValidation', async (request, reply) => {
    const { caller, provenBodySha256 } = entered.get(request) ?? {};
    if (caller?.kind !== 'workstation') return;
    const actual = bodyHashes.get(request);
    const isProven =
      actual === undefined
        ? request.method === 'PATCH' || provenBodySha256 === undefined || provenBodySha256 === emptySha256
        : actual === provenBodySha256;
    if (isProven) return;
    const { action } = request.routeOptions.config;
    if (action !== undefined) await trail.record({ caller, request, action, code: notAuthenticated.code });
    return sendRefusal(world, reply, notAuthenticated);
  });

  app.addHook('onClose', () => trail.flush());

  return {
    callerOf(request) {
      const caller = entered.get(request)?.caller;
      if (caller === undefined) throw new Error('this request has not passed the gate');
      return caller;
    },
  };
}

const notAuthenticated: RegistryProblem = { code: 'not-authenticated', detail: v1Details.notAuthenticated };
const forbidden: RegistryProblem = { code: 'forbidden', detail: v1Details.forbidden };

function tooMany(retryAfterS: number): RegistryProblem {
  return { code: 'too-many-requests', detail: 'Too many requests: try again later', facts: { retryAfterS } };
}

function isFor(action: keyof typeof access, who: Principal): boolean {
  const principals: readonly Principal[] = access[action].who;
  return principals.includes(who);
}

function publicCaller(request: FastifyRequest): Caller {
  return { kind: 'public', address: request.ip };
}

function schemeOf(request: FastifyRequest): string {
  return (request.headers.authorization ?? '').split(' ', 1)[0]?.toLowerCase() ?? '';
}

async function identify(world: World, request: FastifyRequest): Promise<Outcome<Entered>> {
  const { authorization } = request.headers;
  if (authorization === undefined) return done({ caller: publicCaller(request) });
  const credentials = authorization.slice(authorization.indexOf(' ') + 1).trim();
  switch (schemeOf(request)) {
    case 'bearer': {
      const caller = await callerOfToken(world, credentials);
      return caller.ok ? done({ caller: caller.value }) : caller;
    }
    case 'workstation': {
      const proof = await callerOfProof(world, {
        jws: credentials,
        requestId: request.id,
        method: request.method,
        path: request.raw.url ?? '',
      });
      if (!proof.ok) return proof;
      return done({ caller: proof.value.caller, provenBodySha256: proof.value.bodySha256 });
    }
    default:
      return refuse(notAuthenticated.code, notAuthenticated.detail);
  }
}

interface RefusedCall {
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly action: keyof typeof access;
  readonly code: RegistryProblem['code'];
}

interface Repeated {
  readonly refused: RefusedCall;
  readonly sinceMs: number;
  times: number;
}

const repeatWindowMs = 60_000;
const mostKinds = 10_000;

/**
 * Refusals on their way into the audit trail. The first of its kind (who, what, why) is written at once; what follows
 * within a minute is counted, and written as one entry when the minute is over: a client that hammers fills no disk.
 */
function refusalTrail(world: World): {
  record(refused: RefusedCall): Promise<void>;
  flush(): Promise<void>;
} {
  const kinds = new Map<string, Repeated>();
  const write = async ({ caller, request, action, code }: RefusedCall, times: number): Promise<void> => {
    try {
      await recordRefusal(
        { world, caller, requestId: request.id },
        {
          action,
          code,
          details: {
            times,
            ...(caller.kind === 'public' ? { origin: originOfAddress(caller.address) } : {}),
          },
        },
      );
    } catch (cause) {
      // A store that is down must not turn a refusal into something else.
      world.log.error('refusal-not-audited', cause, { requestId: request.id });
    }
  };
  const writeRepeats = async ({ refused, times }: Repeated): Promise<void> => {
    if (times > 0) await write(refused, times);
  };
  return {
    async record(refused) {
      const { caller, action, code } = refused;
      const key = `${whoOf(caller)} ${action} ${code}`;
      const known = kinds.get(key);
      const nowMs = world.clock.now();
      if (known !== undefined && Math.abs(nowMs - known.sinceMs) < repeatWindowMs) {
        known.times += 1;
        return;
      }
      kinds.delete(key);
      kinds.set(key, { refused, sinceMs: nowMs, times: 0 });
      if (known !== undefined) await writeRepeats(known);
      const [oldestKey, oldest] = kinds.entries().next().value ?? [];
      if (kinds.size > mostKinds && oldestKey !== undefined && oldest !== undefined) {
        kinds.delete(oldestKey);
        await writeRepeats(oldest);
      }
      await write(refused, 1);
    },
    async flush() {
      const rest = [...kinds.values()];
      kinds.clear();
      for (const repeated of rest) await writeRepeats(repeated);
    },
  };
}

function whoOf(caller: Caller): string {
  switch (caller.kind) {
    case 'public':
      return originOfAddress(caller.address);
    case 'workstation':
      return caller.workstationId;
    case 'account':
      return caller.accountId;
  }
}
