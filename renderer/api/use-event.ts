import { useEffect, useRef } from 'react';
import type { EventName, EventPayload } from '../../contract/app-api.ts';
import { subscribe } from './index.ts';

/** Hears an event while the component is mounted; the newest listener is called. */
export function useEvent<Name extends EventName>(
  name: Name,
  listener: (payload: EventPayload<Name>) => void,
): void {
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => subscribe(name, (payload) => newest.current(payload)), [name]);
}
