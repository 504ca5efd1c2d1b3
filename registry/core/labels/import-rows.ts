/** Rows of a table as labels to import, and what an import finds. */
import { sessionIdSchema } from '../../../contract/ids.ts';
import {
  importedSources,
  labelCsvColumns,
  maximumReportEntries,
  type LabelImportReport,
  type labelRowFaults,
  type LabelQuestion,
} from '../../../contract/registry/labels.ts';
import { foldText } from '../../../contract/fold-text.ts';
import { recordKey } from './record-numbers.ts';

export interface ImportRow {
  /** Data row of the table, from 1. */
  readonly row: number;
  /** Id or name. */
  readonly hospital: string;
  readonly recordNumber: string;
  readonly sessionId: string | null;
  /** `YYYY-MM-DD` of the recording. */
  readonly date: string | null;
  readonly value: string;
  readonly source: (typeof importedSources)[number];
  readonly comment: string | null;
}

type RowFault = (typeof labelRowFaults)[number];
type ImportRowRead =
  { readonly ok: true; readonly row: ImportRow } | { readonly ok: false; readonly why: RowFault };

const maximumCommentLength = 1000;

/** Names of columns as they are compared: folded, blanks as underscores. */
export function columnsOf(header: readonly string[]): readonly string[] {
  return header.map((name) => foldText(name).replaceAll(' ', '_'));
}

/** Why the columns are not those of a table of labels; undefined where they are. Never quotes what stands there. */
export function columnsFault(columns: readonly string[]): string | undefined {
  const known: readonly string[] = [...labelCsvColumns.needed, ...labelCsvColumns.optional];
  const missing = labelCsvColumns.needed.find((column) => !columns.includes(column));
  if (missing !== undefined) return `column ${missing} is missing; the columns are ${known.join(', ')}`;
  if (columns.some((column) => !known.includes(column))) {
    return `there is a column that is none of ${known.join(', ')}`;
  }
  return new Set(columns).size === columns.length ? undefined : 'a column stands twice';
}

export function readImportRow(
  question: LabelQuestion,
  columns: readonly string[],
  cells: readonly string[],
  row: number,
): ImportRowRead {
  const refuse = (why: RowFault): ImportRowRead => ({ ok: false, why });
  if (cells.length !== columns.length) return refuse('wrong-cells');
  const cell = (column: string): string => cells[columns.indexOf(column)]?.trim() ?? '';
  const optional = (column: string): string | null => {
    const text = columns.includes(column) ? cell(column) : '';
    return text === '' ? null : text;
  };
  const hospital = cell('hospital');
  if (hospital === '') return refuse('unknown-hospital');
  const recordNumber = cell('record_number');
  if (recordKey(recordNumber) === null) return refuse('no-record-number');
  const value = valueNamed(question, cell('value'));
  if (value === undefined) return refuse('unknown-value');
  const sourceName = foldText(optional('source') ?? 'hospital-record').replaceAll(/[ _]/gu, '-');
  const source = importedSources.find((known) => known === sourceName);
  if (source === undefined) return refuse('unknown-source');
  const date = optional('date');
  if (date !== null && !isDate(date)) return refuse('not-a-date');
  const sessionId = optional('session');
  if (sessionId !== null && !sessionIdSchema.safeParse(sessionId).success) return refuse('not-a-session-id');
  const comment = optional('comment');
  if (comment !== null && comment.length > maximumCommentLength) return refuse('comment-too-long');
  return { ok: true, row: { row, hospital, recordNumber, sessionId, date, value, source, comment } };
}

/** By its own name, or by what a form or the question's texts call it. */
function valueNamed({ values, form }: LabelQuestion, text: string): string | undefined {
  const wanted = foldText(text);
  if (wanted === '') return undefined;
  const named = values.find(({ value, text: texts }) =>
    [value, ...Object.values(texts)].some((name) => foldText(name) === wanted),
  );
  if (named !== undefined) return named.value;
  return Object.entries(form.values).find(([answer]) => foldText(answer) === wanted)?.[1];
}

/** A day that the calendar has, as ISO 8601 writes it: `31/12/2026` could be read in two ways on other days. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

type ReportList = 'unmatched' | 'ambiguous' | 'conflicting' | 'disagreeing' | 'faults';
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A report that is added to; lists name the first of many, counts are of all. */
export interface ReportDraft {
  readonly report: Writable<LabelImportReport>;
  add<K extends ReportList>(list: K, entry: LabelImportReport[K][number]): void;
}

export function startReport(isApplied: boolean): ReportDraft {
  const report: Writable<LabelImportReport> = {
    isApplied,
    rows: 0,
    matched: 0,
    added: 0,
    corrected: 0,
    unchanged: 0,
    unmatchedCount: 0,
    unmatched: [],
    ambiguousCount: 0,
    ambiguous: [],
    conflictingCount: 0,
    conflicting: [],
    disagreeingCount: 0,
    disagreeing: [],
    faultsCount: 0,
    faults: [],
  };
  return {
    report,
    add(list, entry) {
      report[`${list}Count`] += 1;
      if (report[list].length < maximumReportEntries) (report[list] as unknown[]).push(entry);
    },
  };
}

/**
 * The report of rows that were sent on, within that of all that were asked about: `places[n]` is which of these row n + 1
 * was.
 */
export function withSentRows(
  draft: ReportDraft,
  sent: LabelImportReport,
  places: readonly number[],
): LabelImportReport {
  const placeOf = (row: number): number => places[row - 1] ?? row;
  const { report } = draft;
  for (const figure of ['matched', 'added', 'corrected', 'unchanged'] as const)
    report[figure] += sent[figure];
  const placed = <T extends { readonly row: number }>(entries: readonly T[]): T[] =>
    entries.map((entry) => ({ ...entry, row: placeOf(entry.row) }));
  const some = <T>(own: readonly T[], theirs: readonly T[]): T[] =>
    [...own, ...theirs].slice(0, maximumReportEntries);
  return {
    ...report,
    unmatched: some(report.unmatched, placed(sent.unmatched)),
    unmatchedCount: report.unmatchedCount + sent.unmatchedCount,
    ambiguous: some(report.ambiguous, placed(sent.ambiguous)),
    ambiguousCount: report.ambiguousCount + sent.ambiguousCount,
    conflicting: sent.conflicting.map(({ sessionId, rows }) => ({ sessionId, rows: rows.map(placeOf) })),
    conflictingCount: sent.conflictingCount,
    disagreeing: placed(sent.disagreeing),
    disagreeingCount: sent.disagreeingCount,
    faults: placed(sent.faults),
    faultsCount: sent.faultsCount,
  };
}
