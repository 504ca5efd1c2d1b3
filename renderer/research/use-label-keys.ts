import { useEffect, useRef } from 'react';
import { useDesk } from '../state/desk.ts';

/** As they stand on the buttons; they work in either case. */
export const labelKeys = { next: 'N', compare: 'V', later: 'S' } as const;

export interface LabelKeys {
  /** Off: nothing is done by a single key, for people who speak or shake. */
  readonly areOn: boolean;
  readonly choose: (place: number) => void;
  readonly playPause: () => void;
  readonly seekBy: (seconds: number) => void;
  readonly otherTake: (by: number) => void;
  readonly next: () => void;
  readonly compare: () => void;
  readonly leaveForLater: () => void;
  readonly undo: () => void;
  readonly help: () => void;
}

/** What a key does, or undefined where it is none of the page's. `place` counts the values from 1. */
export function actionOf(key: string, keys: Omit<LabelKeys, 'areOn'>): (() => void) | undefined {
  if (/^[1-9]$/u.test(key)) return () => keys.choose(Number(key));
  switch (key.toLowerCase()) {
    case ' ':
      return keys.playPause;
    case 'arrowleft':
      return () => keys.seekBy(-1);
    case 'arrowright':
      return () => keys.seekBy(1);
    case 'arrowup':
      return () => keys.otherTake(-1);
    case 'arrowdown':
      return () => keys.otherTake(1);
    case 'n':
    case 'enter':
      return keys.next;
    case 'v':
      return keys.compare;
    case 's':
      return keys.leaveForLater;
    case 'u':
      return keys.undo;
    case '?':
      return keys.help;
    default:
      return undefined;
  }
}

/** Whether the key belongs to what has the focus: text is typed, a button is pressed, a slider is moved. */
export function isTakenBy(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input, textarea, select, dialog') !== null) return true;
  if (key === 'Enter') return target.closest('button, a[href], summary, [role="slider"]') !== null;
  // A link does nothing at a space.
  if (key === ' ') return target.closest('button, summary, [role="slider"]') !== null;
  return key.startsWith('Arrow') && target.closest('[role="slider"], .scroll-x') !== null;
}

/** Single keys wherever the focus rests, except where they already mean something. */
export function useLabelKeys(keys: LabelKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { areOn, ...actions } = latest.current;
      if (!areOn || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTakenBy(event.target, event.key) || document.querySelector('dialog[open]') !== null) return;
      if (useDesk.getState().app?.isLocked === true) return;
      const act = actionOf(event.key, actions);
      if (act === undefined) return;
      event.preventDefault();
      if (!event.repeat || event.key.startsWith('Arrow')) act();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
