import type { Handlers } from '../handlers.ts';
import { cancelJob, listJobs, readJob, startJob } from './jobs.ts';
import { listSchedules, listTimes, putSchedule, removeSchedule } from './schedules.ts';
import { takeSignal } from './take-signal.ts';

export const trainingJobsHandlers = {
  'training-schedules.list': (call) => listSchedules(call),
  'training-schedules.times': listTimes,
  'training-schedules.put': putSchedule,
  'training-schedules.remove': removeSchedule,
  'training-jobs.list': listJobs,
  'training-jobs.read': readJob,
  'training-jobs.start': startJob,
  'training-jobs.cancel': cancelJob,
  'training-events.send': ({ world, caller }, { body }) => takeSignal(world, body, caller),
} as const satisfies Handlers;
