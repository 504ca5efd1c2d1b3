import type { StoreTransaction } from '../../ports/store.ts';
import type { SyncFacts } from '../../ports/store-sync.ts';

export function changeFacts(transaction: StoreTransaction, change: Partial<SyncFacts>): SyncFacts {
  const next = { ...transaction.sync.facts(), ...change };
  transaction.sync.putFacts(next);
  return next;
}
