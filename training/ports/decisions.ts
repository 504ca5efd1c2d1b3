import type { Decision, DecisionContent } from '../../contract/training/release.ts';
import type { Outcome } from '../core/outcome.ts';

/** The log of what was decided about models: it only ever grows. */
export interface Decisions {
  /** At its end, durable when it answers; gives the entry as it stands in the chain. Refuses a log that was edited. */
  append(content: DecisionContent): Promise<Outcome<Decision>>;
  /** From the first on; refuses a log that was edited. */
  list(): Promise<Outcome<readonly Decision[]>>;
}
