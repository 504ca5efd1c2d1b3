import { expect, it } from 'vitest';
import { inMiB, quantile, shown } from './figures.ts';

it('takes quantiles by nearest rank, whatever the order', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile(hundred, 1)]).toEqual([50, 95, 100]);
  expect(quantile([7], 0)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

it.each([
  [0.01234, '0.012'],
  [1.234, '1.23'],
  [12.34, '12.3'],
  [1234.5, '1,235'],
  [Number.NaN, '–'],
])('writes %d as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('says where memory could not be measured', () => {
  expect([inMiB(3 * 2 ** 20), inMiB(undefined)]).toEqual(['3', '–']);
});
