/**
 * Notices, while a take is open, that audio stopped flowing: the PC slept, or the microphone went silent for good
 * without saying so. Fed with both clocks, because the monotonic one stands still during sleep on some systems.
 */
export type CaptureVerdict = 'flowing' | 'microphone-lost' | 'computer-slept';

export interface Moments {
  /** `performance.now()` */
  readonly monotonicMs: number;
  /** `Date.now()` */
  readonly wallMs: number;
}

/** A page that is busy gets its blocks late but gets them; longer than this without any is a loss. */
const longestSilenceMs = 2500;
/** Nothing at all ran for this long, neither timer nor block: the PC slept, or this page stood still. */
const standstillMs = 4000;
/** A page that merely stood still has its blocks waiting and catches up within this time. */
const catchUpMs = 1000;

interface Standstill {
  readonly sinceMs: number;
  readonly passedMs: number;
  readonly clockMs: number;
}

export class CaptureWatch {
  #last: Moments;
  #lastBlockMs: number;
  #clockMs = 0;
  #standstill: Standstill | undefined;

  constructor(now: Moments) {
    this.#last = now;
    this.#lastBlockMs = now.monotonicMs;
  }

  /** A block of audio arrived; `clockMs` is how far the device's own clock has come since the take began. */
  block(now: Moments, clockMs: number): CaptureVerdict {
    const verdict = this.#observe(now);
    this.#lastBlockMs = now.monotonicMs;
    this.#clockMs = clockMs;
    return verdict;
  }

  /** The timer ran (several times a second, or once in a hidden page). */
  tick(now: Moments): CaptureVerdict {
    const verdict = this.#observe(now);
    if (verdict !== 'flowing' || this.#standstill !== undefined) return verdict;
    return now.monotonicMs - this.#lastBlockMs > longestSilenceMs ? 'microphone-lost' : 'flowing';
  }

  #observe(now: Moments): CaptureVerdict {
    const passedMs = Math.max(now.monotonicMs - this.#last.monotonicMs, now.wallMs - this.#last.wallMs);
    this.#last = now;
    if (passedMs > standstillMs) {
      this.#standstill = { sinceMs: now.monotonicMs, passedMs, clockMs: this.#clockMs };
      return 'flowing';
    }
    const stood = this.#standstill;
    if (stood === undefined || now.monotonicMs - stood.sinceMs < catchUpMs) return 'flowing';
    this.#standstill = undefined;
    return this.#clockMs - stood.clockMs < stood.passedMs / 2 ? 'computer-slept' : 'flowing';
  }
}
