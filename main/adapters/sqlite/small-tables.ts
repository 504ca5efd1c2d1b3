/** The tables of a few columns: notes, settings, facts, model tests. */
import { z } from 'zod';
import { modelStateSchema, settingsSchema } from '../../../contract/app-api.ts';
import { entryIdSchema, sessionIdSchema } from '../../../contract/ids.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { epochMs, instantColumn, jsonColumn, type Access } from './access.ts';

const noteRow = z.strictObject({
  id: entryIdSchema,
  session_id: sessionIdSchema,
  text: z.string(),
  at_ms: instantColumn,
  at_zone: z.string().min(1),
  by_username: z.string(),
});
const settingsRow = z.strictObject({ content: jsonColumn(settingsSchema) });
const factRow = z.strictObject({ value: z.string() });
const modelTestRow = z.strictObject({
  content: jsonColumn(
    modelStateSchema.pick({ state: true, provider: true, testedAt: true, problem: true, dropped: true }),
  ),
});

export function noteTable(access: Access): StoreTransaction['notes'] {
  return {
    insert(note) {
      access.run(
        `INSERT INTO notes (id, session_id, text, at_ms, at_zone, by_username)
         VALUES (@id, @session_id, @text, @at_ms, @at_zone, @by_username)`,
        {
          id: note.id,
          session_id: note.sessionId,
          text: note.text,
          at_ms: epochMs(note.at.at),
          at_zone: note.at.zone,
          by_username: note.by,
        },
      );
    },
    ofSession: (id) =>
      access
        .all(
          noteRow,
          `SELECT id, session_id, text, at_ms, at_zone, by_username FROM notes
           WHERE session_id = ? ORDER BY ordinal`,
          [id],
        )
        .map((row) => ({
          id: row.id,
          sessionId: row.session_id,
          text: row.text,
          at: { at: row.at_ms, zone: row.at_zone },
          by: row.by_username,
        })),
  };
}

export function settingsTable(access: Access): StoreTransaction['settings'] {
  return {
    get: () => access.get(settingsRow, 'SELECT content FROM settings')?.content,
    put(settings) {
      access.run(
        `INSERT INTO settings (id, content) VALUES (1, @content)
         ON CONFLICT (id) DO UPDATE SET content = @content`,
        { content: JSON.stringify(settings) },
      );
    },
  };
}

export function factTable(access: Access): StoreTransaction['facts'] {
  return {
    get: (key) => access.get(factRow, 'SELECT value FROM facts WHERE key = ?', [key])?.value,
    put(key, value) {
      access.run(
        `INSERT INTO facts (key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = @value`,
        { key, value },
      );
    },
  };
}

export function modelTestTable(access: Access): StoreTransaction['modelTests'] {
  return {
    get: (sha256) =>
      access.get(modelTestRow, 'SELECT content FROM model_tests WHERE model_sha256 = ?', [sha256])?.content,
    put(sha256, test) {
      const { state, provider, testedAt, problem, dropped } = test;
      access.run(
        `INSERT INTO model_tests (model_sha256, content) VALUES (@sha256, @content)
         ON CONFLICT (model_sha256) DO UPDATE SET content = @content`,
        { sha256, content: JSON.stringify({ state, provider, testedAt, problem, dropped }) },
      );
    },
  };
}
