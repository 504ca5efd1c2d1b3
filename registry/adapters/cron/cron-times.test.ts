import { expect, it } from 'vitest';
import { cronerTimes } from './cron-times.ts';

const next = (expression: string, zone: string, after: string): string | null => {
  const found = cronerTimes().next(expression, zone, Date.parse(after));
  return typeof found === 'number' ? new Date(found).toISOString() : null;
};

it.each([
  ['every night in São Paulo', '30 2 * * *', 'America/Sao_Paulo', '2026-03-09T12:00Z', '2026-03-10T05:30'],
  ['strictly after', '0 12 * * *', 'UTC', '2026-03-09T12:00Z', '2026-03-10T12:00'],
  ['Mondays', '0 6 * * MON', 'UTC', '2026-03-09T12:00Z', '2026-03-16T06:00'],
  ['seconds first', '15 0 0 1 * *', 'UTC', '2026-03-09T12:00Z', '2026-04-01T00:00'],
  ['29 February', '0 0 29 2 *', 'UTC', '2026-03-09T12:00Z', '2028-02-29T00:00'],
  // In Lisbon, clocks go from 01:00 to 02:00 on 29 March, and from 02:00 back to 01:00 on 25 October.
  ['a time that spring leaves out', '30 1 * * *', 'Europe/Lisbon', '2026-03-29T00:30Z', '2026-03-29T01:00'],
  [
    'a time that autumn has twice, once',
    '30 1 * * *',
    'Europe/Lisbon',
    '2026-10-25T00:31Z',
    '2026-10-26T01:30',
  ],
])('finds the next time: %s', (_name, expression, zone, after, expected) => {
  expect(next(expression, zone, after)?.slice(0, 16)).toBe(expected);
});

it.each([
  ['four fields', '0 0 * *', 'UTC'],
  ['a minute that is none', '61 * * * *', 'UTC'],
  ['words', 'every now and then', 'UTC'],
  ['a zone that is none', '0 0 * * *', 'Mars/Olympus'],
])('does not understand %s', (_name, expression, zone) => {
  expect(cronerTimes().next(expression, zone, 0)).toBeNull();
});

it('says that there is no time where there is none', () => {
  expect(cronerTimes().next('0 0 30 2 *', 'UTC', 0)).toBeUndefined();
});
