/**
 * The audit trail as a hash chain: each entry's hash covers its content and the hash before it, so that any edit,
 * gap, reorder or cut end is found by reading it through.
 */
import { canonicalJson } from '../../contract/canonical-json.ts';
import type { Moment } from '../../contract/localized.ts';

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

/**
 * Reads entries in stored order against the head. `edited`: the content does not give its hash, or does not follow
 * the one before; `missing`: a number is left out; `reordered`: a number comes after a higher one; `cut`: the
 * trail ends before (or beyond) its head.
 */
export function verifyChain(
  entries: Iterable<AuditEntry>,
  head: AuditHead | undefined,
  sha256: Sha256,
): { readonly entries: number; readonly findings: readonly AuditFinding[] } {
  const findings: AuditFinding[] = [];
  let count = 0;
  let highest = 0;
  let previous: AuditEntry | undefined;
  for (const entry of entries) {
    count += 1;
    if (entry.hash !== hashOf(entry, entry.previousHash, sha256)) {
      findings.push({ sequence: entry.sequence, kind: 'edited' });
    }
    if (entry.sequence <= highest) {
      findings.push({ sequence: entry.sequence, kind: 'reordered' });
    } else {
      for (let sequence = highest + 1; sequence < entry.sequence; sequence += 1) {
        findings.push({ sequence, kind: 'missing' });
      }
      const isNext = entry.sequence === (previous?.sequence ?? 0) + 1;
      if (isNext && entry.previousHash !== (previous?.hash ?? chainStart)) {
        findings.push({ sequence: entry.sequence, kind: 'edited' });
      }
      highest = entry.sequence;
    }
    previous = entry;
  }
  const expected = head ?? { entries: 0, hash: chainStart };
  if (
    highest !== expected.entries ||
    (previous !== undefined && highest === previous.sequence && previous.hash !== expected.hash)
  ) {
    findings.push({ sequence: expected.entries, kind: 'cut' });
  }
  return { entries: count, findings };
}

function hashOf(content: AuditContent, previousHash: string, sha256: Sha256): string {
  const { sequence, at, by, action, sessionId, details } = content;
  return sha256(canonicalJson({ sequence, at, by, action, sessionId, details, previousHash }));
}
