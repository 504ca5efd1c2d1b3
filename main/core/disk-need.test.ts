import { expect, it } from 'vitest';
import { protocol } from '../app/fixtures/definitions.ts';
import { bytesForSession, bytesForTake } from './disk-need.ts';

const reserve = 64 * 2 ** 20;

it('a session needs every step at its longest, twice, beside a reserve', () => {
  const seconds = 35 + 60 + 60 + 60;
  expect(bytesForSession(protocol)).toBe(reserve + seconds * 48_000 * 2 * 2);
});

it('a take needs its own step, at the rate of its microphone', () => {
  const [noise] = protocol.steps;
  if (noise === undefined) throw new Error('the protocol has steps');
  expect(bytesForTake(noise, 192_000)).toBe(reserve + 35 * 192_000 * 2 * 2);
});
