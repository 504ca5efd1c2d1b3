import { seededRandom, type RandomNumbers } from '../fit/random.ts';

/**
 * Random numbers for one purpose at one place of a run, from the run's seed alone. There is no state that a checkpoint
 * would have to keep: a run that is taken up again draws the same numbers.
 */
export function randomStream(seed: number, ...place: readonly number[]): RandomNumbers {
  return seededRandom(mixSeeds(seed, ...place));
}

/** 32 bits out of several whole numbers, every one of them and their order mattering (finaliser of MurmurHash3). */
export function mixSeeds(...numbers: readonly number[]): number {
  return numbers.reduce((mixed, number) => {
    let z = (Math.imul(mixed, 31) + number + 0x9e3779b9) >>> 0;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  }, 0);
}

/**
 * Fills a dropout mask: 0 with probability `rate`, else 1 / (1 − rate). Four numbers are looked up by the four bytes of
 * one draw; a byte that falls on the border is decided by a draw of its own, so that the rate is exact to 2⁻⁴⁰.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, seed: number): void {
  const next = fastXoshiro(Uint32Array.from({ length: 4 }, (_, word) => mixSeeds(seed, word + 1)));
  const border = Math.floor(rate * 256);
  const remainder = (rate * 256 - border) * 2 ** 32;
  const kept = 1 / (1 - rate);
  const byByte = Float32Array.from({ length: 256 }, (_, byte) => (byte < border ? 0 : kept));
  for (let start = 0; start < mask.length; start += 4) {
    let bits = next();
    const end = Math.min(start + 4, mask.length);
    for (let i = start; i < end; i++) {
      const byte = bits & 255;
      bits >>>= 8;
      mask[i] = byte === border && next() < remainder ? 0 : byByte[byte]!;
    }
  }
}

/** `xoshiro` with its state in variables of its own: three times as fast, and ten million numbers are drawn per step. */
export function fastXoshiro(state: Uint32Array): () => number {
  let [s0, s1, s2, s3] = Int32Array.from(state) as unknown as [number, number, number, number];
  return () => {
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
}

/** A number from Beta(shape, shape), as the share of one of two gamma numbers. `shape` above 0. */
export function symmetricBeta(random: RandomNumbers, shape: number): number {
  const first = gamma(random, shape);
  const second = gamma(random, shape);
  // Both vanish only where the shape is tiny: then one end or the other.
  if (first + second === 0) return random.next() < 0.5 ? 0 : 1;
  return first / (first + second);
}

/** Source: G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", ACM TOMS 2000. */
function gamma(random: RandomNumbers, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
