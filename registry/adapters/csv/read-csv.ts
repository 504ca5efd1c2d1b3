/** Tables as CSV (RFC 4180), read chunk by chunk: memory holds the records of one chunk, however long the table is. */
import type { TransformOptions } from 'node:stream';
import { CsvError, parse, type Options } from 'csv-parse';

/** The text cannot be read further; `line` counts from 1. */
export class CsvFault extends Error {
  readonly line: number | null;

  constructor(line: number | null, options?: ErrorOptions) {
    super('the table cannot be read further', options);
    this.name = 'CsvFault';
    this.line = line;
  }
}

/** What stands between cells: spreadsheets of some languages write semicolons, as their numbers need the comma. */
const delimiters = [',', ';', '\t'] as const;
type Delimiter = (typeof delimiters)[number];

const maximumRecordBytes = 64 * 1024;
const bytesAtOnce = 64 * 1024;

/**
 * Records with as many cells as they have; empty lines are skipped, a byte order mark is not data. Throws CsvFault for a
 * record that is too long or has no end, after all that stood before it, and what `chunks` throws.
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: Delimiter = ',',
): AsyncGenerator<readonly string[]> {
  const options: Options<string[]> & TransformOptions = {
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maximumRecordBytes,
    // Records before a fault stay readable; and a chunk's records are taken out before the next chunk goes in, so that
    // the parser never waits for a reader.
    autoDestroy: false,
    readableHighWaterMark: 2 ** 30,
  };
  const parser = parse(options);
  parser.on('error', () => undefined);
  const feed = (chunk: Uint8Array | undefined): Promise<unknown> =>
    new Promise((resolve) => {
      if (chunk === undefined) parser.end(resolve);
      else parser.write(chunk, resolve);
    });
  const taken = function* (): Generator<readonly string[]> {
    for (let record: unknown = parser.read(); record !== null; record = parser.read())
      yield record as readonly string[];
  };
  for await (const chunk of inPieces(chunks)) {
    const fault = await feed(chunk);
    yield* taken();
    if (fault instanceof Error) throw asFault(fault);
  }
  const fault = await feed(undefined);
  yield* taken();
  if (fault instanceof Error) throw asFault(fault);
}

/** The same, with the delimiter that its first line has most of. */
export async function* readAnyCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const source = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let line = '';
  for (let bytes = 0; bytes < maximumRecordBytes && !line.includes('\n');) {
    const next = await source.next();
    if (next.done === true) break;
    held.push(next.value);
    bytes += next.value.length;
    // Whatever the encoding of the rest, what is counted is ASCII.
    line += new TextDecoder('latin1').decode(next.value.subarray(0, maximumRecordBytes));
  }
  const [first = ''] = line.split('\n', 1);
  const [delimiter] = delimiters.toSorted(
    (left, right) => first.split(right).length - first.split(left).length,
  );
  yield* readCsv(resumed(held, source), delimiter);
}

async function* resumed(
  held: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* held;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; offset += bytesAtOnce)
      yield chunk.subarray(offset, offset + bytesAtOnce);
  }
}

function asFault(cause: Error): Error {
  if (!(cause instanceof CsvError)) return cause;
  const { lines } = cause as { readonly lines?: unknown };
  return new CsvFault(typeof lines === 'number' ? lines : null, { cause });
}
