import fc from 'fast-check';
import { expect, it } from 'vitest';
import { axisOf, placeOn } from './chart-scale.ts';

it.each([
  [
    [0, 1],
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  ],
  [
    [1, 40],
    [0, 10, 20, 30, 40],
  ],
  [
    [0.31, 0.69],
    [0.3, 0.4, 0.5, 0.6, 0.7],
  ],
  [
    [5, 5],
    [5, 6],
  ],
  [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [
    [Number.NaN, 2, 4],
    [2, 2.5, 3, 3.5, 4],
  ],
])('has round ticks over %j', (values, ticks) => {
  expect(axisOf(values).ticks).toEqual(ticks);
});

it('covers every value, with rising ticks that its decimals tell apart', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((value) => value / 1000),
        { minLength: 1, maxLength: 20 },
      ),
      (values) => {
        const axis = axisOf(values);
        for (const value of values) {
          const place = placeOn(axis, value);
          expect(place).toBeGreaterThan(-1e-6);
          expect(place).toBeLessThan(1 + 1e-6);
        }
        const words = axis.ticks.map((tick) => tick.toFixed(axis.decimals));
        expect(new Set(words).size).toBe(words.length);
      },
    ),
  );
});
