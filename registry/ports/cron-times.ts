/** When something periodic is due. */
export interface CronTimes {
  /**
   * Epoch ms of the first time after `afterMs` that the expression names in the time zone; undefined where there is none
   * within its years, null where expression or zone cannot be understood.
   */
  next(expression: string, timeZone: string, afterMs: number): number | undefined | null;
}
