/**
 * The audit trail as a hash chain: each entry's hash covers its content and the hash before it, so that any edit,
 * gap, reorder or cut end is found by reading it through.
 */
import { canonicalJson } from './canonical-json.ts';
import type { Moment } from './localized.ts';

export interface AuditContent {
  /** 1 for the first entry; no number is left out. */
  readonly sequence: number;
  readonly at: Moment;
  readonly by: string;
  readonly action: string;
  readonly sessionId: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditEntry extends AuditContent {
  readonly previousHash: string;
  readonly hash: string;
}

/** How far the trail went when it was last written, kept apart from the entries. */
export interface AuditHead {
  readonly entries: number;
  readonly hash: string;
}

export interface AuditFinding {
  readonly sequence: number;
  readonly kind: 'edited' | 'missing' | 'reordered' | 'cut';
}

export type Sha256 = (text: string) => string;

export const chainStart = '0'.repeat(64);

export function chainEntry(content: AuditContent, previousHash: string, sha256: Sha256): AuditEntry {
  return { ...content, previousHash, hash: hashOf(content, previousHash, sha256) };
}

/** A trail that is all wrong is as wrong as one with this many findings; more would only fill the memory. */
export const maximumFindings = 1000;

/**
 * Reads entries in stored order against the head. `edited`: the content does not give its hash, or does not follow
 * the one before; `missing`: a number is nowhere; `reordered`: a number comes after a higher one; `cut`: the trail
 * ends before (or beyond) its head. At most `maximumFindings` findings, in the order of their numbers.
 */
export function verifyChain(
  entries: Iterable<AuditEntry>,
  head: AuditHead | undefined,
  sha256: Sha256,
): { readonly entries: number; readonly findings: readonly AuditFinding[] } {
  const findings: AuditFinding[] = [];
  const found = (sequence: number, kind: AuditFinding['kind']): void => {
    if (findings.length < maximumFindings) findings.push({ sequence, kind });
  };
  const missing = new Set<number>();
  let count = 0;
  let last: { readonly sequence: number; readonly hash: string } = { sequence: 0, hash: chainStart };
  for (const entry of entries) {
    count += 1;
    const { sequence } = entry;
    const isOwnHash = entry.hash === hashOf(entry, entry.previousHash, sha256);
    const follows = sequence !== last.sequence + 1 || entry.previousHash === last.hash;
    if (!isOwnHash || !follows) found(sequence, 'edited');
    if (sequence <= last.sequence) {
      found(sequence, 'reordered');
      missing.delete(sequence);
    } else {
      for (let next = last.sequence + 1; next < sequence && missing.size < maximumFindings; next += 1) {
        missing.add(next);
      }
      last = entry;
    }
  }
  for (const sequence of missing) found(sequence, 'missing');
  const expected = head ?? { entries: 0, hash: chainStart };
  // The end is named whatever else was found: it is the one finding that no entry stands for.
  const isCut = last.sequence !== expected.entries || last.hash !== expected.hash;
  return {
    entries: count,
    findings: [
      ...findings.toSorted((a, b) => a.sequence - b.sequence).slice(0, maximumFindings - (isCut ? 1 : 0)),
      ...(isCut ? [{ sequence: expected.entries, kind: 'cut' as const }] : []),
    ],
  };
}

function hashOf(content: AuditContent, previousHash: string, sha256: Sha256): string {
  const { sequence, at, by, action, sessionId, details } = content;
  return sha256(canonicalJson({ sequence, at, by, action, sessionId, details, previousHash }));
}
