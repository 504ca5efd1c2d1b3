import { expect, it } from 'vitest';
import { toCsv } from './chart-files.ts';

it('writes a row per epoch and a column per run, empty where a run has none', () => {
  const points = (...values: readonly [number, number][]) => values.map(([x, y]) => ({ x, y }));
  expect(
    toCsv('Epoch', [
      { name: 'first', points: points([1, 0.5], [2, 0.25]) },
      { name: 'second, longer', points: points([2, 0.75], [3, -0.125]) },
    ]),
  ).toBe('Epoch,first,"second, longer"\r\n1,0.5,\r\n2,0.25,0.75\r\n3,,-0.125\r\n');
});
