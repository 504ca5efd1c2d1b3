import { z } from 'zod';
import { accountIdSchema, resultIdSchema, sessionIdSchema } from '../../../contract/ids.ts';
import { screeningResultSchema, type ScreeningResult } from '../../../contract/session.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { epochMs, instantColumn, jsonColumn, type Access } from './access.ts';
import { noteResult } from './sessions.ts';

const screeningRow = z.strictObject({
  id: resultIdSchema,
  session_id: sessionIdSchema,
  at_ms: instantColumn,
  at_zone: z.string().min(1),
  by_account: accountIdSchema,
  model: jsonColumn(screeningResultSchema.shape.model),
  app_version: z.string(),
  inputs: jsonColumn(screeningResultSchema.shape.inputs),
  outcome: jsonColumn(screeningResultSchema.shape.outcome),
});

const columns = Object.keys(screeningRow.shape);
const select = `SELECT ${columns.join(', ')} FROM screenings`;

export function screeningTable(access: Access): StoreTransaction['screenings'] {
  return {
    insert(result) {
      access.run(
        `INSERT INTO screenings (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
        {
          id: result.id,
          session_id: result.sessionId,
          at_ms: epochMs(result.at.at),
          at_zone: result.at.zone,
          by_account: result.by,
          model: JSON.stringify(result.model),
          app_version: result.appVersion,
          inputs: JSON.stringify(result.inputs),
          outcome: JSON.stringify(result.outcome),
        },
      );
      noteResult(access, result);
    },
    get(id) {
      const row = access.get(screeningRow, `${select} WHERE id = ?`, [id]);
      return row === undefined ? undefined : toResult(row);
    },
    ofSession: (id) =>
      access.all(screeningRow, `${select} WHERE session_id = ? ORDER BY ordinal`, [id]).map(toResult),
  };
}

function toResult(row: z.infer<typeof screeningRow>): ScreeningResult {
  return {
    id: row.id,
    sessionId: row.session_id,
    at: { at: row.at_ms, zone: row.at_zone },
    by: row.by_account,
    model: row.model,
    appVersion: row.app_version,
    inputs: row.inputs,
    outcome: row.outcome,
  };
}
