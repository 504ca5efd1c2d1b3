/** What a source of labelled recordings lists, before any audio is read. */
import type { DataDefect } from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../outcome.ts';
import { parseCsv, type CsvRecord } from '../data/csv.ts';

export interface ListedEntry {
  /** As the source writes it; what people are told. */
  readonly name: string;
  /** Where the audio is, as its source understands it. */
  readonly file: string;
  /** Of the file, where its source knows it without reading. */
  readonly sha256?: string;
  /** Whose it is, where that can be called back. */
  readonly session?: string;
  readonly subject: string;
  /** As the source writes it. */
  readonly label: string;
  readonly labelSource: string;
  readonly groups: Readonly<Record<string, string>>;
}

export interface SourceListing {
  readonly entries: readonly ListedEntry[];
  /** Names of noise clips, and where they are. */
  readonly noises: readonly { readonly name: string; readonly file: string }[];
  readonly defects: readonly DataDefect[];
  readonly namesSubjects: boolean;
  /** Sessions that were called back: what is still here of them has to go. */
  readonly withdrawn?: readonly string[];
}

export type ListedRows = Omit<SourceListing, 'noises'>;

const columnNames = {
  path: ['path', 'file_path'],
  label: ['label', 'class'],
  subject: ['subject'],
  set: ['set'],
} as const;

/** Columns by which results are told apart, under the names that data sets of this field use. */
const groupColumns: Readonly<Record<string, readonly string[]>> = {
  sex: ['sex', 'sexo'],
  age: ['age', 'idade'],
  hospital: ['hospital'],
  microphone: ['microphone', 'microfone'],
  mask: ['mask', 'mascara', 'máscara'],
  recording: ['recording', 'task', 'gravacao', 'gravação'],
};

/** Rows of a CSV with a header that has a path and a label, in any order among any other columns. */
export function readLabelledCsv(text: string, source: string, set: string | null): Outcome<ListedRows> {
  const table = readTable(text, source, set, ['path', 'label']);
  if (!table.ok) return table;
  const { rows, columns, groups, width } = table.value;
  const entries: ListedEntry[] = [];
  const defects: DataDefect[] = [];
  const namesSubjects = columns.subject !== -1;
  for (const { line, cells } of rows) {
    const cell = (column: number): string => (cells[column] ?? '').trim();
    const name = cell(columns.path);
    const label = cell(columns.label);
    const subject = namesSubjects ? cell(columns.subject) : name;
    const reason =
      cells.length !== width
        ? `line ${line} has ${cells.length} cells, the header has ${width}`
        : [
            ['path', name],
            ['label', label],
            ['subject', subject],
          ].find(([, value]) => value === '')?.[0];
    if (reason === undefined) {
      const found = Object.entries(groups).map(([group, column]) => groupOf(group, cell(column)));
      entries.push({
        name,
        file: name,
        subject,
        label,
        labelSource: source,
        groups: Object.fromEntries(found.filter(([, value]) => value !== '')),
      });
    } else {
      defects.push({
        kind: 'bad-row',
        name: name === '' ? `${source}, line ${line}` : name,
        reason: cells.length === width ? `line ${line} has no ${reason}` : reason,
      });
    }
  }
  return done({ entries: nameApart(entries), defects, namesSubjects });
}

/** Entries with a name of their own each: one that is listed again is told by its number. */
export function nameApart(entries: readonly ListedEntry[]): readonly ListedEntry[] {
  const counts = new Map<string, number>();
  return entries.map((entry) => {
    const count = (counts.get(entry.name) ?? 0) + 1;
    counts.set(entry.name, count);
    return count === 1 ? entry : { ...entry, name: `${entry.name} (listed again, ${count})` };
  });
}

/** Paths of a list without a header, or of a CSV with one, without repeats. */
export function readPaths(text: string, source: string, set: string | null): Outcome<readonly string[]> {
  const parsed = parseCsv(text);
  if (!parsed.ok) return parsed;
  const first = parsed.value[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const hasHeader = first.some((cell) => (columnNames.path as readonly string[]).includes(cell));
  if (!hasHeader) {
    if (set !== null) return refuse(`${source} has no columns, so no set "${set}"`, 'Leave the set out.');
    const paths = parsed.value.map(({ cells }) => cells[0]!.trim()).filter((path) => path !== '');
    return done([...new Set(paths)]);
  }
  const table = readTable(text, source, set, ['path']);
  if (!table.ok) return table;
  const { rows, columns } = table.value;
  const paths = rows.map(({ cells }) => (cells[columns.path] ?? '').trim()).filter((path) => path !== '');
  return done([...new Set(paths)]);
}

interface Table {
  readonly rows: readonly CsvRecord[];
  readonly columns: Readonly<Record<keyof typeof columnNames, number>>;
  readonly groups: Readonly<Record<string, number>>;
  readonly width: number;
}

function readTable(
  text: string,
  source: string,
  set: string | null,
  needed: readonly (keyof typeof columnNames)[],
): Outcome<Table> {
  const parsed = parseCsv(text);
  if (!parsed.ok) return parsed;
  const [header, ...rows] = parsed.value;
  if (header === undefined || rows.length === 0) {
    return refuse(`${source} has no rows`, 'Give a header line and one line per recording.');
  }
  const names = header.cells.map((cell) => cell.trim().toLowerCase());
  const find = (wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  for (const wanted of [...Object.values(columnNames), ...Object.values(groupColumns)]) {
    if (names.filter((name) => (wanted as readonly string[]).includes(name)).length > 1) {
      return refuse(
        `${source} has more than one column of "${wanted.join('" or "')}"`,
        'Rename the one that is not meant.',
      );
    }
  }
  const columns = {
    path: find(columnNames.path),
    label: find(columnNames.label),
    subject: find(columnNames.subject),
    set: find(columnNames.set),
  };
  for (const key of needed) {
    if (columns[key] === -1) {
      return refuse(
        `${source} has no column "${columnNames[key].join('" or "')}" (found: ${names.join(', ')})`,
        'The first line names the columns: path,subject,label or file_path,class, with any others.',
      );
    }
  }
  const chosen = chooseRows(rows, columns.set, set, source);
  if (!chosen.ok) return chosen;
  const groups = Object.entries(groupColumns).map(([group, wanted]) => [group, find(wanted)] as const);
  return done({
    rows: chosen.value,
    columns,
    groups: Object.fromEntries(groups.filter(([, column]) => column !== -1)),
    width: header.cells.length,
  });
}

function chooseRows(
  rows: readonly CsvRecord[],
  column: number,
  set: string | null,
  source: string,
): Outcome<readonly CsvRecord[]> {
  const setOf = (row: CsvRecord): string => (row.cells[column] ?? '').trim();
  const sets = column === -1 ? [] : [...new Set(rows.map(setOf))];
  if (set === null) {
    if (sets.length <= 1) return done(rows);
    return refuse(`${source} holds several sets`, 'Name one as "set" in the configuration.', sets);
  }
  const chosen = rows.filter((row) => column !== -1 && setOf(row) === set);
  if (chosen.length > 0) return done(chosen);
  return refuse(`${source} has no set "${set}"`, 'Name another one in the configuration.', sets);
}

/** Ages are reported in bands: a single year would point at a person. */
function groupOf(group: string, value: string): readonly [string, string] {
  if (group !== 'age') return [group, value];
  const years = Number(value);
  if (value === '' || !Number.isFinite(years) || years < 0) return ['age', ''];
  if (years < 18) return ['age', 'under 18'];
  if (years < 40) return ['age', '18 to 39'];
  if (years < 60) return ['age', '40 to 59'];
  return years < 80 ? ['age', '60 to 79'] : ['age', '80 and over'];
}
