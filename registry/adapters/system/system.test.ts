import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryHashing } from '../../ports/surroundings.memory.ts';
import { systemClock, systemHashing, systemRandomness } from './system.ts';

describe('this computer', () => {
  it('hashes as the twin does, whole and in pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
        const sums = [systemHashing(), memoryHashing()].map((hashing) => {
          const sum = hashing.startSha256();
          for (const piece of pieces) sum.update(piece);
          return [sum.end(), hashing.sha256(Buffer.concat(pieces))];
        });
        expect(new Set(sums.flat()).size).toBe(1);
      }),
    );
  });

  it('gives a UUIDv7 of the time that it is told', () => {
    const randomness = systemRandomness();
    const [one, two] = [randomness.id(0x0123_4567_89ab), randomness.id(0x0123_4567_89ab)];
    expect(one).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(one).not.toBe(two);
    expect(randomness.bytes(32)).toHaveLength(32);
  });

  it('calls back once, never when cancelled, and not early for a time beyond one timer', async () => {
    const clock = systemClock();
    const calls: string[] = [];
    const far = clock.after(2 ** 32, () => calls.push('far'));
    clock.after(1, () => calls.push('cancelled')).cancel();
    await new Promise<void>((resolve) => clock.after(20, resolve));
    far.cancel();
    expect(calls).toEqual([]);
  });
});
