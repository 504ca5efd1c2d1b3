import type { AppEvent } from '../../contract/app-api.ts';
import type { Events } from './events.ts';

export interface MemoryEvents extends Events {
  /** Everything published so far, oldest first. */
  readonly published: readonly AppEvent[];
}

export function memoryEvents(): MemoryEvents {
  const published: AppEvent[] = [];
  return {
    published,
    publish(event) {
      published.push(event);
    },
  };
}
