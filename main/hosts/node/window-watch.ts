/**
 * Knows when the window is gone. A browser's process may end at once because it handed the address to one that runs
 * already, and may live on after its last window was closed; pages come and go on a reload. Together they tell.
 */
import type { Clock } from '../../ports/clock.ts';

export interface WindowWatch {
  /** How many pages are shown now. */
  pages(shown: number): void;
  browserEnded(): void;
  stop(): void;
}

export interface WindowWatchOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** The window was there and is gone. */
  readonly onGone: () => void;
  /** The browser ended, and no page was ever shown. */
  readonly onNeverShown: () => void;
}

/** Long enough for a page to be loaded again. */
const reloadGraceMs = 5_000;
/** A page that crashed while its window stays: somebody may press reload. */
const crashedPageGraceMs = 120_000;
/** A slow PC that has just handed the address to another browser process. */
const firstPageGraceMs = 30_000;

export function watchWindow({ clock, onGone, onNeverShown }: WindowWatchOptions): WindowWatch {
  let shown = 0;
  let wasShown = false;
  let hasBrowser = true;
  let isOver = false;
  let timer: { cancel(): void } | undefined;

  function decideLater(): void {
    timer?.cancel();
    timer = undefined;
    if (isOver || shown > 0) return;
    if (!wasShown) {
      if (!hasBrowser) timer = clock.after(firstPageGraceMs, () => end(onNeverShown));
      return;
    }
    timer = clock.after(hasBrowser ? crashedPageGraceMs : reloadGraceMs, () => end(onGone));
  }

  function end(tell: () => void): void {
    isOver = true;
    timer?.cancel();
    tell();
  }

  return {
    pages(count) {
      shown = count;
      wasShown ||= count > 0;
      decideLater();
    },
    browserEnded() {
      hasBrowser = false;
      decideLater();
    },
    stop() {
      isOver = true;
      timer?.cancel();
    },
  };
}
