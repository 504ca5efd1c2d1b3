import type { RunRecord, TrainingEvent } from '../../contract/training/run.ts';
import type { Outcome } from '../core/outcome.ts';

/** The records of training runs. */
export interface Runs {
  /** Refuses an id that is taken. */
  create(record: RunRecord): Promise<Outcome<null>>;
  /** Undefined where there is no such run; refuses a record that cannot be understood. */
  read(id: string): Promise<Outcome<RunRecord | undefined>>;
  /** Durable, and whole or not at all. Refuses a run that was not created. */
  save(record: RunRecord): Promise<Outcome<null>>;
  /** By time of making. */
  list(): Promise<Outcome<readonly RunRecord[]>>;
  /** At the end of the run's events. */
  append(event: TrainingEvent): Promise<Outcome<null>>;
  events(id: string): Promise<Outcome<readonly TrainingEvent[]>>;
  /** Puts an output beside the record, under a relative path, for people to open; over what was there. */
  show(id: string, path: string, bytes: Uint8Array): Promise<Outcome<null>>;
  /** Lets one process at a time work on a run: refuses while another one does, and takes over from one that is gone. */
  claim(id: string): Promise<Outcome<{ release(): Promise<void> }>>;
}
