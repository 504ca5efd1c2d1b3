/** Tables as CSV (RFC 4180): comma, CRLF, quotes doubled. */

export type CsvCell = string | number | boolean | null;

/** Spreadsheets run a text that starts like this as a formula; an apostrophe before it keeps it a text. */
const formulaStart = /^[\s\u0000-\u001f]*[=+\-@]|^[\t\r\n]/u;

export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  const text = formulaStart.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/u.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
