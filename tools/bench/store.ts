/** How fast the store is with 100,000 sessions: opening, listing, sorting, searching, inserting. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { sessionColumns, sessionQuerySchema, type SessionQueryInput } from '../../contract/app-api.ts';
import { accountIdSchema, resultIdSchema, sessionIdSchema, takeIdSchema } from '../../contract/ids.ts';
import { sampleKinds, syncStates, type ScreeningResult } from '../../contract/session.ts';
import { openStore, type SqliteStore } from '../../main/adapters/sqlite/open-store.ts';
import { systemHashing } from '../../main/adapters/system/system.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import type { SessionRecord, StoreTransaction } from '../../main/ports/store.ts';

const sessionCount = 100_000;
const perTransaction = 1000;
const rounds = 21;
const startMs = Date.parse('2024-01-01T00:00:00.000Z');
const hospitals = Array.from({ length: 40 }, (_, index) => `Hospital São Número ${index + 1}`);
const account = accountIdSchema.parse(newId(startMs));

interface Figure {
  readonly what: string;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly limitMs: number;
}

/** Fills a store in the temporary folder, measures, and answers with a Markdown section. */
export async function benchStore(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'spira-bench-'));
  try {
    const options = { folder, masterKey: randomBytes(32), hashing: systemHashing() };
    const open = (): SqliteStore => {
      const opened = openStore(options);
      if (!opened.ok) throw new Error(`the store does not open: ${opened.problem.code}`);
      return opened.value;
    };
    fill(open);
    const figures = [measureOpening(open), ...measureOpen(open)];
    const maintenance = await measureMaintenance(open);
    return report(figures, { databaseBytes: statSync(join(folder, 'store.db')).size, maintenance });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(open: () => SqliteStore): void {
  const store = open();
  for (let first = 0; first < sessionCount; first += perTransaction) {
    store.write((all) => {
      for (let index = first; index < first + perTransaction; index += 1) insertSession(all, index);
    });
  }
  store.close();
}

/** A session as a ward leaves it: contents, two results, five audit entries' worth of trail. */
function insertSession(all: StoreTransaction, index: number): void {
  const session = sessionOf(index);
  all.sessions.insert(session);
  if (index % 3 !== 0) all.screenings.insert(resultOf(session, index, 'baseline'));
  if (index % 10 === 1) all.screenings.insert(resultOf(session, index, 'second'));
  for (const action of ['session-created', 'session-completed'] as const) {
    all.audit.append({ at: session.createdAt, by: 'ana', action, sessionId: session.id, details: { index } });
  }
}

/** First opening in a new connection each time: what a start of the app waits for, with the first page of the list. */
function measureOpening(open: () => SqliteStore): Figure {
  const times = Array.from({ length: 5 }, () => {
    const before = performance.now();
    const store = open();
    list(store, {});
    const elapsed = performance.now() - before;
    store.close();
    return elapsed;
  });
  return figure('open, with the first page of the list', times, 2000);
}

function measureOpen(open: () => SqliteStore): readonly Figure[] {
  const store = open();
  try {
    const timed = (what: string, work: (round: number) => void): Figure =>
      figure(
        what,
        Array.from({ length: rounds }, (_, round) => elapsedMs(() => work(round))),
        100,
      );
    const sorts = sessionColumns.flatMap((column) =>
      (['ascending', 'descending'] as const).map((direction) =>
        timed(`list by ${column}, ${direction}`, () => list(store, { sort: { column, direction } })),
      ),
    );
    const recordNumber = (round: number): string => recordNumberOf(round * 4_649 + 17);
    return [
      ...sorts,
      timed('list, last page', () => list(store, { offset: sessionCount - 100 })),
      timed('search by whole record number', (round) => list(store, { search: recordNumber(round) })),
      timed('search by part of a record number', (round) =>
        list(store, { search: recordNumber(round).slice(2, 7) }),
      ),
      timed('search by hospital, sorted by record number', () =>
        list(store, { search: 'sao numero 7', sort: { column: 'recordNumber', direction: 'ascending' } }),
      ),
      timed('search that finds nothing', () => list(store, { search: 'nowhere' })),
      timed('filter by decision, status and kind', () =>
        list(store, { filter: { decisions: ['positive'], statuses: ['completed'], kinds: ['TEST'] } }),
      ),
      timed('insert a session, durable', (round) =>
        store.write((all) => all.sessions.insert(sessionOf(sessionCount + round))),
      ),
      timed('insert a session with result and audit, durable', (round) =>
        store.write((all) => insertSession(all, sessionCount + 1000 + round)),
      ),
    ];
  } finally {
    store.close();
  }
}

async function measureMaintenance(
  open: () => SqliteStore,
): Promise<{ readonly ms: number; readonly stallMs: number }> {
  const store = open();
  let stallMs = 0;
  let last = performance.now();
  const heartbeat = setInterval(() => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last - 5);
    last = now;
  }, 5);
  const before = performance.now();
  const report = await store.maintenance.run('2026-03-09T12:00:00.000Z');
  const ms = performance.now() - before;
  clearInterval(heartbeat);
  store.close();
  if (!report.ok) throw new Error(`maintenance failed: ${report.problem.code}`);
  return { ms, stallMs };
}

function list(store: SqliteStore, query: Partial<SessionQueryInput>): void {
  const parsed = sessionQuerySchema.parse({ sort: { column: 'date', direction: 'descending' }, ...query });
  store.read(({ sessions }) => sessions.list(parsed));
}

function sessionOf(index: number): SessionRecord {
  const at = new Date(startMs + index * 600_000).toISOString();
  const moment = { at, zone: 'America/Sao_Paulo' };
  const isDraft = index % 50 === 0;
  return {
    id: sessionIdSchema.parse(newId(startMs + index * 600_000)),
    mode: index % 4 === 0 ? 'collection' : 'inference',
    kind: sampleKinds[index % sampleKinds.length] ?? 'PATIENT',
    status: isDraft ? 'draft' : index % 3 === 0 ? 'recorded' : 'completed',
    hospital: hospitals[(index * 7) % hospitals.length] ?? null,
    recordNumber: recordNumberOf(index),
    createdAt: moment,
    updatedAt: moment,
    createdBy: account,
    form: { id: 'spira-patient', version: '1.1.0' },
    protocol: { id: 'spira', version: '1.0.0' },
    models: [{ name: 'baseline', version: '1.0.0' }],
    answers: {
      rgh: recordNumberOf(index),
      sex: 'female',
      age: 20 + (index % 70),
      covidStatus: 'FALSE',
      maskType: 'THIN',
      spo2: 90 + (index % 10),
      heartRate: 60 + (index % 50),
      respiratoryRate: 12 + (index % 20),
      comorbidities: ['asthma', 'hypertension'],
    },
    confirmedWarnings: [],
    currentStep: 'result',
    consent: null,
    skips: [],
    sync: syncStates[index % syncStates.length] ?? 'local-only',
  };
}

function resultOf(session: SessionRecord, index: number, name: string): ScreeningResult {
  const decision = (['positive', 'negative', 'inconclusive'] as const)[index % 3] ?? 'inconclusive';
  return {
    id: resultIdSchema.parse(newId(Date.parse(session.createdAt.at))),
    sessionId: session.id,
    at: session.createdAt,
    by: account,
    model: { name, version: '1.0.0', sha256: 'ab'.repeat(32), isDemonstration: true },
    appVersion: '0.1.0',
    inputs: {
      takes: [{ stepKey: 'sustentada', takeId: takeIdSchema.parse(newId(startMs)), sha256: 'cd'.repeat(32) }],
      fields: [],
      ageYears: null,
      refusedRecordings: [],
    },
    outcome: {
      status: 'completed',
      provider: 'cpu',
      labels: ['negative', 'positive'],
      positiveLabel: 'positive',
      scores: [0.25, 0.75],
      windowScores: Array.from({ length: 15 }, (_, row) => [1 - row / 15, row / 15]),
      evidence: Array.from({ length: 15 }, (_, row) => ({
        stepKey: 'sustentada',
        startS: row,
        endS: row + 4,
        score: row / 15,
      })),
      thresholds: { positive: 0.7, negative: 0.3 },
      shownScore: 0.75,
      decision,
      reasons: ['at-or-above-positive-threshold'],
      timing: { resampleMs: 1, inferenceMs: 39, totalMs: 41 },
    },
  };
}

/** Eight digits in no order and a letter, as one of the hospitals writes them. */
function recordNumberOf(index: number): string {
  return `${String((index * 7_368_787) % 100_000_000).padStart(8, '0')}${String.fromCharCode(65 + (index % 11))}`;
}

function newId(epochMs: number): string {
  return uuidV7(epochMs, randomBytes(10));
}

function elapsedMs(work: () => void): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

function figure(what: string, times: readonly number[], limitMs: number): Figure {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    what,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    slowestMs: sorted.at(-1) ?? 0,
    limitMs,
  };
}

function report(
  figures: readonly Figure[],
  { databaseBytes, maintenance }: { databaseBytes: number; maintenance: { ms: number; stallMs: number } },
): string {
  const lines = [
    `### Store: ${sessionCount.toLocaleString('en')} sessions`,
    '',
    `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}; database ` +
      `${Math.round(databaseBytes / 2 ** 20)} MiB, encrypted; ${rounds} rounds, opening 5.`,
    '',
    '| what | median, ms | slowest, ms | limit, ms |',
    '|---|--:|--:|--:|',
    ...figures.map(
      ({ what, medianMs, slowestMs, limitMs }) =>
        `| ${what} | ${medianMs.toFixed(1)} | ${slowestMs.toFixed(1)} | ${limitMs} |`,
    ),
    '',
    `Integrity check and backup in their own thread: ${(maintenance.ms / 1000).toFixed(1)} s; longest stall of the ` +
      `main thread meanwhile: ${maintenance.stallMs.toFixed(0)} ms.`,
  ];
  return lines.join('\n');
}
