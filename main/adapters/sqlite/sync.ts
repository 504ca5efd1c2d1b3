/** What the store keeps for the way to the registry. */
import { z } from 'zod';
import { entryIdSchema, sessionIdSchema, sha256Schema, takeIdSchema } from '../../../contract/ids.ts';
import { instantSchema, momentSchema } from '../../../contract/localized.ts';
import {
  hospitalIdSchema,
  namedKeySchema,
  registryIdSchema,
  workstationIdSchema,
} from '../../../contract/registry/ids.ts';
import {
  offeredModelSchema,
  sessionContentSchema,
  signedReceiptSchema,
  uploadEncodings,
  withdrawalKinds,
} from '../../../contract/registry/sync.ts';
import { followedAliasSchema, modelOfferSchema, modelServices } from '../../../contract/model-rollout.ts';
import { syncReasons } from '../../../contract/sync-reasons.ts';
import { syncSettingsSchema } from '../../../contract/sync-state.ts';
import { firstSyncFacts } from '../../core/first-sync-facts.ts';
import { completeStatuses } from '../../core/session-keys.ts';
import type { LocalTombstone, StoreSync, SyncFacts, TakeAudio } from '../../ports/store-sync.ts';
import { countRow, epochMs, flagColumn, instantColumn, jsonColumn, type Access } from './access.ts';
import { fateColumns } from './outbox.ts';

const keyPairSchema = z.strictObject({ publicKey: z.string(), privateKey: z.string() });
const factsSchema: z.ZodType<SyncFacts> = z.strictObject({
  enrolment: z
    .strictObject({
      registryUrl: z.string(),
      allowsPlainHttp: z.boolean(),
      registryId: registryIdSchema,
      workstationId: workstationIdSchema,
      workstationName: z.string(),
      hospital: z.strictObject({ id: hospitalIdSchema, name: z.string() }),
      enrolledAt: momentSchema,
      answerKey: namedKeySchema,
      modelKeys: z.array(namedKeySchema),
      keys: keyPairSchema,
    })
    .nullable(),
  lastRegistryId: registryIdSchema.nullable(),
  // Not in facts from before it was kept.
  former: z
    .strictObject({ workstationId: workstationIdSchema, keys: keyPairSchema })
    .nullable()
    .default(null),
  formerRegistries: z
    .array(
      z.strictObject({
        registryId: registryIdSchema,
        registryUrl: z.string(),
        leftAt: momentSchema,
        as: z
          .strictObject({ workstationId: workstationIdSchema, keys: keyPairSchema })
          .nullable()
          .default(null),
      }),
    )
    .default([]),
  pendingEnrolment: z.strictObject({ code: z.string(), keys: keyPairSchema }).nullable(),
  settings: syncSettingsSchema,
  feedPosition: z.int().nonnegative(),
  auditPosition: z.int().nonnegative(),
  lastContactAt: instantSchema.nullable(),
  lastReceiptAt: instantSchema.nullable(),
  clockSkewMs: z.number().nullable(),
  refusal: z.strictObject({ code: z.string(), at: momentSchema }).nullable(),
});

const audioRow = z.strictObject({
  take_id: takeIdSchema,
  session_id: sessionIdSchema,
  state: z.enum(['waiting', 'sent', 'put-aside']),
  reason: z.enum(syncReasons).nullable(),
  detail: z.string().nullable(),
  upload: jsonColumn(
    z.strictObject({
      url: z.string(),
      encoding: z.enum(uploadEncodings),
      sha256: sha256Schema,
      sizeBytes: z.int().positive(),
    }),
  ).nullable(),
  refusals: z.int().nonnegative(),
  removed_at_ms: instantColumn.nullable(),
  removed_zone: z.string().nullable(),
});
const audioColumns = Object.keys(audioRow.shape);
const selectAudio = `SELECT ${audioColumns.join(', ')} FROM take_audio`;

const tombstoneRow = z.strictObject({
  session_id: sessionIdSchema,
  kind: z.enum(withdrawalKinds),
  at_ms: instantColumn,
  at_zone: z.string().min(1),
  by_username: z.string().nullable(),
  entry_id: entryIdSchema.nullable(),
});
const tombstoneColumns = Object.keys(tombstoneRow.shape);
const selectTombstone = `SELECT ${tombstoneColumns.join(', ')} FROM tombstones`;

const offerRow = z.strictObject({
  content: jsonColumn(
    z.strictObject({
      offer: offeredModelSchema,
      sequence: z.int().nonnegative(),
      state: z.enum(['open', 'taken', 'failed']),
      problem: modelOfferSchema.shape.problem,
      settledAt: momentSchema.nullable(),
    }),
  ),
});
const followedRow = z.strictObject({ name: z.string(), alias: followedAliasSchema });
const standingRow = z.strictObject({
  content: jsonColumn(
    z.strictObject({
      sha256: sha256Schema,
      name: z.string(),
      version: z.string(),
      service: z.enum(modelServices),
      alias: z.string().nullable(),
      installedAt: momentSchema.nullable(),
    }),
  ),
});
const hospitalRow = z.strictObject({ id: hospitalIdSchema, name: z.string(), is_own: flagColumn });
const sessionIdRow = z.strictObject({ session_id: sessionIdSchema });
const takeIdRow = z.strictObject({ take_id: takeIdSchema });
const sumRow = z.strictObject({ count: z.int(), bytes: z.int() });
const complete = JSON.stringify(completeStatuses);

export function syncTables(access: Access): StoreSync {
  const count = (sql: string, parameters: readonly (string | number)[] = []): number =>
    access.get(countRow, sql, parameters)?.count ?? 0;
  const countUnsynced = (): number =>
    count(
      `SELECT count(*) AS count FROM sessions
       WHERE status IN (SELECT value FROM json_each(?)) AND sync <> 'synced'`,
      [complete],
    );
  return {
    facts: () =>
      access.get(z.strictObject({ content: jsonColumn(factsSchema) }), 'SELECT content FROM sync_facts')
        ?.content ?? firstSyncFacts,
    putFacts(facts) {
      access.run(
        `INSERT INTO sync_facts (id, content) VALUES (1, @content)
         ON CONFLICT (id) DO UPDATE SET content = @content`,
        { content: JSON.stringify(facts) },
      );
    },

    keepContent(content) {
      access.run(
        'INSERT INTO sync_sessions (session_id, content, is_open) VALUES (?, ?, 1) ON CONFLICT DO NOTHING',
        [content.id, JSON.stringify(content)],
      );
    },
    content: (id) =>
      access.get(
        z.strictObject({ content: jsonColumn(sessionContentSchema) }),
        'SELECT content FROM sync_sessions WHERE session_id = ?',
        [id],
      )?.content,
    withoutContent: (limit) =>
      access
        .all(
          sessionIdRow,
          `SELECT id AS session_id FROM sessions WHERE status IN (SELECT value FROM json_each(?))
             AND id NOT IN (SELECT session_id FROM sync_sessions) ORDER BY ordinal LIMIT ?`,
          [complete, limit],
        )
        .map((row) => row.session_id),
    open: (limit) =>
      access
        .all(
          sessionIdRow,
          `SELECT session_id FROM sync_sessions JOIN sessions ON sessions.id = session_id
           WHERE is_open = 1 ORDER BY sessions.ordinal LIMIT ?`,
          [limit],
        )
        .map((row) => row.session_id),
    countOpen: () => count('SELECT count(*) AS count FROM sync_sessions WHERE is_open = 1'),
    setOpen(id, isOpen) {
      access.run('UPDATE sync_sessions SET is_open = ? WHERE session_id = ?', [isOpen ? 1 : 0, id]);
    },

    audio(id) {
      const row = access.get(audioRow, `${selectAudio} WHERE take_id = ?`, [id]);
      return row === undefined ? undefined : toAudio(row);
    },
    audioOf: (id) =>
      access.all(audioRow, `${selectAudio} WHERE session_id = ? ORDER BY rowid`, [id]).map(toAudio),
    audioPutAside: () =>
      access.all(audioRow, `${selectAudio} WHERE state = 'put-aside' ORDER BY rowid`).map(toAudio),
    withRemovedAudio: () =>
      access
        .all(
          sessionIdRow,
          'SELECT DISTINCT session_id FROM take_audio WHERE removed_at_ms IS NOT NULL ORDER BY session_id',
        )
        .map((row) => row.session_id),
    putAudio(audio) {
      const names = audioColumns.map((name) => `@${name}`).join(', ');
      const replaced = audioColumns
        .slice(1)
        .map((name) => `${name} = @${name}`)
        .join(', ');
      access.run(
        `INSERT INTO take_audio (${audioColumns.join(', ')}) VALUES (${names})
         ON CONFLICT (take_id) DO UPDATE SET ${replaced}`,
        {
          take_id: audio.takeId,
          session_id: audio.sessionId,
          ...fateColumns(audio.fate),
          upload: audio.upload === null ? null : JSON.stringify(audio.upload),
          refusals: audio.refusals,
          removed_at_ms: audio.removedAt === null ? null : epochMs(audio.removedAt.at),
          removed_zone: audio.removedAt === null ? null : audio.removedAt.zone,
        },
      );
    },

    keepReceipt(signed) {
      access.run('INSERT INTO receipts (session_id, at_ms, content) VALUES (?, ?, ?)', [
        signed.receipt.sessionId,
        epochMs(signed.receipt.at),
        JSON.stringify(signed),
      ]);
    },
    newestReceipt: (id) =>
      access.get(
        z.strictObject({ content: jsonColumn(signedReceiptSchema) }),
        'SELECT content FROM receipts WHERE session_id = ? ORDER BY ordinal DESC LIMIT 1',
        [id],
      )?.content,
    receipts: (id) =>
      access
        .all(
          z.strictObject({ content: jsonColumn(signedReceiptSchema) }),
          'SELECT content FROM receipts WHERE session_id = ? ORDER BY ordinal',
          [id],
        )
        .map(({ content }) => content),
    removable: (receiptBefore, limit) =>
      access
        .all(
          takeIdRow,
          `SELECT take_id FROM take_audio WHERE state = 'sent' AND removed_at_ms IS NULL
             AND (SELECT max(at_ms) FROM receipts WHERE receipts.session_id = take_audio.session_id) < ?
           ORDER BY take_id LIMIT ?`,
          [epochMs(receiptBefore), limit],
        )
        .map((row) => row.take_id),

    waiting() {
      const takes = access.get(
        sumRow,
        `SELECT count(*) AS count, coalesce(sum(takes.size_bytes), 0) AS bytes
         FROM sync_sessions JOIN takes ON takes.session_id = sync_sessions.session_id
           LEFT JOIN take_audio ON take_audio.take_id = takes.id
         WHERE is_open = 1 AND coalesce(take_audio.state, 'waiting') = 'waiting'`,
      );
      const items = count(
        `SELECT count(*) AS count FROM outbox WHERE state = 'waiting' AND (kind = 'withdrawal'
           OR EXISTS (SELECT 1 FROM sync_sessions
             WHERE sync_sessions.session_id = outbox.session_id AND is_open = 1))`,
      );
      return { sessions: countUnsynced(), takes: takes?.count ?? 0, bytes: takes?.bytes ?? 0, items };
    },
    countNeedingAttention: () =>
      count(`SELECT count(*) AS count FROM sessions WHERE sync = 'needs-attention'`),
    markAll(from, to) {
      access.run(
        `UPDATE sessions SET sync = ?, sync_progress = NULL, sync_reason = NULL
         WHERE status IN (SELECT value FROM json_each(?)) AND sync = ?`,
        [to, complete, from],
      );
    },
    startOver() {
      access.run('DELETE FROM model_offers');
      access.run(`UPDATE take_audio SET state = 'waiting', reason = NULL, detail = NULL, upload = NULL,
        refusals = 0`);
      access.run('UPDATE sync_sessions SET is_open = 1');
      access.run(
        `UPDATE sessions SET sync = 'waiting', sync_progress = NULL, sync_reason = NULL
         WHERE status IN (SELECT value FROM json_each(?))`,
        [complete],
      );
    },

    condemn(takeIds) {
      for (const id of takeIds) {
        access.run('INSERT INTO condemned_takes (take_id) VALUES (?) ON CONFLICT DO NOTHING', [id]);
      }
    },
    condemned: () =>
      access.all(takeIdRow, 'SELECT take_id FROM condemned_takes ORDER BY take_id').map((row) => row.take_id),
    pardon(id) {
      access.run('DELETE FROM condemned_takes WHERE take_id = ?', [id]);
    },

    putTombstone(tombstone) {
      const names = tombstoneColumns.map((name) => `@${name}`).join(', ');
      access.run(
        `INSERT INTO tombstones (${tombstoneColumns.join(', ')}) VALUES (${names}) ON CONFLICT DO NOTHING`,
        {
          session_id: tombstone.sessionId,
          kind: tombstone.kind,
          at_ms: epochMs(tombstone.at.at),
          at_zone: tombstone.at.zone,
          by_username: tombstone.by,
          entry_id: tombstone.entryId,
        },
      );
    },
    tombstone(id) {
      const row = access.get(tombstoneRow, `${selectTombstone} WHERE session_id = ?`, [id]);
      return row === undefined ? undefined : toTombstone(row);
    },
    unburied: () =>
      access
        .all(
          tombstoneRow,
          `${selectTombstone} WHERE session_id IN (SELECT id FROM sessions) ORDER BY session_id`,
        )
        .map(toTombstone),

    putHospital({ id, name, isOwn }) {
      access.run(
        `INSERT INTO hospitals (id, name, is_own) VALUES (@id, @name, @is_own)
         ON CONFLICT (id) DO UPDATE SET name = @name, is_own = @is_own`,
        { id, name, is_own: isOwn ? 1 : 0 },
      );
    },
    hospitals: () =>
      access
        .all(hospitalRow, 'SELECT id, name, is_own FROM hospitals ORDER BY name, id')
        .map(({ id, name, is_own }) => ({ id, name, isOwn: is_own })),

    putOffer(record) {
      access.run(
        `INSERT INTO model_offers (name, alias, content) VALUES (@name, @alias, @content)
         ON CONFLICT (name, alias) DO UPDATE SET content = @content`,
        { name: record.offer.name, alias: record.offer.alias, content: JSON.stringify(record) },
      );
    },
    removeOffer({ name, alias }) {
      access.run('DELETE FROM model_offers WHERE name = ? AND alias = ?', [name, alias]);
    },
    offers: () =>
      access.all(offerRow, 'SELECT content FROM model_offers ORDER BY name, alias').map((row) => row.content),
    followed: () =>
      new Map(
        access
          .all(followedRow, 'SELECT name, alias FROM followed_aliases ORDER BY name')
          .map(({ name, alias }) => [name, alias]),
      ),
    follow(name, alias) {
      access.run(
        `INSERT INTO followed_aliases (name, alias) VALUES (@name, @alias)
         ON CONFLICT (name) DO UPDATE SET alias = @alias`,
        { name, alias },
      );
    },
    standings: () =>
      access
        .all(standingRow, 'SELECT content FROM model_standings ORDER BY model_sha256')
        .map((row) => row.content),
    putStanding(standing) {
      access.run(
        `INSERT INTO model_standings (model_sha256, content) VALUES (@sha256, @content)
         ON CONFLICT (model_sha256) DO UPDATE SET content = @content`,
        { sha256: standing.sha256, content: JSON.stringify(standing) },
      );
    },
  };
}

function toAudio(row: z.infer<typeof audioRow>): TakeAudio {
  return {
    takeId: row.take_id,
    sessionId: row.session_id,
    fate:
      row.state === 'put-aside'
        ? { state: row.state, reason: row.reason ?? 'audio-refused', detail: row.detail }
        : { state: row.state },
    upload: row.upload,
    refusals: row.refusals,
    removedAt:
      row.removed_at_ms === null || row.removed_zone === null
        ? null
        : { at: row.removed_at_ms, zone: row.removed_zone },
  };
}

function toTombstone(row: z.infer<typeof tombstoneRow>): LocalTombstone {
  return {
    sessionId: row.session_id,
    kind: row.kind,
    at: { at: row.at_ms, zone: row.at_zone },
    by: row.by_username,
    entryId: row.entry_id,
  };
}
