import type { Decision } from '../../contract/training/release.ts';
import { nextDecision } from '../core/gate/decision-chain.ts';
import { done } from '../core/outcome.ts';
import type { Decisions } from './decisions.ts';

/** A log that lasts as long as the process. */
export function memoryDecisions(sha256: (text: string) => string): Decisions {
  const entries: Decision[] = [];
  return {
    async append(content) {
      const entry = nextDecision(content, entries.at(-1), sha256);
      entries.push(entry);
      return done(entry);
    },
    list: async () => done([...entries]),
  };
}
