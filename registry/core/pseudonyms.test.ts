import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmac, lonePseudonym, participantPseudonym } from './pseudonyms.ts';

const key = Uint8Array.from({ length: 32 }, (_, index) => index);

describe('an HMAC', () => {
  it.each(['', 'abc', 'São Paulo, ação', '💙', 'x'.repeat(1000)])('of "%s" is that of Node', (message) => {
    const random = randomBytes(32);
    for (const one of [key, random]) {
      expect(hmac(one, message)).toBe(createHmac('sha256', one).update(message).digest('hex'));
    }
  });
});

describe('a participant', () => {
  const of = (hospitalId: string, recordNumber: string, by = key) =>
    participantPseudonym(by, { hospitalId, recordNumber });

  it('is one however the number is written', () => {
    const written = ['14259401E', '14259401e', ' 14.259.401-E ', '14259401 E'];
    expect(new Set(written.map((number) => of('a', number))).size).toBe(1);
  });

  it('is another under another number, in another hospital, and for another key', () => {
    const all = [
      of('a', '1'),
      of('a', '2'),
      of('b', '1'),
      of(
        'a',
        '1',
        key.map((byte) => byte + 1),
      ),
    ];
    expect(new Set(all).size).toBe(4);
    expect(all.every((one) => /^[0-9a-f]{32}$/u.test(one))).toBe(true);
  });

  it('without a number is no other’s', () => {
    expect(lonePseudonym(key, 's1')).not.toBe(lonePseudonym(key, 's2'));
  });
});
