import type { RandomNumbers } from '../fit/random.ts';

export interface NoiseMix {
  readonly count: number;
  /** Range of the peak of each clip after scaling. */
  readonly peak: readonly [number, number];
}

/**
 * Samples with noise clips added, each chosen uniformly with replacement, a random slice of the recording's length (a
 * shorter clip is repeated), scaled so that its peak is uniform in the range. Mono, one rate for all. Source: the
 * reproduction package of E. Casanova et al., Findings of ACL 2021. The sum is not clipped: nor are the features.
 */
export function mixNoise(
  samples: Float32Array,
  clips: readonly Float32Array[],
  { count, peak: [lowest, highest] }: NoiseMix,
  random: RandomNumbers,
): Float32Array {
  const mixed = samples.slice();
  if (clips.length === 0) return mixed;
  for (let added = 0; added < count; added++) {
    const clip = clips[random.below(clips.length)]!;
    const start =
      clip.length > samples.length
        ? random.below(clip.length - samples.length + 1)
        : random.below(Math.max(1, clip.length));
    const wanted = lowest + random.next() * (highest - lowest);
    let loudest = 0;
    const used = Math.min(samples.length, clip.length);
    for (let i = 0; i < used; i++) loudest = Math.max(loudest, Math.abs(clip[(start + i) % clip.length]!));
    if (loudest === 0) continue;
    const gain = wanted / loudest;
    for (let i = 0; i < mixed.length; i++) mixed[i]! += gain * clip[(start + i) % clip.length]!;
  }
  return mixed;
}
