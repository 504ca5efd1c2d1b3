import { chainEntry, chainStart, type Sha256 } from '../../contract/audit-chain.ts';
import type { AuditEntryContent } from '../../contract/registry/sync.ts';

export interface ChainFault {
  readonly sequence: number;
  readonly reason: 'audit-edited' | 'audit-chain-broken';
}

/**
 * What is wrong where a new entry joins its workstation's chain. Entries come in any order: each link is looked at when
 * the second of its two ends has come, and blamed on the later number; an entry whose content does not give its own
 * hash is blamed for that first.
 */
export function chainFaultsAround(
  entry: AuditEntryContent,
  entryAt: (sequence: number) => AuditEntryContent | undefined,
  sha256: Sha256,
): readonly ChainFault[] {
  const { previousHash, hash, ...content } = entry;
  const isOwnHash = chainEntry(content, previousHash, sha256).hash === hash;
  const before = entry.sequence === 1 ? chainStart : entryAt(entry.sequence - 1)?.hash;
  const after = entryAt(entry.sequence + 1)?.previousHash;
  const faults: ChainFault[] = [];
  if (!isOwnHash) faults.push({ sequence: entry.sequence, reason: 'audit-edited' });
  else if (before !== undefined && before !== previousHash) {
    faults.push({ sequence: entry.sequence, reason: 'audit-chain-broken' });
  }
  if (after !== undefined && after !== hash) {
    faults.push({ sequence: entry.sequence + 1, reason: 'audit-chain-broken' });
  }
  return faults;
}
