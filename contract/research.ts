/**
 * The registry as a researcher at a workstation uses it: one command per route, sent on by `main` with the person's own
 * token and answered as the route answers. Which routes: this list and no other.
 */
import { z } from 'zod';
import { sessionIdSchema, takeIdSchema } from './ids.ts';
import { registryAccountSchema, routes, type RouteName } from './registry/routes.ts';
import { takeSchema } from './session.ts';

export const researchRoutes = [
  'hospitals.list',
  'sessions.list',
  'sessions.read',
  'labels.of-session',
  'labels.next',
  'labels.add',
  'labels.agreement',
  'label-readers.list',
  'label-readings.assign',
  'models.list',
  'training-runs.list',
  'training-runs.read',
  'training-lineage.read',
  'training-schedules.list',
  'training-schedules.times',
  'training-schedules.put',
  'training-schedules.remove',
  'training-jobs.list',
  'training-jobs.read',
  'training-jobs.start',
  'training-jobs.cancel',
] as const satisfies readonly RouteName[];
export type ResearchRoute = (typeof researchRoutes)[number];

/** `none`: nobody is signed in there. `opening`: it is being tried with the password of the sign-in here. */
export const researchSittings = ['none', 'opening', 'open'] as const;

export const researchStateSchema = z.strictObject({
  /** Null: this PC belongs to no registry. */
  registry: z.strictObject({ url: z.string(), hospital: z.string() }).nullable(),
  sitting: z.enum(researchSittings),
  /** Who is signed in there. */
  account: registryAccountSchema.pick({ id: true, username: true, displayName: true }).nullable(),
});
export type ResearchState = z.infer<typeof researchStateSchema>;

/** A take as the registry tells of it. */
export const registryTakeSchema = z.object({
  ...takeSchema.shape,
  state: z.enum(['announced', 'stored']),
});
export type RegistryTake = z.infer<typeof registryTakeSchema>;

const maximumSliceBytes = 4 * 1024 * 1024;
const researcher = ['researcher'] as const;
const nothing = z.strictObject({});

/** What `main` itself does for the research pages. */
const ownCommands = {
  'research.state': { input: nothing, output: researchStateSchema, allowed: researcher },
  /** Signs the person in at the registry. The password goes no further than this one call. */
  'research.open': {
    input: z.strictObject({
      username: z.string().trim().min(1).max(64),
      password: z.string().min(1).max(256),
    }),
    output: researchStateSchema,
    allowed: researcher,
  },
  'research.close': { input: nothing, output: researchStateSchema, allowed: researcher },
  /** A recording's WAV in slices, its hash compared with the session's; kept in memory while it is being read. */
  'research.audio': {
    input: z.strictObject({
      sessionId: sessionIdSchema,
      takeId: takeIdSchema,
      offsetBytes: z.int().nonnegative(),
      lengthBytes: z.int().positive().max(maximumSliceBytes),
    }),
    output: z.strictObject({ totalBytes: z.int().nonnegative(), bytes: z.base64() }),
    allowed: researcher,
  },
} as const;

type Routes = typeof routes;
type PartsOf<Route> = (Route extends { readonly params: infer P extends z.ZodType }
  ? { params: P }
  : unknown) &
  (Route extends { readonly query: infer Q extends z.ZodType } ? { query: Q } : unknown) &
  (Route extends { readonly body: infer B extends z.ZodType } ? { body: B } : unknown);
type InputOf<Parts> = {
  readonly [Key in keyof Parts]: Parts[Key] extends z.ZodType ? z.input<Parts[Key]> : never;
};
type OutputOf<Parts> = {
  readonly [Key in keyof Parts]: Parts[Key] extends z.ZodType ? z.output<Parts[Key]> : never;
};

export type RouteCommands = {
  readonly [Name in ResearchRoute as `research.${Name}`]: {
    readonly input: z.ZodType<OutputOf<PartsOf<Routes[Name]>>, InputOf<PartsOf<Routes[Name]>>>;
    readonly output: Routes[Name]['answer'];
    readonly allowed: typeof researcher;
  };
};

/** Its name and its answer are the route's, its input the route's parts. */
function commandOf(name: ResearchRoute): readonly [string, object] {
  const {
    params,
    query,
    body,
    answer,
  }: { params?: unknown; query?: unknown; body?: unknown; answer: unknown } = routes[name];
  const parts = Object.entries({ params, query, body }).filter(([, schema]) => schema instanceof z.ZodType);
  const input = z.strictObject(Object.fromEntries(parts) as Record<string, z.ZodType>);
  return [`research.${name}`, { input, output: answer, allowed: researcher }];
}

export const researchCommands = {
  ...ownCommands,
  // The names and schemas are those of the routes, as the type says.
  ...(Object.fromEntries(researchRoutes.map(commandOf)) as unknown as RouteCommands),
};
