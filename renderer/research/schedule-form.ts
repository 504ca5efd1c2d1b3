/** A schedule of training as it is typed, and what is wrong with it; the registry alone knows cron expressions. */
import {
  jobConfigurationSchema,
  newTrainingScheduleSchema,
  trainingKindSchema,
  trainingLimitsSchema,
  trainingScheduleIdSchema,
  type TrainingOccasion,
  type TrainingSchedule,
} from '../../contract/registry/training-jobs.ts';
import type { TrainingConfiguration } from '../../contract/training/configuration.ts';

type TypedNumber = number | string | undefined;

/** What a kind of occasion needs is kept while another one is looked at. */
export interface TypedSchedule {
  readonly id: string;
  readonly kind: string;
  readonly on: TrainingOccasion['on'];
  readonly expression: string;
  readonly timeZone: string;
  readonly count: TypedNumber;
  /** Whose drift alert; empty: any model's. */
  readonly model: string;
  readonly isEnabled: boolean;
  /** JSON. */
  readonly configuration: string;
  readonly attempts: TypedNumber;
  readonly firstDelayS: TypedNumber;
  readonly timeoutMinutes: TypedNumber;
}

export type NewSchedule = Pick<
  TrainingSchedule,
  'kind' | 'occasion' | 'isEnabled' | 'configuration' | 'limits'
>;

export type ConfigurationFault =
  | { readonly is: 'missing' | 'not-json' | 'outside' }
  /** Keys that are unknown, missing, or whose values are not taken. */
  | { readonly is: 'wrong'; readonly keys: readonly string[] };

export interface ScheduleFaults {
  readonly id?: 'missing' | 'slug' | 'taken';
  readonly kind?: 'missing' | 'slug';
  readonly expression?: 'missing' | 'cron';
  readonly count?: 'count';
  readonly model?: 'too-long';
  readonly configuration?: ConfigurationFault;
  readonly attempts?: 'number';
  readonly firstDelayS?: 'number';
  readonly timeoutMinutes?: 'number';
}

export type ReadSchedule =
  | { readonly ok: true; readonly id: string; readonly schedule: NewSchedule }
  | { readonly ok: false; readonly faults: ScheduleFaults };

export function emptySchedule(timeZone: string): TypedSchedule {
  const limits = trainingLimitsSchema.parse({});
  return {
    id: '',
    kind: '',
    on: 'cron',
    expression: '',
    timeZone,
    count: 100,
    model: '',
    isEnabled: true,
    configuration: '',
    ...limits,
  };
}

export function typedSchedule(schedule: TrainingSchedule, timeZone: string): TypedSchedule {
  const { id, kind, occasion, isEnabled, configuration, limits } = schedule;
  return {
    ...emptySchedule(timeZone),
    id,
    kind,
    isEnabled,
    configuration: typedConfiguration(configuration),
    ...limits,
    on: occasion.on,
    ...(occasion.on === 'cron' ? { expression: occasion.expression, timeZone: occasion.timeZone } : {}),
    ...(occasion.on === 'labelled-sessions' ? { count: occasion.count } : {}),
    ...(occasion.on === 'drift-alert' ? { model: occasion.model ?? '' } : {}),
  };
}

export function typedConfiguration(configuration: TrainingConfiguration): string {
  return JSON.stringify(configuration, null, 2);
}

/** A schedule whose name is `taken` is another one. */
export function readSchedule(typed: TypedSchedule, taken: readonly string[]): ReadSchedule {
  const id = typed.id.trim();
  const kind = typed.kind.trim();
  const configuration = readConfiguration(typed.configuration);
  const limits = trainingLimitsSchema.shape;
  const isTooLong = typed.model.trim().length > 60;
  const faults: ScheduleFaults = {
    ...(id === '' ? { id: 'missing' as const } : {}),
    ...(id !== '' && !trainingScheduleIdSchema.safeParse(id).success ? { id: 'slug' as const } : {}),
    ...(taken.includes(id) ? { id: 'taken' as const } : {}),
    ...(kind === '' ? { kind: 'missing' as const } : {}),
    ...(kind !== '' && !trainingKindSchema.safeParse(kind).success ? { kind: 'slug' as const } : {}),
    ...occasionFaults(typed),
    ...(typed.on === 'drift-alert' && isTooLong ? { model: 'too-long' as const } : {}),
    ...(configuration.ok ? {} : { configuration: configuration.fault }),
    ...(isNumber(limits.attempts, typed.attempts) ? {} : { attempts: 'number' as const }),
    ...(isNumber(limits.firstDelayS, typed.firstDelayS) ? {} : { firstDelayS: 'number' as const }),
    ...(isNumber(limits.timeoutMinutes, typed.timeoutMinutes) ? {} : { timeoutMinutes: 'number' as const }),
  };
  if (Object.keys(faults).length > 0 || !configuration.ok) return { ok: false, faults };
  const { attempts, firstDelayS, timeoutMinutes, isEnabled } = typed;
  const schedule = newTrainingScheduleSchema.parse({
    kind,
    occasion: occasionOf(typed),
    isEnabled,
    configuration: configuration.value,
    limits: { attempts, firstDelayS, timeoutMinutes },
  });
  return { ok: true, id, schedule };
}

function occasionFaults({ on, expression, count }: TypedSchedule): ScheduleFaults {
  if (on === 'cron') {
    if (expression.trim() === '') return { expression: 'missing' };
    return isCronLike(expression) ? {} : { expression: 'cron' };
  }
  const isCount = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1_000_000;
  return on === 'labelled-sessions' && !isCount ? { count: 'count' } : {};
}

/** Five or six fields: worth asking the registry about. */
export function isCronLike(expression: string): boolean {
  const fields = expression.trim().split(/\s+/u).length;
  return (fields === 5 || fields === 6) && expression.trim().length <= 120;
}

function occasionOf({ on, expression, timeZone, count, model }: TypedSchedule): unknown {
  switch (on) {
    case 'cron':
      return { on, expression: expression.trim(), timeZone };
    case 'labelled-sessions':
      return { on, count };
    case 'drift-alert':
      return { on, model: model.trim() === '' ? null : model.trim() };
    case 'message':
      return { on };
    default:
      return on satisfies never;
  }
}

function isNumber(
  schema: { readonly safeParse: (value: unknown) => { readonly success: boolean } },
  typed: TypedNumber,
): boolean {
  return typeof typed === 'number' && schema.safeParse(typed).success;
}

const mostKeys = 6;

export function readConfiguration(
  text: string,
):
  | { readonly ok: true; readonly value: TrainingConfiguration }
  | { readonly ok: false; readonly fault: ConfigurationFault } {
  if (text.trim() === '') return { ok: false, fault: { is: 'missing' } };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, fault: { is: 'not-json' } };
  }
  const parsed = jobConfigurationSchema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const keys = [...new Set(parsed.error.issues.flatMap(keysOf))];
  if (keys.includes('')) {
    const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
    return { ok: false, fault: { is: isObject ? 'outside' : 'not-json' } };
  }
  return { ok: false, fault: { is: 'wrong', keys: keys.slice(0, mostKeys) } };
}

/** As they stand in the JSON, from outside in; unknown keys are named beside the path to where they stand. */
function keysOf(issue: {
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly PropertyKey[];
}): readonly string[] {
  const paths = issue.keys?.map((key) => [...issue.path, key]) ?? [issue.path];
  return paths.map((path) => path.map(String).join(' › '));
}
