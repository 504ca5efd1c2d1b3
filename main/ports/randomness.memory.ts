import type { Randomness } from './randomness.ts';

/** Bytes that look random and are the same for the same seed. Splitmix32; never for keys that protect anything. */
export function memoryRandomness(seed = 1): Randomness {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) & 0xff;
  };
  return { bytes: (length) => Uint8Array.from({ length }, next) };
}
