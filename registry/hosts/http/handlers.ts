/** Every area's part of the contract's table, in one. An area adds its line; a test holds the whole to the contract. */
import type { Handlers } from '../../app/handlers.ts';
import { peopleHandlers } from '../../app/people/handlers.ts';
import { workstationHandlers } from '../../app/workstations/handlers.ts';

export const handlers: Handlers = {
  ...peopleHandlers,
  ...workstationHandlers,
};
