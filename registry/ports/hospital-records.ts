/** What a hospital's own system knows of a patient around a recording. */
import type { Finding, FindingCode } from '../core/labels/findings.ts';

/** What is asked for; implementations may give more, never less. */
export interface FindingsWanted {
  /** `all`: rules speak of codes and what is below them, which is compared here. */
  readonly conditions: readonly FindingCode[] | 'all';
  readonly observations: readonly FindingCode[];
  /** Epoch ms, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
}

export type FindingsOfPatient =
  | { readonly state: 'not-on-server' }
  /** The number is that of more than one patient there. */
  | { readonly state: 'ambiguous' }
  | { readonly state: 'found'; readonly findings: readonly Finding[] };

export interface HospitalRecords {
  /**
   * Findings that stand: neither refuted nor entered in error, measured and final, with their time. Rejects with
   * HospitalRecordsFailure.
   */
  findingsOf(recordNumber: string, wanted: FindingsWanted): Promise<FindingsOfPatient>;
}

/** The message is for the operator, and names no patient. */
export class HospitalRecordsFailure extends Error {
  readonly kind: 'unavailable' | 'refused' | 'unreadable';

  constructor(kind: HospitalRecordsFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HospitalRecordsFailure';
    this.kind = kind;
  }
}
