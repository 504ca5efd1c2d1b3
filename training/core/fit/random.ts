/**
 * Seeded random numbers, the same on every machine. Source: xoshiro128** 1.1 of D. Blackman and S. Vigna, seeded by
 * SplitMix32 (integer hash of C. Wellons' "prospecting" family with these constants).
 */
export interface RandomNumbers {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer from 0 to below `limit`. */
  below(limit: number): number;
  /** A shuffled copy. */
  shuffled<T>(items: readonly T[]): T[];
  /** Standard normal, by Box and Muller. */
  normal(): number;
}

export function seededRandom(seed: number): RandomNumbers {
  const state = new Uint32Array(4);
  let mixed = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    state[i] = z ^ (z >>> 15);
  }
  const nextInteger = xoshiro(state);
  const next = (): number => nextInteger() / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    shuffled: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** The generator itself: whole numbers below 2³² from a state of four words, which it changes. */
export function xoshiro(state: Uint32Array): () => number {
  return () => {
    const [s0, s1, s2, s3] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    state[2] = s2 ^ s0;
    state[3] = s3 ^ s1;
    state[1] = s1 ^ state[2]!;
    state[0] = s0 ^ state[3]!;
    state[2] = state[2]! ^ (s1 << 9);
    state[3] = rotate(state[3]!, 11);
    return result;
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
