import type { AppEvent } from '../../contract/app-api.ts';

/** Tells every page; never fails, never waits. */
export interface Events {
  publish(event: AppEvent): void;
}
