/** For those who run the registry: is it alive, is it ready, how much does it do, what does it speak. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { World } from '../../app/world.ts';
import { describePublished } from './describe-published.ts';
import type { HttpTools } from './http-tools.ts';

const checkWithinMs = 5000;

export function mountOperationsRoutes(
  app: FastifyInstance,
  tools: HttpTools,
  { metricsToken }: { readonly metricsToken: string | null },
): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', { ...tools.allow('health.read'), ...hidden }, () => ({ status: 'ok' }));

  app.get('/readyz', { ...tools.allow('health.read'), ...hidden }, async (_request, reply) => {
    const checks = await readiness(tools.world);
    const isReady = Object.values(checks).every((state) => state === 'ok');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'not-ready', checks });
  });

  app.get('/metrics', { ...tools.allow('health.read'), ...hidden }, async (request, reply) => {
    if (!mayReadMetrics(request, metricsToken)) {
      return tools.refuse(reply, {
        code: 'forbidden',
        detail: 'Metrics are for this machine or a bearer token',
      });
    }
    return reply.type(tools.metrics.contentType).send(await tools.metrics.text());
  });

  let openApi: string | undefined;
  app.get('/openapi.json', { ...tools.allow('health.read'), ...hidden }, (_request, reply) => {
    openApi ??= JSON.stringify(describePublished(app.swagger()), withoutUnicodePatterns);
    return reply.type('application/json; charset=utf-8').send(openApi);
  });
}

/** Readers of OpenAPI in other languages refuse a document with classes such as `\p{L}`, which their patterns lack. */
function withoutUnicodePatterns(key: string, value: unknown): unknown {
  return key === 'pattern' && typeof value === 'string' && /\\p\{/iu.test(value) ? undefined : value;
}

type Readiness = Readonly<Record<'store' | 'blobs' | 'queue', 'ok' | 'failing'>>;

async function readiness(world: World): Promise<Readiness> {
  const state = async (name: keyof Readiness): Promise<'ok' | 'failing'> => {
    try {
      await within(world, world[name].check());
      return 'ok';
    } catch (cause) {
      world.log.error('not-ready', cause, { part: name });
      return 'failing';
    }
  };
  const [store, blobs, queue] = await Promise.all([state('store'), state('blobs'), state('queue')]);
  return { store, blobs, queue };
}

function within(world: Pick<World, 'clock'>, check: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = world.clock.after(checkWithinMs, () => reject(new Error('no answer in time')));
    check.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** A proxy on this machine calls from here too: what it passes on is not from this machine. */
function mayReadMetrics(request: FastifyRequest, token: string | null): boolean {
  const { headers } = request;
  const given = /^bearer (.+)$/iu.exec(headers.authorization ?? '')?.[1];
  if (token !== null && given !== undefined) return isSame(given, token);
  const isPassedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !isPassedOn && isLoopback(request.socket.remoteAddress ?? '');
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/u, '');
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
