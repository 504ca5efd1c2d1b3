/** The log of decisions as a chain of hashes: an entry that is changed, left out or moved is found. */
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { Decision, DecisionContent } from '../../../contract/training/release.ts';

/** Hexadecimal SHA-256 of a text in UTF-8. */
type Sha256 = (text: string) => string;

const chainStart = '0'.repeat(64);

/** The entry that follows the last one. */
export function nextDecision(
  content: DecisionContent,
  last: Pick<Decision, 'sequence' | 'hash'> | undefined,
  sha256: Sha256,
): Decision {
  const { at, run, model, by, decision } = content;
  const entry = {
    format: 1 as const,
    sequence: (last?.sequence ?? 0) + 1,
    at,
    run,
    model,
    by,
    decision,
    previousHash: last?.hash ?? chainStart,
  };
  return { ...entry, hash: sha256(canonicalJson(entry as unknown as Json)) };
}

/** Number of the first entry that does not follow from the one before; undefined for a whole chain. */
export function brokenAt(entries: readonly Decision[], sha256: Sha256): number | undefined {
  let last: Decision | undefined;
  for (const entry of entries) {
    const { hash } = nextDecision(entry, last, sha256);
    if (entry.hash !== hash) return (last?.sequence ?? 0) + 1;
    last = entry;
  }
  return undefined;
}
