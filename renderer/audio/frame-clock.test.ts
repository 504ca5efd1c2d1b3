import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameClock } from './frame-clock.ts';

const rate = 48_000;
const frames = 480;

it('numbers blocks that follow each other without a hole, from 0', () => {
  const clock = new FrameClock(rate);
  expect([5000, 5010, 5020].map((ms) => clock.place(ms, frames))).toEqual([0, 480, 960]);
});

it('shows audio that is missing as a jump of its length', () => {
  const clock = new FrameClock(rate);
  clock.place(0, frames);
  expect(clock.place(510, frames)).toBe(0.51 * rate);
  expect(clock.place(520, frames)).toBe(0.52 * rate);
});

it('sees no loss in dates that shake by some milliseconds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 500 }), (shakes) => {
      const clock = new FrameClock(rate);
      const placed = shakes.map((shake, index) => clock.place(1000 + index * 10 + shake, frames));
      expect(placed).toEqual(shakes.map((_, index) => index * frames));
    }),
  );
});

it('follows a device whose clock runs a little fast or slow, however long the take', () => {
  for (const rateError of [0.9995, 1.0005]) {
    const clock = new FrameClock(rate);
    const last = Array.from({ length: 60_000 }, (_, index) => clock.place(index * 10 * rateError, frames)).at(
      -1,
    );
    expect(last).toBe(59_999 * frames);
  }
});
