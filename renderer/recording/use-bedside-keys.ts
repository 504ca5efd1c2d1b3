import { useEffect, useRef, type RefObject } from 'react';
import { useDesk } from '../state/desk.ts';

interface BedsideKeys {
  readonly control: RefObject<HTMLButtonElement | null>;
  readonly onSpace: () => void;
  /** Undefined: one cannot go on yet. */
  readonly onEnter: (() => void) | undefined;
}

/**
 * Space and Enter wherever the focus rests, except where they already mean something: in fields, on other buttons and
 * links, on sliders, in dialogs, and behind the lock.
 */
export function useBedsideKeys(keys: BedsideKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (event.key !== ' ' && event.key !== 'Enter') return;
      const { control, onSpace, onEnter } = latest.current;
      const isOnControl = event.target === control.current;
      if (!isOnControl && isTaken(event.target)) return;
      if (useDesk.getState().app?.isLocked === true) return;
      if (event.key === ' ') {
        event.preventDefault();
        onSpace();
      } else if (onEnter !== undefined) {
        event.preventDefault();
        onEnter();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

const takers = 'button, a[href], input, select, textarea, summary, [role="slider"], dialog';

function isTaken(target: EventTarget | null): boolean {
  return (
    (target instanceof Element && target.closest(takers) !== null) ||
    document.querySelector('dialog[open]') !== null
  );
}
