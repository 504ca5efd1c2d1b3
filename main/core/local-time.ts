/** Calendar dates of a moment in its own zone. */
import type { Moment } from '../../contract/localized.ts';

/** `YYYY-MM-DD` on the wall where the moment was taken. */
export function localDate(moment: Moment): string {
  const { year, month, day } = wallParts(Date.parse(moment.at), moment.zone);
  return `${year}-${month}-${day}`;
}

/** `HH:MM` on the wall where the moment was taken. */
export function localTime(moment: Moment): string {
  const { hour, minute } = wallParts(Date.parse(moment.at), moment.zone);
  return `${hour}:${minute}`;
}

/** The instant (ISO 8601, UTC) at which the moment's calendar day began there. */
export function startOfLocalDay(moment: Moment): string {
  const atMs = Date.parse(moment.at);
  const date = localDate(moment);
  let startMs = atMs - sinceMidnightMs(atMs, moment.zone);
  // Where the clock was changed since midnight, the first guess is off by that change.
  if (localDate({ at: new Date(startMs).toISOString(), zone: moment.zone }) !== date) {
    startMs += 86_400_000 - sinceMidnightMs(startMs, moment.zone);
  } else {
    startMs -= sinceMidnightMs(startMs, moment.zone);
  }
  return new Date(startMs).toISOString();
}

function sinceMidnightMs(atMs: number, zone: string): number {
  const { hour, minute, second } = wallParts(atMs, zone);
  return (
    ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + (((atMs % 1000) + 1000) % 1000)
  );
}

type WallParts = Readonly<Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>>;

function wallParts(atMs: number, zone: string): WallParts {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(atMs)
      .map((part) => [part.type, part.value]),
  );
  const part = (name: keyof WallParts): string => parts.get(name) ?? '00';
  return {
    year: part('year').padStart(4, '0'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

const wallOptions = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;

/** Made once per zone: making one takes a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = makeFormat(zone);
  formats.set(zone, format);
  return format;
}

function makeFormat(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { ...wallOptions, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat('en-US', { ...wallOptions, timeZone: 'UTC' });
  }
}
