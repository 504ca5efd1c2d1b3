import { expect, it } from 'vitest';
import { figureOf, metricRows, sameOrNot } from './run-comparison.ts';

const metric = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

it('lists every metric of any run, the known ones first', () => {
  const rows = metricRows([
    { clean: { brier: metric(0.1), accuracy: metric(0.9) }, other: { own: metric(1) } },
    { 'noisy-both': { auc: metric(0.8) }, clean: { accuracy: metric(0.7) } },
  ]);
  expect(rows.map(({ condition, metric: name }) => `${condition} ${name}`)).toEqual([
    'clean accuracy',
    'clean brier',
    'noisy-both auc',
    'other own',
  ]);
  expect(rows[0]?.values.map((value) => value?.value)).toEqual([0.9, 0.7]);
  expect(rows[1]?.values[1]).toBeNull();
});

it.each([
  [['a', 'a'], 'same'],
  [['a', 'b'], 'different'],
  [['a', null], 'unknown'],
  [[null, null], 'unknown'],
] as const)('says of %j that it is %s', (values, is) => {
  expect(sameOrNot('data', values, (value) => value)).toEqual({ name: 'data', is });
});

it('reads a figure that is a number', () => {
  expect([figureOf({ figures: { auc: 0.9, note: 'x' } }, 'auc'), figureOf({ figures: {} }, 'auc')]).toEqual([
    0.9,
    null,
  ]);
});
