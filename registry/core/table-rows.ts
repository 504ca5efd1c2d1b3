/** Rows of a table as a model's answers, for batches of form fields. */
import type { Answer, Answers } from '../../contract/form.ts';
import type { ModelManifest } from '../../contract/model-manifest.ts';

/** A column that is not the model's, and comes back as it was. */
export const idColumn = 'id';

/** Why the columns are not those of the model; undefined where they are. A label among them is no column of any model. */
export function columnsFault({ input, name }: ModelManifest, columns: readonly string[]): string | undefined {
  if (input.recordings.length > 0) return `${name} hears recordings, which no table holds`;
  if (new Set(columns).size !== columns.length) return 'a column stands twice';
  const keys = input.fields.map(({ key }) => key);
  const unknown = columns.find((column) => column !== idColumn && !keys.includes(column));
  if (unknown !== undefined)
    return `there is no column ${JSON.stringify(unknown.slice(0, 100))}; the model takes ${keys.join(', ')}`;
  const missing = input.fields.find(({ key, required }) => required && !columns.includes(key));
  return missing === undefined ? undefined : `column ${missing.key} is missing`;
}

export type RowRead =
  | { readonly ok: true; readonly id: string; readonly answers: Answers }
  | { readonly ok: false; readonly id: string; readonly error: string };

/** One row by its columns. An empty cell is no answer. */
export function readRow(
  { input }: ModelManifest,
  columns: readonly string[],
  cells: readonly string[],
): RowRead {
  const id = cells[columns.indexOf(idColumn)] ?? '';
  if (cells.length !== columns.length)
    return {
      ok: false,
      id,
      error: `has ${String(cells.length)} cells for ${String(columns.length)} columns`,
    };
  const answers: Record<string, Answer> = {};
  for (const field of input.fields) {
    const text = cells[columns.indexOf(field.key)]?.trim() ?? '';
    if (text === '') {
      if (field.required) return { ok: false, id, error: `${field.key}: is required` };
      continue;
    }
    const answer = readCell(field.encoding, text);
    if (answer === undefined)
      return { ok: false, id, error: `${field.key}: ${expectationOf(field.encoding)}` };
    answers[field.key] = answer;
  }
  return { ok: true, id, answers };
}

type Encoding = ModelManifest['input']['fields'][number]['encoding'];

function readCell(encoding: Encoding, text: string): Answer | undefined {
  if (encoding.kind === 'number') {
    const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(text);
    return isNumber && Number.isFinite(Number(text)) ? Number(text) : undefined;
  }
  return encoding.values.find((value) => String(value).toLowerCase() === text.toLowerCase());
}

function expectationOf(encoding: Encoding): string {
  return encoding.kind === 'number'
    ? 'is not a number'
    : `is none of ${encoding.values.map(String).join(', ')}`;
}
