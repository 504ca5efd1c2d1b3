/** Calendar days of this PC's zone as instants, for filters by date. */

/** First instant of the local day `YYYY-MM-DD`; undefined when it is no date. */
export function dayStart(day: string): string | undefined {
  return instantOf(day, 0);
}

/** Last millisecond of the local day. */
export function dayEnd(day: string): string | undefined {
  const next = instantOf(day, 1);
  return next === undefined ? undefined : new Date(Date.parse(next) - 1).toISOString();
}

/** The local day of an instant, `YYYY-MM-DD`. */
export function dayOf(instant: string): string {
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function instantOf(day: string, daysLater: number): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(day);
  if (parts === null) return undefined;
  const [year, month, date] = [Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])];
  const start = new Date(year, month, date);
  if (start.getFullYear() !== year || start.getMonth() !== month || start.getDate() !== date)
    return undefined;
  return new Date(year, month, date + daysLater).toISOString();
}
