import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maximumItemsBytes,
  maximumItemsPerCall,
  type Item,
  type Receipt,
} from '../../contract/registry/sync.ts';
import { sha256 } from '../../contract/sha256.ts';
import { backoffMs } from './backoff.ts';
import { idleLine, letThrough } from './bandwidth.ts';
import { publicKeyBytes } from './public-key.ts';
import { randomShare } from './random-share.ts';
import { coversTake, receiptFault } from './receipt.ts';
import { bytesPerS, noSpeed, withBytes } from './speed.ts';
import { callsOf, itemOf } from './sync-items.ts';
import { sessionProgress } from './upload-progress.ts';

describe('backing off', () => {
  it('waits anything up to twice as long each time, five minutes at most', () => {
    expect([0, 1, 2, 20, 1000].map((attempt) => backoffMs(attempt, 0.999_999))).toEqual([
      1000, 2000, 4000, 300_000, 300_000,
    ]);
    expect(backoffMs(5, 0)).toBe(0);
    expect([
      randomShare(Uint8Array.of(0, 0, 0, 0)),
      randomShare(Uint8Array.of(255, 255, 255, 255)) < 1,
    ]).toEqual([0, true]);
  });
});

describe('a limited line', () => {
  it('lets no more through than its limit, over any run of pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 2, maxLength: 50 }),
        fc.integer({ min: 1024, max: 100_000 }),
        (pieces, limit) => {
          let nowMs = 0;
          let line = idleLine;
          let sent = 0;
          for (const piece of pieces) {
            const step = letThrough(line, piece, limit, nowMs);
            nowMs += step.waitMs;
            line = step.line;
            // What went before this piece has had its time.
            expect(sent / limit).toBeLessThanOrEqual(nowMs / 1000 + 0.051);
            sent += piece;
          }
        },
      ),
    );
    expect(letThrough(idleLine, 1e9, null, 0).waitMs).toBe(0);
  });
});

describe('speed', () => {
  it('is what went out over the last seconds', () => {
    let window = noSpeed;
    for (let ms = 0; ms <= 10_000; ms += 50) window = withBytes(window, 500, ms);
    expect(bytesPerS(window, 10_000)).toBeGreaterThan(9_000);
    expect(bytesPerS(window, 10_000)).toBeLessThan(11_500);
    expect(bytesPerS(window, 30_000)).toBe(0);
    expect(window.samples.length).toBeLessThan(60);
  });

  it('and progress say nothing is complete before its receipt', () => {
    expect(sessionProgress([])).toBe(0);
    expect(
      sessionProgress([
        { sizeBytes: 300, sentShare: 1 },
        { sizeBytes: 100, sentShare: 0 },
      ]),
    ).toBe(0.75);
    expect(sessionProgress([{ sizeBytes: 1, sentShare: 1 }])).toBe(0.99);
  });
});

describe('items', () => {
  it('are cut into calls in their order, none too long for the registry', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 450 }), (sizes) => {
        const items: Item[] = sizes.map((size, index) => ({
          kind: 'note',
          id: String(index),
          sessionId: null,
          counter: index,
          sha256: 'ab'.repeat(32),
          content: { text: 'x'.repeat(size) },
        }));
        const calls = callsOf(items);
        expect(calls.flat()).toEqual(items);
        for (const call of calls) {
          expect(call.length).toBeLessThanOrEqual(maximumItemsPerCall);
          expect(JSON.stringify(call).length).toBeLessThan(maximumItemsBytes);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are hashed by what they say, not by how it is written', () => {
    const of = (content: { readonly [key: string]: number }) =>
      itemOf({ kind: 'note', id: 'n', sessionId: null, counter: 1, content }, sha256).sha256;
    expect(of({ a: 1, b: 2 })).toBe(of({ b: 2, a: 1 }));
    expect(of({ a: 1, b: 2 })).not.toBe(of({ a: 1, b: 3 }));
  });
});

describe('a receipt', () => {
  const items = [
    { kind: 'session', id: 's', sha256: 'a'.repeat(64) },
    { kind: 'take', id: 't', sha256: 'b'.repeat(64) },
  ];
  const take = { id: 't', sha256: 'c'.repeat(64), sizeBytes: 5 };
  const whole = {
    registryId: 'r',
    workstationId: 'w',
    sessionId: 's',
    items,
    files: [{ takeId: 't', sha256: take.sha256, sizeBytes: 5 }],
  } as unknown as Receipt;
  const expected = { registryId: 'r', workstationId: 'w', sessionId: 's', items, takes: [take] } as never;

  it('that says all, in any order, is one', () => {
    expect(receiptFault(whole, expected)).toBeUndefined();
    expect(receiptFault({ ...whole, items: whole.items.toReversed() }, expected)).toBeUndefined();
    expect(coversTake(whole, take as never)).toBe(true);
  });

  it.each<[string, object]>([
    ['registry', { registryId: 'x' }],
    ['workstation', { workstationId: 'x' }],
    ['session', { sessionId: 'x' }],
    ['items', { items: items.slice(1) }],
    ['items', { items: [items[0], { ...items[1], sha256: 'd'.repeat(64) }] }],
    ['items', { items: [...items, { kind: 'note', id: 'n', sha256: 'd'.repeat(64) }] }],
    ['items', { items: [items[0], items[0]] }],
    ['files', { files: [] }],
    ['files', { files: [{ takeId: 't', sha256: take.sha256, sizeBytes: 6 }] }],
    ['files', { files: [{ takeId: 't', sha256: 'd'.repeat(64), sizeBytes: 5 }] }],
    ['files', { files: [{ takeId: 'u', sha256: take.sha256, sizeBytes: 5 }] }],
  ])('with another %s is none: %j', (fault, change) => {
    expect(receiptFault({ ...whole, ...change }, expected)).toBe(fault);
  });

  it('covers no take that it does not name by hash and length', () => {
    for (const other of [{ id: 'u' }, { sha256: 'd'.repeat(64) }, { sizeBytes: 6 }]) {
      expect(coversTake(whole, { ...take, ...other } as never)).toBe(false);
    }
  });
});

it('a public key is 32 bytes in base64url, or none', () => {
  expect(publicKeyBytes('A'.repeat(43))).toEqual(new Uint8Array(32));
  expect(publicKeyBytes('-_'.repeat(21) + 'A')?.length).toBe(32);
  expect([publicKeyBytes(''), publicKeyBytes('A'.repeat(42)), publicKeyBytes('!'.repeat(43))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
