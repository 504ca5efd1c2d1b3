/** The twins of ports that are too small for a suite each: clock, random numbers, events, hashes. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryClock } from './clock.memory.ts';
import { memoryEvents } from './events.memory.ts';
import { memoryHashing } from './hashing.memory.ts';
import { describePasswordHashing } from './password-hashing.contract.ts';
import { memoryPasswordHashing } from './password-hashing.memory.ts';
import { memoryRandomness } from './randomness.memory.ts';

describePasswordHashing('the memory hashing', memoryPasswordHashing());

describe('the memory clock', () => {
  it('stands still until it is told, then calls what falls due, in order and once', () => {
    const clock = memoryClock({ at: '2026-03-09T12:00:00.000Z', zone: 'UTC' });
    const called: string[] = [];
    clock.after(50, () => called.push(`b ${clock.now().at} ${clock.monotonicMs()}`));
    clock.after(10, () => called.push(`a ${clock.now().at} ${clock.monotonicMs()}`));
    clock.after(20, () => called.push('cancelled')).cancel();
    clock.advance(49);
    clock.advance(1);
    clock.advance(100);
    expect(called).toEqual(['a 2026-03-09T12:00:00.010Z 10', 'b 2026-03-09T12:00:00.050Z 50']);
    expect([clock.now(), clock.monotonicMs()]).toEqual([
      { at: '2026-03-09T12:00:00.150Z', zone: 'UTC' },
      150,
    ]);
  });

  it('lets the wall clock jump alone', () => {
    const clock = memoryClock();
    clock.setWallClock('2020-01-01T00:00:00.000Z');
    expect([clock.now().at, clock.monotonicMs()]).toEqual(['2020-01-01T00:00:00.000Z', 0]);
  });
});

it('memory hashes are those of SHA-256', () => {
  const { sha256 } = memoryHashing();
  const real = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');
  // FIPS 180-4's own example.
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }), (bytes, text) => {
      expect([sha256(bytes), sha256(text)]).toEqual([real(bytes), real(text)]);
    }),
  );
});

it('memory random bytes are the same for a seed and differ between seeds', () => {
  const [one, same, other] = [memoryRandomness(1), memoryRandomness(1), memoryRandomness(2)].map(
    (randomness) => randomness.bytes(1000),
  );
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
  expect(new Set(one).size).toBeGreaterThan(200);
});

it('memory events keep what was published in order', () => {
  const events = memoryEvents();
  events.publish({ name: 'models.changed', payload: {} });
  events.publish({ name: 'lock.changed', payload: { isLocked: true } });
  expect(events.published.map(({ name }) => name)).toEqual(['models.changed', 'lock.changed']);
});
