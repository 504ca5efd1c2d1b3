import { expect, it } from 'vitest';
import { countKept, type KnownSession } from './kept-there.ts';

const known: readonly KnownSession[] = ['a', 'b'].map((id) => ({
  id,
  resultCount: 1,
  takes: [
    { id: `${id}1`, sha256: '' },
    { id: `${id}2`, sha256: '' },
  ],
}));
const row = (id: string, more: object = {}) => ({
  id,
  state: 'received',
  takeCount: 2,
  resultCount: 1,
  ...more,
});

it('finds nothing to say where everything is there once', () => {
  expect(countKept([row('b'), row('a')], known)).toEqual({ lost: 0, doubled: 0 });
});

it.each([
  ['a session that is not there', [row('a')]],
  ['one without its receipt', [row('a'), row('b', { state: 'receiving' })]],
  ['one without a take', [row('a'), row('b', { takeCount: 1 })]],
  ['one without its result', [row('a'), row('b', { resultCount: 0 })]],
])('counts %s as lost', (_, listed) => {
  expect(countKept(listed, known)).toEqual({ lost: 1, doubled: 0 });
});

it.each([
  ['a session that is there twice', [row('a'), row('b'), row('b')]],
  ['one that nobody sent', [row('a'), row('b'), row('c')]],
  ['one with a take too many', [row('a'), row('b', { takeCount: 3 })]],
  ['one with a result too many', [row('a'), row('b', { resultCount: 2 })]],
])('counts %s as doubled', (_, listed) => {
  expect(countKept(listed, known)).toEqual({ lost: 0, doubled: 1 });
});
