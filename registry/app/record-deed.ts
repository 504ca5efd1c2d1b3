import type { Json } from '../../contract/canonical-json.ts';
import { chainEntry, chainStart } from '../../contract/audit-chain.ts';
import type { Caller } from '../core/may.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { nowOf, type World } from './world.ts';

interface Deed {
  /** Who; `system` where the registry acts by itself. */
  readonly by: Caller | 'system';
  /** Word of the field, for example `session-withdrawn`. */
  readonly action: string;
  readonly subjectId?: string | null;
  readonly hospitalId?: string | null;
  readonly outcome?: 'done' | 'refused';
  /** Facts without patient data or secrets. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Adds an entry to the registry's audit chain, in the transaction that makes it true. */
export async function recordDeed(
  world: Pick<World, 'clock' | 'hashing'>,
  transaction: StoreTransaction,
  { by, action, subjectId = null, hospitalId = null, outcome = 'done', details = {} }: Deed,
): Promise<void> {
  const sequence = await transaction.next('audit');
  const [last] = await transaction.find('audit', { order: [['sequence', 'descending']], limit: 1 });
  const at = nowOf(world);
  const entry = chainEntry(
    {
      sequence,
      at: { at, zone: 'UTC' },
      by: nameOf(by),
      action,
      sessionId: subjectId,
      details: { ...details, outcome, ...(hospitalId === null ? {} : { hospitalId }) },
    },
    last?.hash ?? chainStart,
    (text) => world.hashing.sha256(text),
  );
  await transaction.insert('audit', {
    id: String(sequence).padStart(12, '0'),
    sequence,
    at,
    by: entry.by,
    action,
    subjectId,
    hospitalId,
    outcome,
    details: details as Json,
    previousHash: entry.previousHash,
    hash: entry.hash,
  });
}

function nameOf(by: Caller | 'system'): string {
  if (by === 'system') return 'system';
  switch (by.kind) {
    case 'account':
      return `account:${by.accountId}`;
    case 'workstation':
      return `workstation:${by.workstationId}`;
    case 'public':
      return 'public';
  }
}
