import type { Handlers } from '../handlers.ts';
import { keepRun } from './keep-run.ts';
import { listTrainingSessions } from './list-training-sessions.ts';
import { listRuns, readLineage, readRun } from './read-runs.ts';

/** Artefacts are streams: the host mounts them by themselves. */
export const trainingRunHandlers = {
  'training-runs.list': listRuns,
  'training-runs.read': readRun,
  'training-runs.put': keepRun,
  'training-lineage.read': readLineage,
  'training-sessions.list': listTrainingSessions,
} as const satisfies Handlers;
