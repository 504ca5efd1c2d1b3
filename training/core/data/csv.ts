import { done, refuse, type Outcome } from '../outcome.ts';

export interface CsvRecord {
  /** Line of the file that the record starts on, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Records of a CSV text as RFC 4180 has it: quoted cells may hold separators, line ends and doubled quotes. A byte
 * order mark, CRLF, LF or CR line ends and blank lines are accepted; the separator is a comma, or a semicolon or tab
 * where the first line has one and no comma. A quote that is never closed, or text after a closing quote, is refused
 * by line.
 */
export function parseCsv(text: string): Outcome<readonly CsvRecord[]> {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const separator = separatorOf(source);
  const records: CsvRecord[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const startLine = line;
    const cells: string[] = [];
    for (;;) {
      let cell = '';
      if (source[at] === '"') {
        const openedOn = line;
        at++;
        for (;;) {
          if (at >= source.length) {
            return refuse(`line ${openedOn}: a quoted cell is never closed`, 'Close the quote in that line.');
          }
          if (source[at] === '"' && source[at + 1] === '"') {
            cell += '"';
            at += 2;
          } else if (source[at] === '"') {
            at++;
            break;
          } else {
            if (source[at] === '\n') line++;
            cell += source[at++];
          }
        }
        if (at < source.length && source[at] !== separator && !isLineEnd(source[at])) {
          return refuse(
            `line ${line}: text follows a closing quote`,
            'Double every quote that belongs to the text, or remove it.',
          );
        }
      } else {
        const from = at;
        while (at < source.length && source[at] !== separator && !isLineEnd(source[at])) at++;
        cell = source.slice(from, at);
      }
      cells.push(cell);
      if (source[at] !== separator) break;
      at++;
    }
    if (source[at] === '\r' && source[at + 1] === '\n') at++;
    at++;
    line++;
    if (cells.length > 1 || cells[0] !== '') records.push({ line: startLine, cells });
  }
  return done(records);
}

function separatorOf(source: string): string {
  const firstLine = /^[^\r\n]*/u.exec(source)![0];
  if (firstLine.includes(',')) return ',';
  return firstLine.includes(';') ? ';' : firstLine.includes('\t') ? '\t' : ',';
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r';
}
