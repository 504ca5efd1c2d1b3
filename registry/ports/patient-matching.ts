/** Which sessions are of a patient whom another system names by hospital and record number. */
import type { SessionId } from '../../contract/ids.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';

export interface PatientKey {
  /** The hospital's id, or its name as somebody wrote it. */
  readonly hospital: string;
  /** As somebody wrote it: compared without regard to case, blanks and marks between groups. */
  readonly recordNumber: string;
}

export interface MatchedSession {
  readonly sessionId: SessionId;
  readonly hospitalId: HospitalId;
  /** Day of the recording where it was made, `YYYY-MM-DD`. */
  readonly date: string;
}

export interface PatientMatching {
  /**
   * Every session of the patient in these hospitals, in the order of their arrival. `unknown-hospital` where none of them
   * is called so, neither by the registry nor at a bedside where this record number was written.
   */
  sessionsOf(
    patient: PatientKey,
    among: 'all' | readonly HospitalId[],
  ): Promise<readonly MatchedSession[] | 'unknown-hospital'>;
}
