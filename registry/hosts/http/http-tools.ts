/**
 * What a plugin with routes of its own gets from the host. A plugin is `mountXxx(app, tools)`; it gets an encapsulated
 * `app`, so that its content types stay its own. Every route names its action:
 *
 *     app.patch('/sync/v1/uploads/:id', { ...tools.allow('sync.send') }, async (request, reply) => {
 *       const call = tools.call(request);
 *       return tools.reply(reply, await appendToUpload(call, ...), 204);
 *     });
 *
 * Before the body is read, the host has proved who calls, asked the table of rights, and audited a refusal. A route
 * without an action is refused when it is mounted.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Action } from '../../../contract/registry/access.ts';
import type { Refusal } from '../../../contract/registry/problems.ts';
import type { RouteName } from '../../../contract/registry/routes.ts';
import type { Call, World } from '../../app/world.ts';
import type { Outcome, RegistryProblem } from '../../core/outcome.ts';
import type { RegistryMetrics } from './metrics.ts';

/** Another shape for a protocol that prescribes one, made from what everybody else gets. */
export type RefusalShape = (refusal: Refusal, status: number) => unknown;

export interface RouteConfig {
  readonly action: Action;
  readonly refusalShape?: RefusalShape;
}

export interface HttpTools {
  readonly world: World;
  readonly metrics: RegistryMetrics;
  /** Route options: who may call. */
  allow(action: Action, more?: { readonly refusalShape?: RefusalShape }): { readonly config: RouteConfig };
  /** Options of a contract route whose body or answer is a stream: `app.route({ ...tools.contractRoute(name), handler })`. */
  contractRoute(name: RouteName): {
    readonly method: string;
    readonly url: string;
    readonly schema: object;
    readonly config: RouteConfig;
  };
  /** The call of a route that named its action. */
  call(request: FastifyRequest): Call;
  /** Sends the value (undefined: no body), or the refusal with its own status. */
  reply(reply: FastifyReply, outcome: Outcome<unknown>, status?: number): FastifyReply;
  /** Sends `{detail, code, requestId}` with the status of its code. */
  refuse(reply: FastifyReply, problem: RegistryProblem): FastifyReply;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    action?: Action;
    refusalShape?: RefusalShape;
  }
}
