import type { Language, Moment } from '../../contract/localized.ts';

/** Dates, times and numbers as the reader's language writes them; numbers carry their units. */
export interface Formats {
  /** In the zone of the PC that wrote it; the zone is named when it differs from this PC's. */
  readonly moment: (moment: Moment) => string;
  /** The same in figures, for tables. */
  readonly compactMoment: (moment: Moment) => string;
  readonly instant: (at: string) => string;
  /** With the day of the week. */
  readonly instantInFull: (at: string) => string;
  /** The time alone when it was today, else date and time. */
  readonly contact: (at: string, now: Date) => string;
  /** A calendar date, `YYYY-MM-DD`. */
  readonly date: (date: string) => string;
  readonly number: (value: number, decimals?: number) => string;
  readonly bytes: (bytes: number) => string;
  readonly seconds: (seconds: number, decimals?: number) => string;
  readonly milliseconds: (ms: number) => string;
  /** A waiting time, rounded up: seconds under a minute, else minutes. */
  readonly wait: (seconds: number) => string;
  /** How long ago, in its largest unit; undefined for what lies ahead, as after a clock was set back. */
  readonly ago: (at: string, now: Date) => string | undefined;
  /** How far ahead, in its largest unit; undefined for what is past. */
  readonly ahead: (at: string, now: Date) => string | undefined;
  /** A span in its largest unit: seconds, minutes, hours or days. */
  readonly span: (ms: number) => string;
  readonly bytesPerSecond: (speed: number) => string;
  /** The unit of `bytesPerSecond` for thousands, alone: kB/s. */
  readonly speedUnit: string;
  /** Minutes and seconds as on a clock: 0:07, 12:30. */
  readonly clock: (seconds: number) => string;
  readonly decibels: (db: number) => string;
  readonly percent: (share: number, decimals?: number) => string;
  readonly list: (items: readonly string[]) => string;
}

export function formatsFor(
  language: Language,
  homeZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): Formats {
  // English without a country: day before month and 24 hours, as dates are typed on these pages.
  const dateLocale = language === 'en' ? 'en-GB' : language;
  const number = (value: number, decimals?: number): string =>
    new Intl.NumberFormat(
      language,
      decimals === undefined
        ? { maximumFractionDigits: 2 }
        : { minimumFractionDigits: decimals, maximumFractionDigits: decimals },
    ).format(value);
  const unit = (value: number, name: string, decimals: number): string =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: name,
      maximumFractionDigits: decimals,
    }).format(value);
  const inFull: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };
  const inFigures: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  };
  const dateTime = (at: string, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(dateLocale, { ...options, timeZone }).format(new Date(at));
  const instant = (at: string): string => dateTime(at, homeZone, inFull);
  // By the clock, not by the name: UTC and Etc/UTC are one zone.
  const zoned = ({ at, zone }: Moment, options: Intl.DateTimeFormatOptions): string => {
    const here = dateTime(at, homeZone, options);
    const there = isZone(zone) ? dateTime(at, zone, options) : here;
    return there === here ? here : `${there} ${zoneName(at, zone, language)}`;
  };
  const dayOf = (date: Date): string =>
    new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: homeZone }).format(date);

  return {
    moment: (moment) => zoned(moment, inFull),
    compactMoment: (moment) => zoned(moment, inFigures),
    instant,
    instantInFull: (at) => dateTime(at, homeZone, { dateStyle: 'full', timeStyle: 'short' }),
    contact(at, now) {
      const date = new Date(at);
      return dayOf(date) === dayOf(now)
        ? new Intl.DateTimeFormat(dateLocale, { timeStyle: 'short', timeZone: homeZone }).format(date)
        : instant(at);
    },
    date: (date) =>
      new Intl.DateTimeFormat(dateLocale, { dateStyle: 'medium', timeZone: 'UTC' }).format(
        new Date(`${date}T00:00:00Z`),
      ),
    number,
    bytes(bytes) {
      const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
      const step = bytes < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
      return unit(bytes / 1000 ** step, steps[step] ?? 'byte', step < 3 ? 0 : 1);
    },
    seconds: (seconds, decimals = 1) => unit(seconds, 'second', decimals),
    milliseconds: (ms) => unit(ms, 'millisecond', 0),
    wait: (seconds) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit: seconds < 60 ? 'second' : 'minute',
        unitDisplay: 'long',
      }).format(Math.ceil(seconds < 60 ? seconds : seconds / 60)),
    ago(at, now) {
      const ms = now.getTime() - Date.parse(at);
      if (ms <= -60_000) return undefined;
      const [name, size] = largestUnit(Math.max(0, ms));
      const count = name === 'second' ? 0 : Math.floor(ms / size);
      return new Intl.RelativeTimeFormat(language, { numeric: count === 0 ? 'auto' : 'always' }).format(
        -count,
        name,
      );
    },
    ahead(at, now) {
      const ms = Date.parse(at) - now.getTime();
      if (ms < 0) return undefined;
      const [name, size] = largestUnit(ms);
      return new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(Math.round(ms / size), name);
    },
    span(ms) {
      const [name, size] = largestUnit(Math.abs(ms));
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: name,
        unitDisplay: 'long',
        maximumFractionDigits: 0,
      }).format(Math.abs(ms) / size);
    },
    speedUnit: unitWord(language, 'kilobyte-per-second'),
    bytesPerSecond: (speed) =>
      speed < 1_000_000
        ? unit(speed / 1000, 'kilobyte-per-second', 0)
        : unit(speed / 1_000_000, 'megabyte-per-second', 1),
    clock(seconds) {
      const whole = Math.max(0, Math.floor(seconds));
      return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
    },
    decibels: (db) => `${number(db, 1)}\u00a0dB`,
    percent: (share, decimals = 0) =>
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: decimals }).format(share),
    list: (items) => new Intl.ListFormat(language, { type: 'conjunction' }).format(items),
  };
}

function unitWord(language: Language, unit: string): string {
  const parts = new Intl.NumberFormat(language, { style: 'unit', unit }).formatToParts(1);
  return parts.find(({ type }) => type === 'unit')?.value ?? '';
}

function largestUnit(ms: number): readonly ['second' | 'minute' | 'hour' | 'day', number] {
  if (ms < 60_000) return ['second', 1000];
  if (ms < 3_600_000) return ['minute', 60_000];
  return ms < 86_400_000 ? ['hour', 3_600_000] : ['day', 86_400_000];
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function zoneName(at: string, timeZone: string, language: Language): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'shortOffset' }).formatToParts(
    new Date(at),
  );
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone;
}
