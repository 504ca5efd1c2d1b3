/** The registry's HTTP server: what every route has in common, and the contract's table mounted from the handlers. */
import { randomUUID } from 'node:crypto';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { createJsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Action } from '../../../contract/registry/access.ts';
import { refusalSchema, type Refusal } from '../../../contract/registry/problems.ts';
import { routes, type RouteDefinition, type RouteName } from '../../../contract/registry/routes.ts';
import { requestIdHeader } from '../../../contract/registry/sync.ts';
import type { Handlers } from '../../app/handlers.ts';
import type { Call, World } from '../../app/world.ts';
import type { Outcome } from '../../core/outcome.ts';
import { limitArrival } from './arriving-bytes.ts';
import { admitInTurn } from './admission.ts';
import { addGate, type GateLimits } from './gate.ts';
import { handlers as allHandlers } from './handlers.ts';
import type { HttpTools } from './http-tools.ts';
import type { RegistryMetrics } from './metrics.ts';
import { mountOperationsRoutes } from './operations-routes.ts';
import { plugins as allPlugins, type HttpPlugin } from './plugins.ts';
import { problemOf, sendRefusal } from './refusals.ts';
import { signAnswers } from './sign-answers.ts';

export interface HttpSettings extends GateLimits {
  /** Whose X-Forwarded-* headers are believed: addresses or networks. */
  readonly trustProxy: false | readonly string[];
  /** Reads /metrics from elsewhere than this machine; null: nobody does. */
  readonly metricsToken: string | null;
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly appVersion: string;
}

export interface MountedRoute {
  readonly method: string;
  readonly url: string;
  readonly action: Action;
}

export interface RegistryHttp {
  readonly app: FastifyInstance;
  /** Every route that answers, as Fastify knows it. */
  readonly mounted: readonly MountedRoute[];
}

interface Parts {
  readonly world: World;
  readonly settings: HttpSettings;
  readonly metrics: RegistryMetrics;
  readonly handlers?: Handlers;
  readonly plugins?: readonly HttpPlugin[];
}

const bodyLimitBytes = 1024 * 1024;
/** A body may come over a slow line, as long as it comes. */
const arrivalWithinMs = 15 * 60_000;
const handlerTimeoutMs = 60_000;
const requestIdSchema = z.uuid();

export async function createRegistryHttp({
  world,
  settings,
  metrics,
  handlers = allHandlers,
  plugins = allPlugins,
}: Parts): Promise<RegistryHttp> {
  const options: FastifyServerOptions = {
    logger: false,
    bodyLimit: bodyLimitBytes,
    // By limitArrival, which knows what may take longer.
    requestTimeout: 0,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    exposeHeadRoutes: false,
    trustProxy: settings.trustProxy === false ? false : [...settings.trustProxy],
    requestIdHeader: false,
    genReqId: (request) => requestIdSchema.safeParse(request.headers[requestIdHeader]).data ?? randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    frameworkErrors: (cause, _request, reply) => {
      sendRefusal(
        world,
        reply,
        problemOf(cause) ?? { code: 'invalid-input', detail: 'The request is malformed' },
      );
    },
  };
  const { tls } = settings;
  const app =
    tls === null
      ? Fastify(options)
      : // The routes are the same on either kind of server.
        (Fastify({
          ...(options as object),
          https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' },
        }) as unknown as FastifyInstance);
  app.server.headersTimeout = 30_000;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const mounted: MountedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const action = config?.action;
    if (action === undefined)
      throw new Error(`${String(method)} ${url} names no action: see HttpTools.allow`);
    for (const one of [method].flat()) mounted.push({ method: one, url, action });
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
  });
  await app.register(rateLimit, { global: false });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'SPIRA registry', version: settings.appVersion },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          workstation: {
            type: 'http',
            scheme: 'workstation',
            description:
              'A JWS (EdDSA) over the call, made anew each time by the key of an enrolled workstation.',
          },
        },
      },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
  });

  watchRequests(app, world, metrics);
  admitInTurn(app, world);
  const gate = addGate(app, world, settings);
  signAnswers(app, world.signing);
  const tools: HttpTools = {
    world,
    metrics,
    allow: (action, more = {}) => ({ config: { action, ...more } }),
    contractRoute,
    call: (request): Call => ({ world, caller: gate.callerOf(request), requestId: request.id }),
    reply: (reply, outcome, status = 200) =>
      outcome.ok ? reply.code(status).send(outcome.value) : sendRefusal(world, reply, outcome.problem),
    refuse: (reply, problem) => sendRefusal(world, reply, problem),
  };
  answerErrors(app, world, mounted);
  mountContract(app, tools, handlers);
  mountOperationsRoutes(app, tools, settings);
  for (const plugin of plugins) await app.register(async (scope) => plugin(scope, tools));
  await app.ready();
  return { app, mounted };
}

type AnyHandler = (call: Call, input: object) => Promise<Outcome<unknown>>;

function mountContract(app: FastifyInstance, tools: HttpTools, handlers: Handlers): void {
  const mount = (scope: FastifyInstance, isForm: boolean): void => {
    for (const name of Object.keys(handlers) as RouteName[]) {
      const definition: RouteDefinition = routes[name];
      if ((definition.body === 'form') !== isForm) continue;
      // The table's types say that each handler takes what its route's schemas give.
      const handle = handlers[name] as unknown as AnyHandler;
      scope.route({
        ...(tools.contractRoute(name) as { method: string; url: string }),
        handlerTimeout: handlerTimeoutMs,
        handler: async (request, reply) => {
          const { params, query, body } = request;
          const input = { params, query, body: isForm ? (body ?? {}) : body };
          return tools.reply(reply, await handle(tools.call(request), input));
        },
      });
    }
  };
  mount(app, false);
  // Forms are read where OAuth wants them, and nowhere else.
  void app.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: 64 * 1024 });
    mount(scope, true);
  });
}

function contractRoute(name: RouteName): ReturnType<HttpTools['contractRoute']> {
  const { method, path, action, params, query, body, answer, summary }: RouteDefinition = routes[name];
  const isOauth = body === 'form';
  return {
    method,
    url: path,
    config: { action, ...(isOauth ? { refusalShape: oauthRefusal } : {}) },
    schema: {
      operationId: name,
      summary,
      tags: [name.slice(0, name.indexOf('.'))],
      security: [{ bearer: [] }],
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined || typeof body === 'string' ? {} : { body }),
      ...(isOauth ? { consumes: ['application/x-www-form-urlencoded'] } : {}),
      response: {
        ...(typeof answer === 'string' ? {} : { 200: answer }),
        ...(isOauth ? {} : { '4xx': refusalSchema }),
      },
    },
  };
}

/** RFC 6749, section 5.2, beside what every refusal says. */
function oauthRefusal(refusal: Refusal): object {
  const { code, facts, detail } = refusal;
  const error =
    code !== 'invalid-input'
      ? 'invalid_grant'
      : facts?.['field'] === 'grant_type'
        ? 'unsupported_grant_type'
        : 'invalid_request';
  return { ...refusal, error, error_description: detail };
}

/** Counts and logs every answer: route, status, duration, id; never a query, a body, a token or a name. */
function watchRequests(app: FastifyInstance, world: World, metrics: RegistryMetrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    limitArrival(request.raw, { clock: world.clock, withinMs: arrivalWithinMs });
    void reply.header(requestIdHeader, request.id);
    void reply.header('cache-control', 'no-store');
    done();
  });
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Else the line of a call that was under way would stay open, and hold the process, until it is cut.
    if (isClosing) void reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = routeOf(request);
    const { method } = request;
    const status = reply.statusCode;
    metrics.observeRequest({ method, route, status, seconds: reply.elapsedTime / 1000 });
    world.log.info('request', {
      method,
      route,
      status,
      durationMs: Math.round(reply.elapsedTime),
      requestId: request.id,
    });
    done();
  });
}

function routeOf(request: FastifyRequest): string {
  return request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
}

function answerErrors(app: FastifyInstance, world: World, mounted: readonly MountedRoute[]): void {
  app.setErrorHandler((cause, request, reply) => {
    const problem = problemOf(cause);
    if (problem !== undefined) {
      if (cause instanceof Error && problem.code === 'storage-unavailable') {
        world.log.error('storage-unavailable', cause, { requestId: request.id, route: routeOf(request) });
      }
      return sendRefusal(world, reply, problem);
    }
    if (request.raw.destroyed && !request.raw.complete) {
      // Whoever called is gone in the middle of the body: an answer reaches nobody, and nothing is wrong here.
      return sendRefusal(world, reply, { code: 'invalid-input', detail: 'The body ended early' });
    }
    world.log.error('request-failed', cause, { requestId: request.id, route: routeOf(request) });
    return sendRefusal(world, reply, { code: 'internal', detail: 'Internal server error' });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
    const allowed = mounted.filter(({ url }) => patternOf(url).test(path)).map(({ method }) => method);
    if (allowed.length === 0) return sendRefusal(world, reply, { code: 'not-found', detail: 'Not Found' });
    void reply.header('allow', [...new Set(allowed)].join(', '));
    return sendRefusal(world, reply, { code: 'method-not-allowed', detail: 'Method Not Allowed' });
  });
}

function patternOf(url: string): RegExp {
  const pattern = url
    .replace(/\/$/u, '')
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${pattern}/?$`, 'u');
}
