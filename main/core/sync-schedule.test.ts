import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localTime } from './local-time.ts';
import { untilAllowedMs } from './sync-schedule.ts';

const at = (instant: string, zone = 'America/Sao_Paulo') => ({ at: instant, zone });
const hours = (ms: number): number => ms / 3_600_000;

describe('a schedule', () => {
  it('allows everything where there is none', () => {
    expect(untilAllowedMs(null, at('2026-03-09T12:00:00.000Z'))).toBe(0);
  });

  it.each([
    // Three hours behind UTC.
    ['22:00', '06:00', '2026-03-09T12:00:00.000Z', 13],
    ['22:00', '06:00', '2026-03-10T01:00:00.000Z', 0],
    ['22:00', '06:00', '2026-03-10T08:59:59.000Z', 0],
    ['22:00', '06:00', '2026-03-10T09:00:00.000Z', 16],
    ['12:00', '13:00', '2026-03-09T15:30:00.000Z', 0],
    ['12:00', '13:00', '2026-03-09T16:00:00.000Z', 23],
  ])('from %s to %s at %s waits %d hours', (from, to, instant, expected) => {
    expect(hours(untilAllowedMs({ from, to }, at(instant)))).toBe(expected);
  });

  it('neither misses nor repeats an hour that daylight saving takes or gives', () => {
    // Berlin, 29 March 2026: 02:00 to 03:00 does not exist; the next such hour is a day later.
    const spring = at('2026-03-29T00:30:00.000Z', 'Europe/Berlin');
    expect(hours(untilAllowedMs({ from: '02:00', to: '03:00' }, spring))).toBe(23.5);
    // 25 October 2026: 02:30 comes twice, and both times it is within.
    for (const instant of ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']) {
      expect(untilAllowedMs({ from: '02:00', to: '03:00' }, at(instant, 'Europe/Berlin'))).toBe(0);
    }
  });

  it('always leads to a minute that is within, whatever the zone and the day', () => {
    const time = fc
      .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
      .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
    fc.assert(
      fc.property(
        time,
        time,
        fc.integer({ min: 1_770_000_000, max: 1_800_000_000 }),
        fc.constantFrom('America/Sao_Paulo', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
        (from, to, second, zone) => {
          fc.pre(from !== to);
          const waitMs = untilAllowedMs({ from, to }, at(new Date(second * 1000).toISOString(), zone));
          const then = localTime(at(new Date(second * 1000 + waitMs).toISOString(), zone));
          expect(from < to ? then >= from && then < to : then >= from || then < to).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
