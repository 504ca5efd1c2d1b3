import { done, refuse, type Outcome } from '../outcome.ts';
import { parseCsv, type CsvRecord } from './csv.ts';

/** One labelled recording as the CSV names it. */
export interface ListedRecording {
  readonly line: number;
  /** As written: relative to the folder of the CSV, or absolute. */
  readonly path: string;
  readonly subject: string;
  /** As written. */
  readonly label: string;
}

export interface Defect {
  readonly name: string;
  readonly reason: string;
}

export interface Listing {
  readonly recordings: readonly ListedRecording[];
  /** Rows that name no usable recording. */
  readonly defects: readonly Defect[];
  /** False where the CSV has no subject column and every file counts as a participant of its own. */
  readonly namesSubjects: boolean;
}

export interface ListingOptions {
  /** Value of the column `set` to choose, where there is one. */
  readonly set?: string;
}

const columnNames = { path: ['path', 'file_path'], label: ['label', 'class'], subject: ['subject'] } as const;

/**
 * Reads a CSV with a header that has `path` or `file_path`, `label` or `class`, and perhaps `subject` and `set`, in any
 * order among any others. Without `subject` every path is a subject of its own.
 */
export function readListing(text: string, options: ListingOptions = {}): Outcome<Listing> {
  const parsed = parseCsv(text);
  if (!parsed.ok) return parsed;
  const [header, ...rows] = parsed.value;
  if (header === undefined || rows.length === 0) {
    return refuse('the CSV has no rows', 'Give a header line and one line per recording.');
  }
  const names = header.cells.map((cell) => cell.trim().toLowerCase());
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined)
    return refuse(`the column "${twice}" stands twice`, 'Rename or remove one of them.');
  for (const alternatives of Object.values(columnNames)) {
    const found = alternatives.filter((name) => names.includes(name));
    if (found.length > 1) {
      return refuse(`the CSV has both "${found.join('" and "')}"`, 'Rename the one that is not meant.');
    }
  }
  const find = (wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  const columns = {
    path: find(columnNames.path),
    label: find(columnNames.label),
    subject: find(columnNames.subject),
    set: find(['set']),
  };
  for (const key of ['path', 'label'] as const) {
    if (columns[key] === -1) {
      return refuse(
        `the CSV has no column ${columnNames[key].map((name) => `"${name}"`).join(' or ')} (found: ${names.join(', ')})`,
        'The first line names the columns: path,subject,label or file_path,class, with any others.',
      );
    }
  }
  const chosen = chooseSet(rows, columns.set, options.set);
  if (!chosen.ok) return chosen;
  return done(readRows(chosen.value, columns, header.cells.length));
}

function chooseSet(
  rows: readonly CsvRecord[],
  column: number,
  wanted: string | undefined,
): Outcome<readonly CsvRecord[]> {
  if (column === -1) {
    if (wanted === undefined) return done(rows);
    return refuse('the CSV has no column "set"', 'Leave --set out, or add the column.');
  }
  const setOf = (row: CsvRecord): string => (row.cells[column] ?? '').trim();
  const sets = [...new Set(rows.map(setOf))];
  if (wanted === undefined) {
    if (sets.length === 1) return done(rows);
    return refuse('the CSV holds several sets', 'Choose one with --set.', sets);
  }
  const chosen = rows.filter((row) => setOf(row) === wanted);
  if (chosen.length > 0) return done(chosen);
  return refuse(`the CSV has no set "${wanted}"`, 'Choose one of these with --set.', sets);
}

interface Columns {
  readonly path: number;
  readonly label: number;
  readonly subject: number;
}

function readRows(rows: readonly CsvRecord[], columns: Columns, width: number): Listing {
  const recordings: ListedRecording[] = [];
  const defects: Defect[] = [];
  const namesSubjects = columns.subject !== -1;
  for (const { line, cells } of rows) {
    const cell = (column: number): string => (cells[column] ?? '').trim();
    const path = cell(columns.path);
    const label = cell(columns.label);
    const subject = namesSubjects ? cell(columns.subject) : path;
    const name = path === '' ? `line ${line}` : path;
    const reason =
      cells.length !== width
        ? `line ${line} has ${cells.length} cells, the header has ${width}`
        : path === ''
          ? 'no path'
          : label === ''
            ? `line ${line} has no label`
            : subject === ''
              ? `line ${line} has no subject`
              : undefined;
    if (reason === undefined) recordings.push({ line, path, subject, label });
    else defects.push({ name, reason });
  }
  return { recordings, defects, namesSubjects };
}
