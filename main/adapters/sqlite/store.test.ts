import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionColumns, sessionQuerySchema } from '../../../contract/app-api.ts';
import { decisions } from '../../../contract/model-manifest.ts';
import { sampleKinds, sessionModes, sessionStatuses, syncStates } from '../../../contract/session.ts';
import { memoryHashing } from '../../ports/hashing.memory.ts';
import { exampleResult, exampleSession, moment, newSessionId } from '../../ports/store-examples.contract.ts';
import { describeStore } from '../../ports/store.contract.ts';
import { memoryStore } from '../../ports/store.memory.ts';
import type { Store } from '../../ports/store.ts';
import { systemHashing } from '../system/system.ts';
import { openStore, type SqliteStore } from './open-store.ts';

const masterKey = Uint8Array.from({ length: 32 }, (_, index) => index * 7);

function open(folder: string): SqliteStore {
  const opened = openStore({ folder, masterKey, hashing: systemHashing() });
  if (!opened.ok) throw new Error(opened.problem.code);
  return opened.value;
}

function openNew(): { readonly store: SqliteStore; readonly discard: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'spira-store-'));
  const store = open(folder);
  return {
    store,
    discard: () => {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describeStore('the SQLite store', openNew);

describe('the SQLite store and its twin', () => {
  let sqlite: ReturnType<typeof openNew>;
  beforeEach(() => {
    sqlite = openNew();
  });
  afterEach(() => sqlite.discard());

  const text = fc.oneof(
    fc.constantFrom(
      'Hospital das Clínicas',
      'HOSPITAL DAS CLINICAS',
      'Santa Casa',
      '14259401E',
      '14',
      'ß',
      '🫁',
      ' ',
    ),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  );
  const session = fc.record({
    mode: fc.constantFrom(...sessionModes),
    kind: fc.constantFrom(...sampleKinds),
    status: fc.constantFrom(...sessionStatuses),
    sync: fc.constantFrom(...syncStates),
    hospital: fc.option(text),
    recordNumber: fc.option(text),
    createdAt: fc.integer({ min: 0, max: 5 }).map((day) => moment(`2026-03-0${day + 1}T12:00:00.000Z`)),
    results: fc.array(
      fc.record({
        name: fc.constantFrom('alpha', 'beta'),
        version: fc.constantFrom('1.0.0', '2.0.0', '10.0.0'),
        decision: fc.constantFrom(...decisions, 'error' as const),
      }),
      { maxLength: 3 },
    ),
  });
  const someOf = <T>(values: readonly T[]) => fc.option(fc.subarray([...values]), { nil: undefined });
  const day = fc.option(fc.constantFrom('2026-03-02T12:00:00.000Z', '2026-03-04T00:00:00.000Z'), {
    nil: undefined,
  });
  const query = fc
    .record({
      sort: fc.record({
        column: fc.constantFrom(...sessionColumns),
        direction: fc.constantFrom('ascending' as const, 'descending' as const),
      }),
      search: fc.oneof(fc.constant(''), fc.constantFrom('clinicas', '14', 'E', 's', '🫁'), text),
      filter: fc.record({
        modes: someOf(sessionModes),
        kinds: someOf(sampleKinds),
        statuses: someOf(sessionStatuses),
        decisions: someOf(decisions),
        sync: someOf(syncStates),
        from: day,
        to: day,
      }),
      offset: fc.nat({ max: 5 }),
      limit: fc.integer({ min: 1, max: 10 }),
    })
    .map((input) => sessionQuerySchema.parse(input));

  it('give the same rows in the same order for the same query', () => {
    const twin = memoryStore({ hashing: memoryHashing() });
    const stores: readonly Store[] = [sqlite.store, twin];
    fc.assert(
      fc.property(
        fc.array(session, { minLength: 1, maxLength: 6 }),
        fc.array(query, { minLength: 1, maxLength: 12 }),
        (made, queries) => {
          for (const { results, ...facts } of made) {
            const record = exampleSession({ ...facts, id: newSessionId() });
            const screenings = results.map(({ name, version, decision }) => {
              const result = exampleResult({ sessionId: record.id }, decision);
              return { ...result, model: { ...result.model, name, version } };
            });
            for (const store of stores) {
              store.write((all) => {
                all.sessions.insert(record);
                screenings.forEach((result) => all.screenings.insert(result));
              });
            }
          }
          for (const asked of queries) {
            const [fromDisk, fromTwin] = stores.map((store) =>
              store.read(({ sessions }) => sessions.list(asked)),
            );
            expect(fromDisk).toEqual(fromTwin);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
