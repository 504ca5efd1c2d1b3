/** Cron expressions by croner: five fields, or six with seconds first; summer time as Vixie cron has it. */
import { Cron } from 'croner';
import type { CronTimes } from '../../ports/cron-times.ts';

export function cronerTimes(): CronTimes {
  return {
    next(expression, timeZone, afterMs) {
      try {
        const cron = new Cron(expression, { timezone: timeZone, mode: '5-or-6-parts', paused: true });
        return cron.nextRun(new Date(afterMs))?.getTime();
      } catch {
        return null;
      }
    },
  };
}
