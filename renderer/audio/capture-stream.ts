/** What a way of capturing gives: the device's own rate, and blocks as they come. */
import type { CapturedBlock } from './chunker.ts';

export interface CaptureStream {
  readonly sampleRateHz: number;
  /** Called with every block from now on. The answer ends the subscription. */
  readonly onBlock: (listener: (block: CapturedBlock) => void) => () => void;
  readonly close: () => void;
}

export class BlockListeners {
  readonly #listeners = new Set<(block: CapturedBlock) => void>();

  readonly add = (listener: (block: CapturedBlock) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  tell(block: CapturedBlock): void {
    for (const listener of [...this.#listeners]) listener(block);
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** The first blocks after opening may be skipped or faded by the device: only what comes after them counts. */
const prerollS = 0.15;
const longestStartMs = 5000;

/** True once audio really flows; `isRunning` tells whether the wait counts already. */
export function flows(
  { sampleRateHz, onBlock }: Pick<CaptureStream, 'sampleRateHz' | 'onBlock'>,
  isRunning: () => boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    let seconds = 0;
    let waitedMs = 0;
    const finish = (isFlowing: boolean): void => {
      stop();
      clearInterval(timer);
      resolve(isFlowing);
    };
    const stop = onBlock((block) => {
      seconds += block.samples.length / sampleRateHz;
      if (seconds >= prerollS) finish(true);
    });
    const stepMs = 250;
    const timer = setInterval(() => {
      if (isRunning()) waitedMs += stepMs;
      if (waitedMs >= longestStartMs) finish(false);
    }, stepMs);
  });
}
