import { z } from 'zod';
import { accountIdSchema, sessionIdSchema, sha256Schema, takeIdSchema } from '../../../contract/ids.ts';
import { captureDeviceSchema, takeSchema, type Take } from '../../../contract/session.ts';
import type { OpenTake, StoreTransaction } from '../../ports/store.ts';
import { epochMs, flagColumn, instantColumn, jsonColumn, type Access, type Value } from './access.ts';

const openTakeRow = z.strictObject({
  id: takeIdSchema,
  session_id: sessionIdSchema,
  step_key: z.string(),
  version: z.int().positive(),
  started_at_ms: instantColumn,
  started_zone: z.string().min(1),
  sample_rate_hz: z.int().positive(),
  device: jsonColumn(captureDeviceSchema),
  by_account: accountIdSchema,
});

const takeRow = z.strictObject({
  id: takeIdSchema,
  session_id: sessionIdSchema,
  step_key: z.string(),
  version: z.int().positive(),
  source: takeSchema.shape.source,
  started_at_ms: instantColumn,
  started_zone: z.string().min(1),
  sample_rate_hz: z.int().positive(),
  bit_depth: takeSchema.shape.bitDepth,
  frame_count: z.int().nonnegative(),
  duration_s: z.number().nonnegative(),
  sha256: sha256Schema,
  size_bytes: z.int().positive(),
  source_sha256: sha256Schema.nullable(),
  device: jsonColumn(captureDeviceSchema).nullable(),
  continuity: jsonColumn(takeSchema.shape.continuity),
  quality: jsonColumn(takeSchema.shape.quality),
  override: jsonColumn(takeSchema.shape.override).nullable(),
  is_chosen: flagColumn,
});

const openColumns = Object.keys(openTakeRow.shape);
const columns = Object.keys(takeRow.shape);
const selectOpen = `SELECT ${openColumns.join(', ')} FROM open_takes`;
const select = `SELECT ${columns.join(', ')} FROM takes`;

export function takeTable(access: Access): StoreTransaction['takes'] {
  return {
    open(take) {
      if (access.get(takeRow, `${select} WHERE id = ?`, [take.id]) !== undefined) {
        throw new Error(`take ${take.id} is finished`);
      }
      access.run(insertInto('open_takes', openColumns), openValues(take));
    },
    opened(id) {
      const row = access.get(openTakeRow, `${selectOpen} WHERE id = ?`, [id]);
      return row === undefined ? undefined : toOpenTake(row);
    },
    allOpen: () => access.all(openTakeRow, `${selectOpen} ORDER BY ordinal`).map(toOpenTake),
    insert(take) {
      access.run('DELETE FROM open_takes WHERE id = ?', [take.id]);
      access.run(insertInto('takes', columns), takeValues(take));
    },
    update(take) {
      const settings = columns.map((column) => `${column} = @${column}`).join(', ');
      const changed = access.run(`UPDATE takes SET ${settings} WHERE id = @id`, takeValues(take));
      if (changed !== 1) throw new Error(`there is no take with id ${take.id}`);
    },
    get(id) {
      const row = access.get(takeRow, `${select} WHERE id = ?`, [id]);
      return row === undefined ? undefined : toTake(row);
    },
    ofSession: (id) =>
      access.all(takeRow, `${select} WHERE session_id = ? ORDER BY ordinal`, [id]).map(toTake),
    abandon(id) {
      access.run('DELETE FROM open_takes WHERE id = ?', [id]);
    },
  };
}

function insertInto(table: string, names: readonly string[]): string {
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`;
}

function openValues(take: OpenTake): Readonly<Record<string, Value>> {
  return {
    id: take.id,
    session_id: take.sessionId,
    step_key: take.stepKey,
    version: take.version,
    started_at_ms: epochMs(take.startedAt.at),
    started_zone: take.startedAt.zone,
    sample_rate_hz: take.sampleRateHz,
    device: JSON.stringify(take.device),
    by_account: take.by,
  };
}

function toOpenTake(row: z.infer<typeof openTakeRow>): OpenTake {
  return {
    id: row.id,
    sessionId: row.session_id,
    stepKey: row.step_key,
    version: row.version,
    startedAt: { at: row.started_at_ms, zone: row.started_zone },
    sampleRateHz: row.sample_rate_hz,
    device: row.device,
    by: row.by_account,
  };
}

function takeValues(take: Take): Readonly<Record<string, Value>> {
  return {
    id: take.id,
    session_id: take.sessionId,
    step_key: take.stepKey,
    version: take.version,
    source: take.source,
    started_at_ms: epochMs(take.startedAt.at),
    started_zone: take.startedAt.zone,
    sample_rate_hz: take.sampleRateHz,
    bit_depth: take.bitDepth,
    frame_count: take.frameCount,
    duration_s: take.durationS,
    sha256: take.sha256,
    size_bytes: take.sizeBytes,
    source_sha256: take.sourceSha256,
    device: take.device === null ? null : JSON.stringify(take.device),
    continuity: JSON.stringify(take.continuity),
    quality: JSON.stringify(take.quality),
    override: take.override === null ? null : JSON.stringify(take.override),
    is_chosen: take.isChosen ? 1 : 0,
  };
}

function toTake(row: z.infer<typeof takeRow>): Take {
  return {
    id: row.id,
    sessionId: row.session_id,
    stepKey: row.step_key,
    version: row.version,
    source: row.source,
    startedAt: { at: row.started_at_ms, zone: row.started_zone },
    sampleRateHz: row.sample_rate_hz,
    bitDepth: row.bit_depth,
    frameCount: row.frame_count,
    durationS: row.duration_s,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    sourceSha256: row.source_sha256,
    device: row.device,
    continuity: row.continuity,
    quality: row.quality,
    override: row.override,
    isChosen: row.is_chosen,
  };
}
