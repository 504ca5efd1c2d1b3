/** When two people wrote down the same patient. */
import { foldText } from '../../../contract/fold-text.ts';
import type { Moment } from '../../../contract/localized.ts';

/**
 * A record number as it is compared: capital letters, without blanks and the marks that people put between groups.
 * Leading zeros count: the numbers of two patients may differ by nothing else. Null where nothing is left.
 */
export function recordKey(text: string | null): string | null {
  const key = (text ?? '')
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Cf}\p{Pd}./_]+/gu, '');
  return key === '' ? null : key;
}

export interface WrittenHospital {
  readonly id: string;
  /** As the registry calls it now. */
  readonly name: string;
}

/**
 * Whether `wanted` (a hospital's id, or its name) means the hospital of a session: by its id each session of the
 * hospital; by a name those that have it from the bedside, or have no other.
 */
export function meansHospital(wanted: string, hospital: WrittenHospital, bedside: string | null): boolean {
  const key = foldText(wanted);
  return key === hospital.id || key === foldText(bedside ?? hospital.name);
}

/** `YYYY-MM-DD` where the moment was taken; of a zone that nobody knows, in UTC. */
export function localDate({ at, zone }: Moment): string {
  try {
    const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, calendar: 'iso8601' }).formatToParts(
      Date.parse(at),
    );
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
    return `${part('year').padStart(4, '0')}-${part('month').padStart(2, '0')}-${part('day').padStart(2, '0')}`;
  } catch {
    return at.slice(0, 10);
  }
}
