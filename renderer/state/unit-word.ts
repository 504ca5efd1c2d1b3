import type { Translate } from '../i18n/index.ts';

/** Forms write units by their codes (UCUM); years and days are words to a reader. */
const worded = { a: 'unit.year', d: 'unit.day' } as const;

/** The unit as it stands after a number, for example "years" for 61 of `a`. */
export function unitWord(t: Translate, unit: string, count: number): string {
  return Object.hasOwn(worded, unit) ? t(worded[unit as keyof typeof worded], { count }) : unit;
}
