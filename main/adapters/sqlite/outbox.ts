/** What is to be sent, and what has become of it. */
import { z } from 'zod';
import { sessionIdSchema } from '../../../contract/ids.ts';
import { itemKindSchema } from '../../../contract/registry/sync.ts';
import { syncReasons } from '../../../contract/sync-reasons.ts';
import type { OutboxFate, OutboxItem, StoreTransaction } from '../../ports/store.ts';
import { countRow, epochMs, instantColumn, type Access } from './access.ts';

const outboxRow = z.strictObject({
  ordinal: z.int(),
  kind: itemKindSchema,
  session_id: sessionIdSchema.nullable(),
  subject_id: z.string(),
  at_ms: instantColumn,
  at_zone: z.string().min(1),
  state: z.enum(['waiting', 'done', 'put-aside', 'left-out']),
  reason: z.enum(syncReasons).nullable(),
  detail: z.string().nullable(),
});
const select = `SELECT ${Object.keys(outboxRow.shape).join(', ')} FROM outbox`;

export function outboxTable(access: Access): StoreTransaction['outbox'] {
  return {
    append: (entry) =>
      access.run(
        `INSERT INTO outbox (kind, session_id, subject_id, at_ms, at_zone, state)
         SELECT @kind, @session_id, @subject_id, @at_ms, @at_zone, 'waiting'
         WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE kind = @kind AND subject_id = @subject_id)`,
        {
          kind: entry.kind,
          session_id: entry.sessionId,
          subject_id: entry.subjectId,
          at_ms: epochMs(entry.at.at),
          at_zone: entry.at.zone,
        },
      ) === 1,
    count: () =>
      access.get(countRow, `SELECT count(*) AS count FROM outbox WHERE state = 'waiting'`)?.count ?? 0,
    get(kind, subjectId) {
      const row = access.get(outboxRow, `${select} WHERE kind = ? AND subject_id = ?`, [kind, subjectId]);
      return row === undefined ? undefined : toItem(row);
    },
    ofSession: (id) =>
      access.all(outboxRow, `${select} WHERE session_id = ? ORDER BY ordinal`, [id]).map(toItem),
    waiting: (kind, limit) =>
      access
        .all(outboxRow, `${select} WHERE state = 'waiting' AND kind = ? ORDER BY ordinal LIMIT ?`, [
          kind,
          limit,
        ])
        .map(toItem),
    putAside: () => access.all(outboxRow, `${select} WHERE state = 'put-aside' ORDER BY ordinal`).map(toItem),
    settle(kind, subjectId, fate) {
      const changed = access.run(
        `UPDATE outbox SET state = @state, reason = @reason, detail = @detail
         WHERE kind = @kind AND subject_id = @subject_id`,
        { kind, subject_id: subjectId, ...fateColumns(fate) },
      );
      if (changed !== 1) throw new Error(`nothing of kind ${kind} waits under ${subjectId}`);
    },
    startOver() {
      access.run(`UPDATE outbox SET state = 'waiting' WHERE state = 'done'`);
    },
  };
}

export function fateColumns(fate: OutboxFate | { readonly state: 'sent' }) {
  return fate.state === 'put-aside' ? fate : { state: fate.state, reason: null, detail: null };
}

function toItem(row: z.infer<typeof outboxRow>): OutboxItem {
  return {
    ordinal: row.ordinal,
    kind: row.kind,
    sessionId: row.session_id,
    subjectId: row.subject_id,
    at: { at: row.at_ms, zone: row.at_zone },
    fate:
      row.state === 'put-aside'
        ? { state: row.state, reason: row.reason ?? 'content-refused', detail: row.detail }
        : { state: row.state },
  };
}
