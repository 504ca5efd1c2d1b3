import type { Finding } from '../core/labels/findings.ts';
import { recordKey } from '../core/labels/record-numbers.ts';
import { HospitalRecordsFailure, type HospitalRecords } from './hospital-records.ts';

export interface MemoryHospitalRecords extends HospitalRecords {
  /** A patient with this number, and what is known of them. */
  admit(recordNumber: string, findings: readonly Finding[]): void;
  /** From now on, no answer comes. */
  goAway(): void;
}

export function memoryHospitalRecords(): MemoryHospitalRecords {
  const patients: { readonly key: string | null; readonly findings: readonly Finding[] }[] = [];
  let isAway = false;
  return {
    admit(recordNumber, findings) {
      patients.push({ key: recordKey(recordNumber), findings: [...findings] });
    },
    goAway() {
      isAway = true;
    },
    findingsOf(recordNumber) {
      if (isAway) {
        return Promise.reject(new HospitalRecordsFailure('unavailable', 'the hospital’s records are away'));
      }
      const key = recordKey(recordNumber);
      const [patient, another] = patients.filter((one) => key !== null && one.key === key);
      if (patient === undefined) return Promise.resolve({ state: 'not-on-server' });
      if (another !== undefined) return Promise.resolve({ state: 'ambiguous' });
      return Promise.resolve({ state: 'found', findings: [...patient.findings] });
    },
  };
}
