import { expect, it } from 'vitest';
import { localDate, startOfLocalDay } from './local-time.ts';

it.each([
  ['2026-03-09T12:00:00.000Z', 'America/Sao_Paulo', '2026-03-09', '2026-03-09T03:00:00.000Z'],
  ['2026-03-09T02:59:59.999Z', 'America/Sao_Paulo', '2026-03-08', '2026-03-08T03:00:00.000Z'],
  ['2026-03-09T03:00:00.000Z', 'America/Sao_Paulo', '2026-03-09', '2026-03-09T03:00:00.000Z'],
  ['2025-12-31T23:30:00.000Z', 'Europe/Berlin', '2026-01-01', '2025-12-31T23:00:00.000Z'],
  ['2026-03-09T20:00:00.123Z', 'Asia/Kathmandu', '2026-03-10', '2026-03-09T18:15:00.000Z'],
  ['2026-03-09T12:00:00.000Z', 'UTC', '2026-03-09', '2026-03-09T00:00:00.000Z'],
  // The night the clocks go forward, and the one they go back.
  ['2026-03-29T12:00:00.000Z', 'Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['2026-10-25T12:00:00.000Z', 'Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z'],
  // A day without its midnight: in Santiago, 2026-09-06 begins at one o'clock.
  ['2026-09-06T15:00:00.000Z', 'America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z'],
])('%s in %s is on %s, which began at %s', (at, zone, date, start) => {
  expect(localDate({ at, zone })).toBe(date);
  expect(startOfLocalDay({ at, zone })).toBe(start);
});

it('reads a zone that this PC does not know as UTC', () => {
  expect(localDate({ at: '2026-03-09T23:30:00.000Z', zone: 'Mars/Olympus' })).toBe('2026-03-09');
});
