import { expect, it } from 'vitest';
import { afterFailure, lockedOutForMs, noFailures, type SignInFailures } from './lockout.ts';

const nowMs = Date.parse('2026-03-09T12:00:00.000Z');
function failing(times: number): SignInFailures {
  return Array.from({ length: times }).reduce<SignInFailures>(
    (state) => afterFailure(state, nowMs),
    noFailures,
  );
}

it.each([
  [0, 0],
  [1, 0],
  [4, 0],
  [5, 1],
  [6, 2],
  [7, 4],
  [9, 16],
  [10, 30],
  [1000, 30],
])('after %d failures in a row, the next try waits %d minutes', (failures, minutes) => {
  expect(lockedOutForMs(failing(failures), nowMs)).toBe(minutes * 60_000);
});

it('ends when its time is over', () => {
  const state = failing(5);
  expect(lockedOutForMs(state, nowMs + 59_999)).toBe(1);
  expect(lockedOutForMs(state, nowMs + 60_000)).toBe(0);
});

it('does not hold for years because the clock was put back', () => {
  expect(lockedOutForMs(failing(5), nowMs - 365 * 86_400_000)).toBe(0);
});
