/** What a recording shows of itself without being understood: what a network may learn instead of the voice. */
export interface Levels {
  /** Root mean square, in dB of full scale. */
  readonly loudnessDb: number;
  /** Level of the quietest tenth of frames, in dB of full scale. */
  readonly noiseFloorDb: number;
  /** Share of frames more than 40 dB below the loudest. */
  readonly silence: number;
}

const frameS = 0.025;
const lowestDb = -160;

/** Levels of mono samples in −1..1, in frames of 25 ms; no samples count as silence. */
export function measureLevels(samples: Float32Array, sampleRateHz: number): Levels {
  const length = Math.round(frameS * sampleRateHz);
  const count = Math.max(1, Math.floor(samples.length / length));
  const levels = Array.from({ length: count }, (_, frame) =>
    levelOf(samples.subarray(frame * length, (frame + 1) * length)),
  ).sort((a, b) => a - b);
  const loudest = levels.at(-1)!;
  return {
    loudnessDb: levelOf(samples),
    noiseFloorDb: levels[Math.floor(0.1 * (count - 1))]!,
    silence: levels.filter((level) => level < loudest - 40).length / count,
  };
}

function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum === 0 ? lowestDb : Math.max(lowestDb, 10 * Math.log10(sum / samples.length));
}
