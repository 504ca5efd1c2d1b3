/** Numbers the frames of a stream that tells only times: continuous, except where the times say that audio is missing. */

/** Devices date their buffers to within some 10 ms; what lacks more than this was lost. */
const smallestGapMs = 100;
/** How fast the running offset follows the device's clock, which is never exactly the computer's. */
const following = 0.02;

export class FrameClock {
  readonly #sampleRateHz: number;
  #nextFrame = 0;
  #firstMs: number | undefined;
  /** Time of the block less time of its frames, ms. */
  #offsetMs = 0;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** Number of the block's first frame; `timestampMs` dates that frame. */
  place(timestampMs: number, frames: number): number {
    this.#firstMs ??= timestampMs;
    const framesMs = (this.#nextFrame / this.#sampleRateHz) * 1000;
    const aheadMs = timestampMs - this.#firstMs - framesMs - this.#offsetMs;
    if (aheadMs > smallestGapMs) this.#nextFrame += Math.round((aheadMs / 1000) * this.#sampleRateHz);
    else this.#offsetMs += aheadMs * following;
    const firstFrame = this.#nextFrame;
    this.#nextFrame += frames;
    return firstFrame;
  }
}
