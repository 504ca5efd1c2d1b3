import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sessionIdSchema } from './ids.ts';
import { uuidV7 } from './uuid-v7.ts';

it('makes the example of RFC 9562, appendix A.6', () => {
  // Its random parts: 0xCC3 and 0x18C4DC0C0C07398F; the version and variant bits overlay the rest.
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(uuidV7(Date.parse('2022-02-22T19:22:22.000Z'), random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

it('makes ids that the contract takes, sorted by time', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
  fc.assert(
    fc.property(time, time, fc.uint8Array({ minLength: 10, maxLength: 16 }), (one, other, random) => {
      const [a, b] = [uuidV7(one, random), uuidV7(other, random)];
      expect(sessionIdSchema.safeParse(a).success).toBe(true);
      expect(Math.sign(one - other)).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

it.each([-1, 2 ** 48, 1.5, Number.NaN])('refuses the time %s', (epochMs) => {
  expect(() => uuidV7(epochMs, new Uint8Array(10))).toThrow(RangeError);
});

it('refuses too few random bytes', () => {
  expect(() => uuidV7(0, new Uint8Array(9))).toThrow(RangeError);
});
