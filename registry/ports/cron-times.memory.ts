import type { CronTimes } from './cron-times.ts';

/** Knows `<minute> * * * *` alone, whatever the time zone. */
export function memoryCronTimes(): CronTimes {
  const hourMs = 3_600_000;
  return {
    next(expression, _timeZone, afterMs) {
      const minute = /^(\d+) \* \* \* \*$/u.exec(expression)?.[1];
      if (minute === undefined) return null;
      const thisHour = Math.floor(afterMs / hourMs) * hourMs + Number(minute) * 60_000;
      return thisHour > afterMs ? thisHour : thisHour + hourMs;
    },
  };
}
