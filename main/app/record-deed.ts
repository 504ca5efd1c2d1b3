import type { AuditAction } from '../../contract/app-api.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Moment } from '../../contract/localized.ts';
import type { OutboxEntry, StoreTransaction } from '../ports/store.ts';
import { queueChange } from './sync/queue-change.ts';

/** Something that was done, as the audit trail and the outbox keep it. */
export interface Deed {
  readonly at: Moment;
  /** Username, or `system`. */
  readonly by: string;
  readonly action: AuditAction;
  readonly sessionId?: SessionId;
  /** Facts without patient data. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** What has to be sent, one day, because of it. */
  readonly changed?: readonly Pick<OutboxEntry, 'kind' | 'subjectId'>[];
}

/** In the transaction of the deed itself: neither stands without the other. */
export function recordDeed(transaction: StoreTransaction, deed: Deed): void {
  const sessionId = deed.sessionId ?? null;
  transaction.audit.append({
    at: deed.at,
    by: deed.by,
    action: deed.action,
    sessionId,
    details: deed.details ?? {},
  });
  for (const { kind, subjectId } of deed.changed ?? []) {
    queueChange(transaction, { kind, sessionId, subjectId, at: deed.at });
  }
}
