import type { Json } from '../../../contract/canonical-json.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import type { TrainingSchedule } from '../../../contract/registry/training-jobs.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreReader } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call } from '../world.ts';
import { countNewlyLabelled, lastLabelSequence } from './count-newly-labelled.ts';
import { configurationOf, limitsOf, nameOf, occasionOf, type ScheduleRow } from './rows.ts';

const shownTimes = 3;

/** By name. */
export async function listSchedules({
  world,
}: Call): Promise<Outcome<RouteAnswer<'training-schedules.list'>>> {
  return done({
    schedules: await world.store.read(async (reader) => {
      const rows = await reader.find('trainingSchedules', { order: [['id', 'ascending']] });
      return Promise.all(rows.map((row) => scheduleOf(reader, row)));
    }),
  });
}

/** None where the expression names no time to come; `invalid-input` where it or its time zone is not understood. */
export function listTimes(
  { world }: Call,
  { query: { expression, timeZone } }: RouteInput<'training-schedules.times'>,
): Promise<Outcome<RouteAnswer<'training-schedules.times'>>> {
  const times: string[] = [];
  let next = world.cron.next(expression, timeZone, world.clock.now());
  while (typeof next === 'number' && times.length < shownTimes) {
    times.push(new Date(next).toISOString());
    next = world.cron.next(expression, timeZone, next);
  }
  return Promise.resolve(next === null ? notUnderstood : done({ times }));
}

/** `invalid-input` for a cron expression or a time zone that is none, or a time that never comes. */
export async function putSchedule(
  { world, caller }: Call,
  { params: { scheduleId }, body }: RouteInput<'training-schedules.put'>,
): Promise<Outcome<TrainingSchedule>> {
  const { kind, occasion, isEnabled, configuration, limits } = body;
  let nextAt: string | null = null;
  if (occasion.on === 'cron') {
    const next = world.cron.next(occasion.expression, occasion.timeZone, world.clock.now());
    if (next === null) return notUnderstood;
    if (next === undefined) return neverComes;
    if (isEnabled) nextAt = new Date(next).toISOString();
  }
  return world.store.write(async (transaction) => {
    const before = await transaction.get('trainingSchedules', scheduleId);
    const row: ScheduleRow = {
      id: scheduleId,
      kind,
      occasion: occasion as unknown as Json,
      isEnabled,
      configuration: configuration as unknown as Json,
      limits: limits as unknown as Json,
      changedAt: nowOf(world),
      changedBy: nameOf(caller),
      nextAt,
      labelsSeen: before?.labelsSeen ?? (await lastLabelSequence(transaction)),
      lastJobId: before?.lastJobId ?? null,
    };
    await transaction.put('trainingSchedules', row);
    await recordDeed(world, transaction, {
      by: caller,
      action: before === undefined ? 'training-schedule-made' : 'training-schedule-changed',
      subjectId: scheduleId,
      details: { kind, on: occasion.on, isEnabled },
    });
    return done(await scheduleOf(transaction, row));
  });
}

export async function removeSchedule(
  { world, caller }: Call,
  { params: { scheduleId } }: RouteInput<'training-schedules.remove'>,
): Promise<Outcome<Record<string, never>>> {
  return world.store.write(async (transaction) => {
    if (!(await transaction.delete('trainingSchedules', scheduleId)))
      return refuse('not-found', 'There is no such schedule');
    await recordDeed(world, transaction, {
      by: caller,
      action: 'training-schedule-removed',
      subjectId: scheduleId,
    });
    return done({});
  });
}

const refuseCron = (why: string) =>
  refuse('invalid-input', `the cron expression with its time zone ${why}`, { facts: { field: 'occasion' } });
const notUnderstood = refuseCron('is not understood');
const neverComes = refuseCron('never comes');

async function scheduleOf(reader: StoreReader, row: ScheduleRow): Promise<TrainingSchedule> {
  const occasion = occasionOf(row);
  return {
    id: row.id,
    kind: row.kind,
    occasion,
    isEnabled: row.isEnabled,
    configuration: configurationOf(row),
    limits: limitsOf(row),
    changedAt: row.changedAt,
    changedBy: row.changedBy,
    nextAt: row.nextAt,
    labelledSessions:
      occasion.on === 'labelled-sessions' ? await countNewlyLabelled(reader, row.labelsSeen) : null,
    lastJobId: row.lastJobId as TrainingSchedule['lastJobId'],
  };
}
