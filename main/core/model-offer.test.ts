import { describe, expect, it } from 'vitest';
import type { OfferedModel } from '../../contract/registry/sync.ts';
import { defaultsAfter, isSameOffer, isSessionUnderWay, wantedOffers } from './model-offer.ts';

const offer = (change: Partial<OfferedModel> = {}): OfferedModel => ({
  alias: 'production',
  name: 'breath',
  version: '2.0.0',
  sha256: 'ab'.repeat(32),
  packageSha256: 'cd'.repeat(32),
  packageBytes: 5,
  keyId: '0123456789abcdef',
  signature: 'A'.repeat(86),
  ...change,
});

describe('offers', () => {
  it('are wanted for the alias that is followed, until something was decided about them', () => {
    const offers = [
      { offer: offer(), state: 'open' },
      { offer: offer({ alias: 'staging' }), state: 'open' },
      { offer: offer({ name: 'cough' }), state: 'open' },
      { offer: offer({ name: 'cough', alias: 'staging', version: '3.0.0' }), state: 'open' },
      { offer: offer({ name: 'vowel' }), state: 'failed' },
      { offer: offer({ name: 'word' }), state: 'taken' },
    ] as const;
    const wanted = wantedOffers(offers, new Map([['cough', 'staging']]));
    expect(wanted.map((each) => [each.offer.name, each.offer.alias])).toEqual([
      ['breath', 'production'],
      ['cough', 'staging'],
    ]);
  });

  it('come again word for word, or are new', () => {
    const known = { offer: offer(), sequence: 3 };
    expect(isSameOffer(known, { offer: offer(), sequence: 3 })).toBe(true);
    expect(isSameOffer(known, { offer: offer(), sequence: 4 })).toBe(false);
    expect(isSameOffer(known, { offer: offer({ packageSha256: 'ef'.repeat(32) }), sequence: 3 })).toBe(false);
    expect(isSameOffer(known, { offer: offer({ signature: 'B'.repeat(86) }), sequence: 3 })).toBe(false);
    expect(isSameOffer(undefined, known)).toBe(false);
  });
});

describe('a session is under way', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z');
  it.each([
    ['while a screening runs, however long', 'processing', 'inference', '2026-11-20T12:00:00.000Z', true],
    ['while a draft of inference mode is worked on', 'draft', 'inference', '2026-11-21T11:31:00.000Z', true],
    ['no more when its draft was left', 'draft', 'inference', '2026-11-21T11:30:00.000Z', false],
    ['where the clock went back after it', 'draft', 'inference', '2026-11-22T12:00:00.000Z', true],
    ['for no model while recordings are collected', 'draft', 'collection', '2026-11-21T12:00:00.000Z', false],
  ] as const)('%s', (_title, status, mode, at, expected) => {
    expect(isSessionUnderWay([{ status, mode, updatedAt: { at } }], now)).toBe(expected);
  });
});

it('a version that takes over stands once where the others of its name stood, and is added to nothing', () => {
  const old = [
    { name: 'cough', version: '1.0.0' },
    { name: 'breath', version: '1.0.0' },
    { name: 'breath', version: '1.1.0' },
  ];
  expect(defaultsAfter(old, { name: 'breath', version: '2.0.0' })).toEqual([
    { name: 'cough', version: '1.0.0' },
    { name: 'breath', version: '2.0.0' },
  ]);
  expect(defaultsAfter(old, { name: 'vowel', version: '1.0.0' })).toEqual(old);
});
