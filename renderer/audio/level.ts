/** How loud the microphone is right now: what a meter shows and the word that goes with it. */

/** Levels in dBFS: 0 is full scale, silence is `floorDbfs`. */
export interface Level {
  readonly rmsDbfs: number;
  readonly peakDbfs: number;
  /** The highest peak of the last one and a half seconds. */
  readonly heldPeakDbfs: number;
  /** Full scale was reached within the last two seconds. */
  readonly isClipped: boolean;
}

export type LevelWord = 'silent' | 'quiet' | 'good' | 'loud' | 'clipped';

export const floorDbfs = -90;
export const silence: Level = {
  rmsDbfs: floorDbfs,
  peakDbfs: floorDbfs,
  heldPeakDbfs: floorDbfs,
  isClipped: false,
};

const windowS = 0.05;
const heldS = 1.5;
const clippedS = 2;
/** 16-bit full scale, less one step: what a converter gives when it is driven too far. */
const fullScale = 32766 / 32768;

/** Amplitude (0 to 1) in dB relative to full scale: 20 log10. */
export function dbfs(amplitude: number): number {
  return amplitude <= 0 ? floorDbfs : Math.max(floorDbfs, 20 * Math.log10(amplitude));
}

/** Measures RMS and peak over windows of 50 ms; `push` gives the level of the last whole window. */
export class LevelMeter {
  readonly #sampleRateHz: number;
  #squares = 0;
  #count = 0;
  #peak = 0;
  #sinceHeldS = 0;
  #sinceClippedS = clippedS;
  #level: Level = silence;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  push(samples: Float32Array): Level {
    const windowFrames = Math.round(this.#sampleRateHz * windowS);
    for (const sample of samples) {
      const size = Math.abs(sample);
      this.#squares += size * size;
      this.#count += 1;
      if (size > this.#peak) this.#peak = size;
      if (this.#count >= windowFrames) this.#close();
    }
    return this.#level;
  }

  #close(): void {
    const rmsDbfs = dbfs(Math.sqrt(this.#squares / this.#count));
    const peakDbfs = dbfs(this.#peak);
    this.#sinceClippedS = this.#peak >= fullScale ? 0 : this.#sinceClippedS + windowS;
    const isHigher = peakDbfs >= this.#level.heldPeakDbfs || this.#sinceHeldS >= heldS;
    this.#sinceHeldS = isHigher ? 0 : this.#sinceHeldS + windowS;
    this.#level = {
      rmsDbfs,
      peakDbfs,
      heldPeakDbfs: isHigher ? peakDbfs : this.#level.heldPeakDbfs,
      isClipped: this.#sinceClippedS < clippedS,
    };
    this.#squares = 0;
    this.#count = 0;
    this.#peak = 0;
  }
}

export interface LevelLimits {
  readonly silentBelowDbfs: number;
  readonly quietBelowDbfs: number;
  readonly loudAboveDbfs: number;
}

/** Peaks, not RMS: speech has its pauses, and a meter that says "silent" in each of them says nothing. */
export const defaultLevelLimits: LevelLimits = {
  silentBelowDbfs: -60,
  quietBelowDbfs: -30,
  loudAboveDbfs: -3,
};

export function levelWord(level: Level, limits: LevelLimits = defaultLevelLimits): LevelWord {
  if (level.isClipped) return 'clipped';
  if (level.heldPeakDbfs < limits.silentBelowDbfs) return 'silent';
  if (level.heldPeakDbfs < limits.quietBelowDbfs) return 'quiet';
  return level.heldPeakDbfs > limits.loudAboveDbfs ? 'loud' : 'good';
}
