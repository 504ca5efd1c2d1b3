/** Every area's part of the contract's table, in one. An area adds its line; a test holds the whole to the contract. */
import { auditHandlers } from '../../app/audit/handlers.ts';
import { definitionsHandlers } from '../../app/definitions/handlers.ts';
import { featurePortionHandlers } from '../../app/feature-portions/handlers.ts';
import type { Handlers } from '../../app/handlers.ts';
import { labelHandlers } from '../../app/labels/handlers.ts';
import { modelHandlers } from '../../app/models/handlers.ts';
import { peopleHandlers } from '../../app/people/handlers.ts';
import { reviewsHandlers } from '../../app/reviews/handlers.ts';
import { sessionsHandlers } from '../../app/sessions/handlers.ts';
import { trainingJobsHandlers } from '../../app/training-jobs/handlers.ts';
import { trainingRunHandlers } from '../../app/training-runs/handlers.ts';
import { workstationHandlers } from '../../app/workstations/handlers.ts';

export const handlers: Handlers = {
  ...peopleHandlers,
  ...workstationHandlers,
  ...sessionsHandlers,
  ...reviewsHandlers,
  ...definitionsHandlers,
  ...auditHandlers,
  ...labelHandlers,
  ...modelHandlers,
  ...trainingJobsHandlers,
  ...trainingRunHandlers,
  ...featurePortionHandlers,
};
