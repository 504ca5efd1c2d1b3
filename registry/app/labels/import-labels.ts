import type { SessionId } from '../../../contract/ids.ts';
import {
  labelQuestionOf,
  type LabelImportReport,
  type LabelQuestion,
  type LabelQuestionId,
} from '../../../contract/registry/labels.ts';
import {
  columnsFault,
  columnsOf,
  readImportRow,
  startReport,
  type ImportRow,
  type ReportDraft,
} from '../../core/labels/import-rows.ts';
import { disagreeingSources, lastWordOf } from '../../core/labels/labels.ts';
import { hospitalsOf } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreReader, StoreTransaction } from '../../ports/store.ts';
import { findAccount } from '../people/accounts.ts';
import { recordDeed } from '../record-deed.ts';
import type { Call } from '../world.ts';
import { insertLabel, labelsOf, noteStages, type NewRow } from './label-rows.ts';

interface Import {
  readonly question: LabelQuestionId;
  readonly apply: boolean;
  readonly via: 'csv' | 'fhir';
  /** The table as it comes: first its header, then its rows. */
  readonly records: AsyncIterable<readonly string[]>;
}

/** A row that met exactly one session, and what it says of it. */
interface Planned {
  readonly sessionId: SessionId;
  readonly row: ImportRow;
  /** Further rows about the same session and source; with `isConflicting` they say something else. */
  readonly rows: number[];
  isConflicting: boolean;
}

const sessionsAtOnce = 100;

/**
 * Labels from a table, for sessions of the caller's hospitals, each found by hospital and record number. The whole table
 * is read before anything is written, so that rows that contradict each other are left out wherever they stand; a dry
 * run writes nothing. Done again, with the same table, it changes nothing. No record number leaves the table: neither
 * report, audit trail nor log holds one.
 */
export async function importLabels(
  call: Call,
  { question: questionId, apply, via, records }: Import,
): Promise<Outcome<LabelImportReport>> {
  const draft = startReport(apply);
  const planned = await plan(call, draft, labelQuestionOf(questionId), records);
  if (!planned.ok) return planned;
  const standing: Planned[] = [];
  for (const one of planned.value) {
    if (!one.isConflicting) standing.push(one);
    else draft.add('conflicting', { sessionId: one.sessionId, rows: [one.row.row, ...one.rows] });
  }
  for (let from = 0; from < standing.length; from += sessionsAtOnce) {
    const some = standing.slice(from, from + sessionsAtOnce);
    const settle = apply
      ? call.world.store.write((transaction) =>
          settleSome(call, transaction, { questionId, via, some, transaction }),
        )
      : call.world.store.read((reader) => settleSome(call, reader, { questionId, via, some }));
    for (const settled of await settle) count(draft, settled);
  }
  const { report } = draft;
  await call.world.store.write((transaction) =>
    recordDeed(call.world, transaction, {
      by: call.caller,
      action: apply ? 'labels-imported' : 'label-import-tried',
      details: {
        question: questionId,
        via,
        rows: report.rows,
        added: report.added,
        corrected: report.corrected,
        unmatched: report.unmatchedCount,
        ambiguous: report.ambiguousCount,
        conflicting: report.conflictingCount,
      },
    }),
  );
  return done(report);
}

async function plan(
  call: Call,
  draft: ReportDraft,
  question: LabelQuestion,
  records: AsyncIterable<readonly string[]>,
): Promise<Outcome<readonly Planned[]>> {
  const planned = new Map<string, Planned>();
  let columns: readonly string[] | undefined;
  for await (const cells of records) {
    if (columns === undefined) {
      columns = columnsOf(cells);
      const fault = columnsFault(columns);
      if (fault !== undefined) return refuse('invalid-input', fault);
      continue;
    }
    draft.report.rows += 1;
    const row = draft.report.rows;
    const read = readImportRow(question, columns, cells, row);
    if (!read.ok) {
      draft.add('faults', { row, why: read.why });
      continue;
    }
    const sessionId = await sessionOf(call, draft, read.row);
    if (sessionId === undefined) continue;
    draft.report.matched += 1;
    const key = `${read.row.source} ${sessionId}`;
    const before = planned.get(key);
    if (before === undefined) {
      planned.set(key, { sessionId, row: read.row, rows: [], isConflicting: false });
    } else {
      before.rows.push(row);
      before.isConflicting ||= before.row.value !== read.row.value;
    }
  }
  if (columns === undefined)
    return refuse('invalid-input', 'the table is empty: its first row names the columns');
  return done([...planned.values()]);
}

/** The one session that the row is about; where there is none, or more than one, the report says so. */
async function sessionOf(
  { world, caller }: Call,
  draft: ReportDraft,
  { row, hospital, recordNumber, sessionId, date }: ImportRow,
): Promise<SessionId | undefined> {
  const ofPatient = await world.patients.sessionsOf({ hospital, recordNumber }, hospitalsOf(caller));
  if (ofPatient === 'unknown-hospital') {
    draft.add('faults', { row, why: 'unknown-hospital' });
    return undefined;
  }
  const named = ofPatient.filter((session) => sessionId === null || session.sessionId === sessionId);
  const meant = named.filter((session) => date === null || session.date === date);
  const [first, second] = meant;
  if (first === undefined) {
    const why = named.length === 0 ? 'no-such-patient' : 'no-session-on-date';
    draft.add('unmatched', { row, sessionId: null, why });
    return undefined;
  }
  if (second === undefined) return first.sessionId;
  draft.add('ambiguous', { row, sessionIds: meant.map((session) => session.sessionId) });
  return undefined;
}

interface Settled {
  readonly planned: Planned;
  readonly outcome: 'added' | 'corrected' | 'unchanged' | 'gone';
  readonly disagreeing: LabelImportReport['disagreeing'][number]['sources'];
}

async function settleSome(
  { world, caller }: Call,
  reader: StoreReader,
  {
    questionId: question,
    via,
    some,
    transaction,
  }: {
    readonly questionId: LabelQuestionId;
    readonly via: Import['via'];
    readonly some: readonly Planned[];
    /** Absent in a dry run. */
    readonly transaction?: StoreTransaction;
  },
): Promise<readonly Settled[]> {
  const account = caller.kind === 'account' ? caller.accountId : '';
  const byName = (await findAccount(reader, account))?.displayName ?? null;
  const labels = Map.groupBy(
    await labelsOf(
      reader,
      some.map(({ sessionId }) => sessionId),
    ),
    ({ sessionId }) => sessionId,
  );
  const settled: Settled[] = [];
  for (const planned of some) {
    const { sessionId, row } = planned;
    const session = await reader.get('sessions', sessionId);
    if (session === undefined) {
      settled.push({ planned, outcome: 'gone', disagreeing: [] });
      continue;
    }
    const before = (labels.get(sessionId) ?? []).filter((label) => label.question === question);
    const voice = { question, source: row.source, readerId: null };
    const last = lastWordOf(before, voice);
    const others = before.filter(({ id }) => id !== last?.id);
    const disagreeing = [...disagreeingSources(labelQuestionOf(question), others, row.value)];
    const isSame = last?.value === row.value && (row.comment === null || last.why === row.comment);
    const outcome = isSame ? 'unchanged' : last === undefined ? 'added' : 'corrected';
    settled.push({ planned, outcome, disagreeing });
    if (transaction === undefined || isSame) continue;
    const label: NewRow = {
      ...voice,
      id: world.randomness.id(world.clock.now()),
      sessionId,
      hospitalId: session.hospitalId,
      value: row.value,
      via,
      byId: account,
      byName,
      why: row.comment,
      reading: null,
      isBlind: false,
      supersedes: last?.id ?? null,
    };
    await insertLabel(world, transaction, label);
    await noteStages(transaction, sessionId);
  }
  return settled;
}

function count(draft: ReportDraft, { planned, outcome, disagreeing }: Settled): void {
  const { row } = planned.row;
  if (outcome === 'gone') {
    draft.report.matched -= 1 + planned.rows.length;
    for (const one of [row, ...planned.rows])
      draft.add('unmatched', { row: one, sessionId: null, why: 'no-such-patient' });
    return;
  }
  draft.report[outcome] += 1;
  draft.report.unchanged += planned.rows.length;
  if (disagreeing.length > 0)
    draft.add('disagreeing', { row, sessionId: planned.sessionId, sources: disagreeing });
}
