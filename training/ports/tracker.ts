import type { RunUpload } from '../../contract/registry/training-runs.ts';
import type { NamedArtefact } from '../../contract/training/run-facts.ts';
import type { Outcome } from '../core/outcome.ts';

/** A run as it stands, for whoever keeps it besides the disk; its curve grows while a fit is under way. */
export interface TrackedRun extends RunUpload {
  /** Key of the fit that the curve is of; null where there is none. */
  readonly fit: string | null;
  /** Those that are to be there; none while a fit is under way, which brings its curve alone. */
  readonly artefacts: readonly NamedArtefact[];
  /** The bytes of an artefact. */
  read(sha256: string): Promise<Outcome<Uint8Array>>;
}

/** Another place where runs are kept. It may be away: then it gets all that it lacks the next time. */
export interface Tracker {
  /** For people: what and where, without credentials. */
  readonly name: string;
  /**
   * Keeps the run as it stands, and of its artefacts those that are not there yet. Again: the same is there once, and of
   * a fit each epoch once.
   */
  keep(run: TrackedRun): Promise<Outcome<null>>;
}
