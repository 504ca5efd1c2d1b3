import type { RouteAnswer, RouteInput, RouteName } from '../../contract/registry/routes.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Call } from './world.ts';

/** What stands behind a route of `contract/registry/routes.ts`. The caller's right to the route is checked already. */
export type Handler<Name extends RouteName> = (
  call: Call,
  input: RouteInput<Name>,
) => Promise<Outcome<RouteAnswer<Name>>>;

/** An area's part of the table; the host mounts the parts of all areas. */
export type Handlers = { readonly [Name in RouteName]?: Handler<Name> };
