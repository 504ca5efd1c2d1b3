/** The outline of what is being recorded: lowest and highest sample of every 20 ms, for a waveform that grows. */
export const peakColumnS = 0.02;

export class LivePeaks {
  readonly #columnFrames: number;
  #lows: number[] = [];
  #highs: number[] = [];
  #low = 0;
  #high = 0;
  #count = 0;

  constructor(sampleRateHz: number) {
    this.#columnFrames = Math.max(1, Math.round(sampleRateHz * peakColumnS));
  }

  get columns(): number {
    return this.#lows.length;
  }

  /** Lowest and highest sample of a column, -1 to 1. */
  column(index: number): readonly [number, number] {
    return [this.#lows[index] ?? 0, this.#highs[index] ?? 0];
  }

  push(samples: Float32Array): void {
    for (const sample of samples) {
      if (sample < this.#low) this.#low = sample;
      if (sample > this.#high) this.#high = sample;
      this.#count += 1;
      if (this.#count < this.#columnFrames) continue;
      this.#lows.push(this.#low);
      this.#highs.push(this.#high);
      this.#low = 0;
      this.#high = 0;
      this.#count = 0;
    }
  }
}
