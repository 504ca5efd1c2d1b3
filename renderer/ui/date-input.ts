/**
 * A typed calendar date as `YYYY-MM-DD`: day, month and year with any mark between them, eight digits, or ISO order;
 * the text itself when it is no date; undefined when empty.
 */
export function parseDateInput(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const dayFirst = /^(\d{1,2})[\s./-](\d{1,2})[\s./-](\d{4})$/u.exec(trimmed);
  const digits = /^(\d{2})(\d{2})(\d{4})$/u.exec(trimmed);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u.exec(trimmed);
  const [day, month, year] =
    iso !== null
      ? [iso[3], iso[2], iso[1]]
      : [dayFirst?.[1] ?? digits?.[1], dayFirst?.[2] ?? digits?.[2], dayFirst?.[3] ?? digits?.[3]];
  if (day === undefined || month === undefined || year === undefined) return text;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isCalendarDate(date) ? date : text;
}

/** Day, month, year, as it is typed; a text that is no date is shown as it is. */
export function formatDateInput(value: string | undefined): string {
  if (value === undefined) return '';
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(value);
  return parts === null ? value : `${parts[3]}/${parts[2]}/${parts[1]}`;
}

export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The date in words, so that a swapped day and month is seen at once. */
export function dateInWords(value: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone: 'UTC' }).format(
    new Date(`${value}T00:00:00Z`),
  );
}
