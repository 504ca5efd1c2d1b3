/** The audit trail: rows in the order of writing, and a head, sealed with a key, that says how far they go. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../../contract/canonical-json.ts';
import {
  chainEntry,
  chainStart,
  verifyChain,
  type AuditEntry,
  type AuditHead,
} from '../../../contract/audit-chain.ts';
import type { Hashing } from '../../ports/hashing.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { jsonColumn, type Access } from './access.ts';

const detailsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const auditRow = z.strictObject({
  sequence: z.int(),
  at: z.string(),
  zone: z.string(),
  by_username: z.string(),
  action: z.string(),
  session_id: z.string().nullable(),
  details: jsonColumn(detailsSchema),
  previous_hash: z.string(),
  hash: z.string(),
});
/** The same, but details stay text: what was edited to nonsense is found and not refused. */
const rawRow = z.strictObject({ ...auditRow.shape, details: z.string() });
const headRow = z.strictObject({ entries: z.int(), hash: z.string(), seal: z.string() });

const columns = Object.keys(auditRow.shape).join(', ');

export function auditTable(
  access: Access,
  options: { readonly hashing: Hashing; readonly sealKey: Uint8Array },
): StoreTransaction['audit'] {
  const { sha256 } = options.hashing;
  const sealOf = (head: AuditHead): string =>
    createHmac('sha256', options.sealKey).update(`${head.entries}:${head.hash}`).digest('hex');
  const readHead = (): z.infer<typeof headRow> | undefined =>
    access.get(headRow, 'SELECT entries, hash, seal FROM audit_head');

  return {
    append(content) {
      const head = readHead() ?? { entries: 0, hash: chainStart };
      const entry = chainEntry({ ...content, sequence: head.entries + 1 }, head.hash, sha256);
      access.run(
        `INSERT INTO audit (${columns}) VALUES
           (@sequence, @at, @zone, @by_username, @action, @session_id, @details, @previous_hash, @hash)`,
        {
          sequence: entry.sequence,
          at: entry.at.at,
          zone: entry.at.zone,
          by_username: entry.by,
          action: entry.action,
          session_id: entry.sessionId,
          details: canonicalJson(entry.details),
          previous_hash: entry.previousHash,
          hash: entry.hash,
        },
      );
      const next = { entries: entry.sequence, hash: entry.hash };
      access.run(
        `INSERT INTO audit_head (id, entries, hash, seal) VALUES (1, @entries, @hash, @seal)
         ON CONFLICT (id) DO UPDATE SET entries = @entries, hash = @hash, seal = @seal`,
        { ...next, seal: sealOf(next) },
      );
    },
    ofSession: (id) =>
      access
        .all(auditRow, `SELECT ${columns} FROM audit WHERE session_id = ? ORDER BY sequence`, [id])
        .map((row) => toEntry(row, row.details)),
    list: ({ before, limit }) =>
      access
        .all(
          auditRow,
          `SELECT ${columns} FROM audit WHERE sequence < coalesce(@before, 9223372036854775807)
           ORDER BY sequence DESC LIMIT @limit`,
          { before: before ?? null, limit },
        )
        .map((row) => toEntry(row, row.details)),
    following: (after, limit) =>
      access
        .all(auditRow, `SELECT ${columns} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`, [
          after,
          limit,
        ])
        .map((row) => toEntry(row, row.details)),
    verify() {
      const head = readHead();
      const isSealed = head !== undefined && isSame(head.seal, sealOf(head));
      return verifyChain(
        storedEntries(access.each(`SELECT ${columns} FROM audit ORDER BY position`)),
        isSealed ? { entries: head.entries, hash: head.hash } : undefined,
        sha256,
      );
    },
  };
}

function* storedEntries(rows: Iterable<unknown>): Generator<AuditEntry> {
  for (const row of rows) {
    const raw = rawRow.parse(row);
    yield toEntry(raw, writtenDetails(raw.details));
  }
}

/** Details that are not exactly as they were written become some that no hash covers. */
function writtenDetails(text: string): AuditEntry['details'] {
  try {
    const details = detailsSchema.parse(JSON.parse(text));
    if (canonicalJson(details) === text) return details;
  } catch {
    // Falls through: not JSON is one way of not being as written.
  }
  return { 'not as written': text };
}

function toEntry(row: Omit<z.infer<typeof rawRow>, 'details'>, details: AuditEntry['details']): AuditEntry {
  return {
    sequence: row.sequence,
    at: { at: row.at, zone: row.zone },
    by: row.by_username,
    action: row.action,
    sessionId: row.session_id,
    details,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
