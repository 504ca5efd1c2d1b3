import { describe, expect, it } from 'vitest';
import type { ReceiptRequest } from '../../contract/registry/sync.ts';
import { buildReceipt, lackingFor, type Held } from './receipts.ts';

const hash = (letter: string): string => letter.repeat(64);
const request = {
  items: [
    { kind: 'session', id: 's', sha256: hash('a') },
    { kind: 'take', id: 't1', sha256: hash('b') },
    { kind: 'take', id: 't2', sha256: hash('c') },
    { kind: 'result', id: 'r', sha256: hash('d') },
  ],
} as ReceiptRequest;
const items = new Map(request.items.map(({ kind, id, sha256 }) => [`${kind}:${id}`, sha256]));
const take = (isStored: boolean, letter: string) => ({ isStored, wavSha256: hash(letter), wavBytes: 100 });
const takes = new Map([
  ['t1', take(true, '1')],
  ['t2', take(true, '2')],
]);
const whole = { session: { takeIds: ['t1', 't2'] }, items, takes } as unknown as Held;
const without = (key: string) => new Map([...items].filter(([name]) => name !== key));
const asking = (...kinds: readonly string[]): ReceiptRequest => ({
  items: request.items.filter(({ kind, id }) => kinds.includes(`${kind}:${id}`)),
});

describe('what lacks for a receipt', () => {
  it.each([
    ['nothing, where all is here', request, whole, []],
    [
      'an item that has not come',
      request,
      { ...whole, items: without('result:r') },
      [{ kind: 'result', id: 'r', why: 'missing' }],
    ],
    [
      'an item that is other than listed',
      request,
      { ...whole, items: new Map([...items, ['take:t1', hash('f')]]) },
      [{ kind: 'take', id: 't1', why: 'differs' }],
    ],
    [
      'audio that is announced only',
      request,
      { ...whole, takes: new Map([...takes, ['t2', take(false, '2')]]) },
      [{ kind: 'audio', id: 't2', why: 'missing' }],
    ],
    [
      'the session, where it is not listed',
      asking('take:t1', 'take:t2'),
      whole,
      [{ kind: 'session', id: 's', why: 'missing' }],
    ],
    [
      'a take of the session that is not listed',
      asking('session:s', 'take:t2'),
      whole,
      [{ kind: 'take', id: 't1', why: 'missing' }],
    ],
    [
      'everything, where nothing is here',
      asking('session:s', 'take:t1'),
      { session: undefined, items: new Map(), takes: new Map() },
      [
        { kind: 'session', id: 's', why: 'missing' },
        { kind: 'take', id: 't1', why: 'missing' },
        { kind: 'audio', id: 't1', why: 'missing' },
      ],
    ],
  ])('is %s', (_, asked, held, lacking) => {
    expect(lackingFor('s', asked, held as Held)).toEqual(lacking);
  });
});

it('lists every item and the WAV of every take, in the order of the session', () => {
  const held = { ...whole, session: { takeIds: ['t2', 't1'] } } as unknown as Held;
  const facts = { registryId: 'x', workstationId: 'w', sessionId: 's', sequence: 3, at: 'now' } as never;
  expect(buildReceipt({ ...(facts as object), request, held } as never)).toEqual({
    format: 'spira-receipt-1',
    registryId: 'x',
    workstationId: 'w',
    sessionId: 's',
    sequence: 3,
    at: 'now',
    items: request.items,
    files: [
      { takeId: 't2', sha256: hash('2'), sizeBytes: 100 },
      { takeId: 't1', sha256: hash('1'), sizeBytes: 100 },
    ],
  });
});
