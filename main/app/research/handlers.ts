/** The routes of the registry that researchers' pages may use, each as a command. */
import type { LabelCase } from '../../../contract/registry/labels.ts';
import {
  registryTakeSchema,
  researchRoutes,
  type ResearchRoute,
  type RouteCommands,
} from '../../../contract/research.ts';
import { routes, type RouteAnswer, type RouteDefinition } from '../../../contract/registry/routes.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { routePath } from '../../core/route-path.ts';
import type { Caller, Input, Output } from '../caller.ts';
import type { Desk } from '../desk.ts';
import { readRegistryAudio } from './read-audio.ts';
import { askRegistry, closeRegistry, openRegistry, readResearchState } from './sitting.ts';

interface RouteParts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

type RouteHandlers = {
  readonly [Name in keyof RouteCommands]: (caller: Caller, input: Input<Name>) => Promise<Output<Name>>;
};

export const researchHandlers = {
  'research.state': readResearchState,
  'research.open': openRegistry,
  'research.close': closeRegistry,
  'research.audio': readRegistryAudio,
  // The commands' types are those of the routes, which are asked by name here.
  ...(Object.fromEntries(
    researchRoutes.map((name) => [
      `research.${name}`,
      (caller: Caller, parts: RouteParts) => askRoute(caller, name, parts),
    ]),
  ) as unknown as RouteHandlers),
};

async function askRoute(
  caller: Caller,
  name: ResearchRoute,
  { params, query, body }: RouteParts,
): Promise<Result<unknown>> {
  const { method, path, answer }: RouteDefinition = routes[name];
  const asked = await askRegistry(caller, {
    method,
    path: routePath(path, params, query),
    ...(body === undefined ? {} : { body }),
  });
  if (!asked.ok) return asked;
  const parsed = typeof answer === 'string' ? undefined : answer.safeParse(asked.value);
  if (parsed?.success !== true) return fail('registry-answer-invalid', { reason: 'schema' });
  rememberHashes(caller.desk, name, parsed.data);
  return ok(parsed.data);
}

/** A recording's bytes are compared with what was told of it: in its session, or where it is offered to a reader. */
function rememberHashes({ registryTakes }: Desk, name: ResearchRoute, answer: unknown): void {
  // What the routes' schemas have just passed.
  if (name === 'sessions.read') {
    for (const take of (answer as RouteAnswer<'sessions.read'>).takes) {
      const known = registryTakeSchema.safeParse(take);
      if (known.success) registryTakes.set(known.data.id, known.data.sha256);
    }
  } else if (name === 'labels.next') {
    const { next } = answer as { readonly next: LabelCase | null };
    for (const { takeId, sha256 } of next?.takes ?? []) registryTakes.set(takeId, sha256);
  }
}
