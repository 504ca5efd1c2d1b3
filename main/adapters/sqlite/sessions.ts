import { z } from 'zod';
import { answersSchema } from '../../../contract/form.ts';
import { sessionIdSchema, accountIdSchema } from '../../../contract/ids.ts';
import { modelReferenceSchema } from '../../../contract/model-manifest.ts';
import {
  consentSchema,
  sampleKinds,
  sessionModes,
  sessionStatuses,
  sessionSummarySchema,
  syncStates,
  type ScreeningResult,
  type SessionSummary,
} from '../../../contract/session.ts';
import { foldText } from '../../../contract/fold-text.ts';
import { completeStatuses, modelSortKey, searchText, withResult } from '../../core/session-keys.ts';
import type { SessionRecord, StoreTransaction } from '../../ports/store.ts';
import { countRow, epochMs, instantColumn, jsonColumn, type Access, type Value } from './access.ts';
import { decisionBits, listSessions } from './session-list.ts';

const resultsSchema = sessionSummarySchema.shape.results;

const listColumns = {
  id: sessionIdSchema,
  mode: z.enum(sessionModes),
  kind: z.enum(sampleKinds),
  status: z.enum(sessionStatuses),
  hospital: z.string().nullable(),
  record_number: z.string().nullable(),
  created_at_ms: instantColumn,
  created_zone: z.string().min(1),
  updated_at_ms: instantColumn,
  updated_zone: z.string().min(1),
  form_id: z.string(),
  form_version: z.string(),
  protocol_id: z.string(),
  protocol_version: z.string(),
  sync: z.enum(syncStates),
};

const summaryRow = z.strictObject({
  ...listColumns,
  sync_progress: sessionSummarySchema.shape.syncProgress,
  sync_reason: sessionSummarySchema.shape.syncReason,
  created_by: z.string(),
  results: jsonColumn(resultsSchema),
});

const recordRow = z.strictObject({
  ...listColumns,
  created_by: accountIdSchema,
  models: jsonColumn(z.array(modelReferenceSchema)),
  answers: jsonColumn(answersSchema),
  confirmed_warnings: jsonColumn(z.array(z.string())),
  current_step: z.string(),
  consent: jsonColumn(consentSchema).nullable(),
  skips: jsonColumn(z.array(z.strictObject({ stepKey: z.string(), reason: z.string() }))),
});

const resultsRow = z.strictObject({ results: jsonColumn(resultsSchema) });

const columns = Object.keys(listColumns)
  .map((column) => `sessions.${column}`)
  .join(', ');
const selectSummary = `SELECT ${columns}, sync_progress, sync_reason, coalesce(accounts.username, sessions.created_by) AS created_by, results
  FROM sessions LEFT JOIN accounts ON accounts.id = sessions.created_by`;
const selectRecord = `SELECT ${columns}, created_by, models, answers, confirmed_warnings, current_step, consent, skips
  FROM sessions JOIN session_contents ON session_ordinal = ordinal`;

export function sessionTable(access: Access): StoreTransaction['sessions'] {
  return {
    insert(session) {
      const values = { ...listValues(session), sync: session.sync };
      const names = Object.keys(values);
      access.run(
        `INSERT INTO sessions (id, results, decision_bits, ${names.join(', ')})
         VALUES (@id, '[]', 0, ${names.map((name) => `@${name}`).join(', ')})`,
        { id: session.id, ...values },
      );
      access.run(
        `INSERT INTO session_contents
           (session_ordinal, models, answers, confirmed_warnings, current_step, consent, skips)
         VALUES (last_insert_rowid(), @models, @answers, @confirmed_warnings, @current_step, @consent, @skips)`,
        contentValues(session),
      );
    },
    update(session) {
      const values = listValues(session);
      const changed = access.run(
        `UPDATE sessions SET ${Object.keys(values)
          .map((name) => `${name} = @${name}`)
          .join(', ')} WHERE id = @id`,
        { id: session.id, ...values },
      );
      if (changed !== 1) throw new Error(`there is no session with id ${session.id}`);
      access.run(
        `UPDATE session_contents SET models = @models, answers = @answers,
           confirmed_warnings = @confirmed_warnings, current_step = @current_step, consent = @consent, skips = @skips
         WHERE session_ordinal = (SELECT ordinal FROM sessions WHERE id = @id)`,
        { id: session.id, ...contentValues(session) },
      );
    },
    get(id) {
      const row = access.get(recordRow, `${selectRecord} WHERE id = ?`, [id]);
      return row === undefined ? undefined : toRecord(row);
    },
    list(query) {
      const { ordinals, total } = listSessions(access, query);
      const rows = access.all(
        z.strictObject({ ...summaryRow.shape, ordinal: z.int() }),
        `SELECT sessions.ordinal, ${selectSummary.slice('SELECT '.length)}
         WHERE sessions.ordinal IN (SELECT value FROM json_each(?))`,
        [JSON.stringify(ordinals)],
      );
      const byOrdinal = new Map(rows.map((row) => [row.ordinal, toSummary(row)]));
      return { total, rows: ordinals.flatMap((ordinal) => byOrdinal.get(ordinal) ?? []) };
    },
    withStatus: (statuses) =>
      access
        .all(recordRow, `${selectRecord} WHERE status IN (SELECT value FROM json_each(?)) ORDER BY ordinal`, [
          JSON.stringify(statuses),
        ])
        .map(toRecord),
    since: (instant) =>
      access
        .all(
          summaryRow,
          `${selectSummary} WHERE sessions.created_at_ms >= ? ORDER BY sessions.ordinal DESC`,
          [epochMs(instant)],
        )
        .map(toSummary),
    summary(id) {
      const row = access.get(summaryRow, `${selectSummary} WHERE sessions.id = ?`, [id]);
      return row === undefined ? undefined : toSummary(row);
    },
    countUnsynced: () =>
      access.get(
        countRow,
        `SELECT count(*) AS count FROM sessions
         WHERE status IN (SELECT value FROM json_each(?)) AND sync <> 'synced'`,
        [JSON.stringify(completeStatuses)],
      )?.count ?? 0,
    mark(id, { state, progress, reason }) {
      const changed = access.run(
        'UPDATE sessions SET sync = @state, sync_progress = @progress, sync_reason = @reason WHERE id = @id',
        { id, state, progress, reason },
      );
      if (changed !== 1) throw new Error(`there is no session with id ${id}`);
    },
    remove(id) {
      access.run(
        'DELETE FROM session_contents WHERE session_ordinal = (SELECT ordinal FROM sessions WHERE id = ?)',
        [id],
      );
      for (const table of ['take_audio', 'open_takes', 'takes', 'screenings', 'notes', 'receipts']) {
        access.run(`DELETE FROM ${table} WHERE session_id = ?`, [id]);
      }
      access.run('DELETE FROM sync_sessions WHERE session_id = ?', [id]);
      access.run(`DELETE FROM outbox WHERE session_id = ? AND kind <> 'withdrawal'`, [id]);
      access.run('DELETE FROM sessions WHERE id = ?', [id]);
    },
  };
}

/** Brings the columns that the list is sorted and filtered by up to a new result. */
export function noteResult(access: Access, result: ScreeningResult): void {
  const where = { id: result.sessionId };
  const row = access.get(resultsRow, 'SELECT results FROM sessions WHERE id = @id', where);
  if (row === undefined) throw new Error(`there is no session with id ${result.sessionId}`);
  const results = withResult(row.results, result);
  access.run(
    `UPDATE sessions SET results = @results, model_key = @model_key, decision = @decision,
       decision_bits = @decision_bits WHERE id = @id`,
    {
      ...where,
      results: JSON.stringify(results),
      model_key: modelSortKey(result.model),
      decision: results[0]?.decision ?? null,
      decision_bits: decisionBits(results.flatMap(({ decision }) => decision ?? [])),
    },
  );
}

function listValues(session: SessionRecord): Readonly<Record<string, Value>> {
  return {
    mode: session.mode,
    kind: session.kind,
    status: session.status,
    hospital: session.hospital,
    record_number: session.recordNumber,
    created_at_ms: epochMs(session.createdAt.at),
    created_zone: session.createdAt.zone,
    updated_at_ms: epochMs(session.updatedAt.at),
    updated_zone: session.updatedAt.zone,
    created_by: session.createdBy,
    form_id: session.form.id,
    form_version: session.form.version,
    protocol_id: session.protocol.id,
    protocol_version: session.protocol.version,
    hospital_key: sortKey(session.hospital),
    record_number_key: sortKey(session.recordNumber),
    search_text: searchText(session),
  };
}

function sortKey(text: string | null): string | null {
  const folded = foldText(text ?? '');
  return folded === '' ? null : folded;
}

function contentValues(session: SessionRecord): Readonly<Record<string, Value>> {
  return {
    models: JSON.stringify(session.models),
    answers: JSON.stringify(session.answers),
    confirmed_warnings: JSON.stringify(session.confirmedWarnings),
    current_step: session.currentStep,
    consent: session.consent === null ? null : JSON.stringify(session.consent),
    skips: JSON.stringify(session.skips),
  };
}

type ListRow = Omit<z.infer<typeof summaryRow>, 'created_by' | 'results' | 'sync_progress' | 'sync_reason'>;

function shared(row: ListRow) {
  return {
    id: row.id,
    mode: row.mode,
    kind: row.kind,
    status: row.status,
    hospital: row.hospital,
    recordNumber: row.record_number,
    createdAt: { at: row.created_at_ms, zone: row.created_zone },
    updatedAt: { at: row.updated_at_ms, zone: row.updated_zone },
    form: { id: row.form_id, version: row.form_version },
    protocol: { id: row.protocol_id, version: row.protocol_version },
    sync: row.sync,
  };
}

function toSummary(row: z.infer<typeof summaryRow>): SessionSummary {
  return {
    ...shared(row),
    createdBy: row.created_by,
    results: row.results,
    syncProgress: row.sync_progress,
    syncReason: row.sync_reason,
  };
}

function toRecord(row: z.infer<typeof recordRow>): SessionRecord {
  return {
    ...shared(row),
    createdBy: row.created_by,
    models: row.models,
    answers: row.answers,
    confirmedWarnings: row.confirmed_warnings,
    currentStep: row.current_step,
    consent: row.consent,
    skips: row.skips,
  };
}
