import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../core/labels/findings.ts';
import { HospitalRecordsFailure, type FindingsWanted, type HospitalRecords } from './hospital-records.ts';

export interface HospitalRecordsUnderTest {
  readonly records: HospitalRecords;
  /** Another patient with this number, and what is known of them. */
  admit(recordNumber: string, findings: readonly Finding[]): void;
  /** From now on, no answer comes. */
  goAway(): void;
  end(): Promise<void>;
}

const loinc = 'http://loinc.org';
const icd = 'http://hl7.org/fhir/sid/icd-10';
const at = Date.parse('2026-03-09T12:00:00.000Z');
const hour = 3_600_000;

export const saturation = {
  kind: 'observation',
  codes: [{ system: loinc, code: '59408-5' }],
  value: 86,
  unit: '%',
  atMs: at,
} as const satisfies Finding;
export const failure = {
  kind: 'condition',
  codes: [{ system: icd, code: 'J96.0' }],
  fromMs: at - hour,
  untilMs: at + hour,
} as const satisfies Finding;
const wanted: FindingsWanted = {
  conditions: [{ system: icd, code: 'J96.0' }],
  observations: [{ system: loinc, code: '59408-5' }],
  fromMs: at - 24 * hour,
  toMs: at + 24 * hour,
};

export function describeHospitalRecords(name: string, open: () => Promise<HospitalRecordsUnderTest>): void {
  describe(`${name} tells of a patient`, () => {
    let subject: HospitalRecordsUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.end());

    it('every finding that was asked for', async () => {
      subject.admit('14259401E', [failure, saturation]);
      subject.admit('2', [{ ...saturation, value: 99 }]);
      expect(await subject.records.findingsOf('14259401E', wanted)).toEqual({
        state: 'found',
        findings: [failure, saturation],
      });
    });

    it('conditions of whatever code, where they are compared by what is above them', async () => {
      const other: Finding = { ...failure, codes: [{ system: icd, code: 'J96.9' }], untilMs: null };
      subject.admit('1', [failure, other]);
      const found = await subject.records.findingsOf('1', { ...wanted, conditions: 'all' });
      expect(found).toEqual({ state: 'found', findings: [failure, other] });
    });

    it('that nothing is known', async () => {
      subject.admit('1', []);
      expect(await subject.records.findingsOf('1', wanted)).toEqual({ state: 'found', findings: [] });
    });

    it('however the groups of the number are written', async () => {
      subject.admit('14259401E', [saturation]);
      expect((await subject.records.findingsOf('14.259.401-E', wanted)).state).toBe('found');
    });

    it('that there is none, or more than one with the number', async () => {
      subject.admit('1', [saturation]);
      subject.admit('1', []);
      expect(await subject.records.findingsOf('1', wanted)).toEqual({ state: 'ambiguous' });
      expect(await subject.records.findingsOf('2', wanted)).toEqual({ state: 'not-on-server' });
    });

    it('nothing when it is away, and says so without naming the patient', async () => {
      subject.goAway();
      const failed: unknown = await subject.records
        .findingsOf('14259401E', wanted)
        .catch((cause: unknown) => cause);
      expect(failed).toBeInstanceOf(HospitalRecordsFailure);
      expect(failed).toMatchObject({ kind: 'unavailable' });
      expect(String(failed)).not.toContain('14259401E');
    });
  });
}
