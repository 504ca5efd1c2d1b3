import { describe, expect, it } from 'vitest';
import { seededRandom } from '../fit/random.ts';
import { mixNoise } from './mix-noise.ts';

const silence = new Float32Array(1000);
const ramp = Float32Array.from({ length: 300 }, (_, i) => (i + 1) / 300);

describe('noise mixed into a recording', () => {
  it('has a peak within the range and the length of the recording, a short clip being repeated', () => {
    for (let seed = 0; seed < 50; seed++) {
      const mixed = mixNoise(silence, [ramp], { count: 1, peak: [0.03, 0.2] }, seededRandom(seed));
      const peak = mixed.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      expect(mixed).toHaveLength(1000);
      expect(peak).toBeGreaterThanOrEqual(0.03 - 1e-6);
      expect(peak).toBeLessThanOrEqual(0.2 + 1e-6);
      expect(mixed.every((value) => value > 0)).toBe(true);
    }
  });

  it('adds as many clips as asked, leaves the recording itself alone, and follows the seed', () => {
    const voice = silence.map(() => 0.5);
    const mix = (count: number, seed: number) =>
      mixNoise(voice, [silence.map(() => 1)], { count, peak: [0.1, 0.1] }, seededRandom(seed));
    expect(mix(3, 1)[500]).toBeCloseTo(0.8, 6);
    expect(mix(0, 1)).toEqual(voice);
    expect(voice[500]).toBe(0.5);
    const random = (seed: number) =>
      mixNoise(voice, [ramp], { count: 2, peak: [0.03, 0.2] }, seededRandom(seed));
    expect(random(7)).toEqual(random(7));
    expect(random(7)).not.toEqual(random(8));
  });

  it('adds nothing where there is no clip or only silence', () => {
    expect(mixNoise(ramp, [], { count: 3, peak: [0.1, 0.2] }, seededRandom(1))).toEqual(ramp);
    expect(mixNoise(ramp, [silence], { count: 3, peak: [0.1, 0.2] }, seededRandom(1))).toEqual(ramp);
  });
});
