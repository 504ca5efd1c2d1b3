import { expect, it } from 'vitest';
import { continuityOf } from './continuity.ts';

const whole = {
  frameCount: 48_000,
  sampleRateHz: 48_000,
  gaps: [],
  elapsedMs: 1000,
  interruption: 'none',
} as const;

it('a take as long as the clock says is whole', () => {
  expect(continuityOf(whole)).toEqual({
    elapsedMs: 1000,
    missingFrames: 0,
    gaps: [],
    shortfallMs: 0,
    interruption: 'none',
  });
});

it.each([
  [1250, 250, 0],
  [1251, 251, 12_048],
  [1500, 500, 24_000],
  [900, -100, 0],
])(
  'after %d ms, one second of audio falls %d ms short: %d frames are missing',
  (elapsedMs, short, missing) => {
    expect(continuityOf({ ...whole, elapsedMs })).toMatchObject({
      shortfallMs: short,
      missingFrames: missing,
    });
  },
);

it('reports the gaps of the device, by their place in the take', () => {
  const gaps = [
    { atFrame: 24_000, frames: 480 },
    { atFrame: 36_000, frames: 128 },
  ];
  expect(continuityOf({ ...whole, gaps, elapsedMs: 1013 })).toMatchObject({
    missingFrames: 608,
    gaps: [
      { atS: 0.5, frames: 480 },
      { atS: 0.75, frames: 128 },
    ],
  });
});

it('counts what the clock misses once, not on top of the gaps that explain it', () => {
  const gaps = [{ atFrame: 24_000, frames: 24_000 }];
  expect(continuityOf({ ...whole, gaps, elapsedMs: 1500 }).missingFrames).toBe(24_000);
  expect(continuityOf({ ...whole, gaps, elapsedMs: 2000 }).missingFrames).toBe(48_000);
});

it('knows no shortfall where nobody measured the time', () => {
  expect(continuityOf({ ...whole, elapsedMs: null, interruption: 'app-ended' })).toEqual({
    elapsedMs: null,
    missingFrames: 0,
    gaps: [],
    shortfallMs: 0,
    interruption: 'app-ended',
  });
});

it('lists a thousand gaps and still counts the rest', () => {
  const gaps = Array.from({ length: 1500 }, (_, index) => ({ atFrame: index, frames: 2 }));
  const continuity = continuityOf({ ...whole, gaps });
  expect(continuity.gaps).toHaveLength(1000);
  expect(continuity.missingFrames).toBe(3000);
});
