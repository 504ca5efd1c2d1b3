/** Routes that stream or speak a protocol of their own. An area adds its line. */
import type { FastifyInstance } from 'fastify';
import type { HttpTools } from './http-tools.ts';
import { mountLabels } from './label-routes.ts';
import { mountModels } from './model-routes.ts';
import { mountSessions } from './session-routes.ts';
import { mountSync } from './sync-routes.ts';
import { mountTrainingRuns } from './training-run-routes.ts';
import { mountUploads } from './upload-routes.ts';
import { mountV1 } from './v1-routes.ts';
import { mountV2 } from './v2-routes.ts';
import { mountWorkstationRoutes } from './workstation-routes.ts';

/** Gets an app of its own: content types and hooks that it adds hold for its routes only. */
export type HttpPlugin = (app: FastifyInstance, tools: HttpTools) => void | Promise<void>;

export const plugins: readonly HttpPlugin[] = [
  mountWorkstationRoutes,
  mountSync,
  mountSessions,
  mountLabels,
  mountUploads,
  mountModels,
  mountTrainingRuns,
  mountV1,
  mountV2,
];
