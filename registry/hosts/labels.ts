/**
 * `npm run registry:labels`: labels from a table or from a hospital's FHIR server, matched by the registry by hospital
 * and record number. It runs wherever the registry and the hospital's server can be reached, as a person who may import.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { fhirMappingSchema, type FhirMapping } from '../../contract/registry/fhir-labels.ts';
import {
  labelQuestionIds,
  labelQuestionIdSchema,
  type LabelImportReport,
} from '../../contract/registry/labels.ts';
import { fhirRecords } from '../adapters/fhir/fhir-records.ts';
import {
  openRegistryClient,
  RegistryClientFailure,
  type RegistryClient,
} from '../adapters/registry-client/registry-client.ts';
import { systemClock } from '../adapters/system/system.ts';
import { rowsOfRecords, type RecordRow } from '../app/labels/record-rows.ts';
import { startReport, withSentRows } from '../core/labels/import-rows.ts';
import { HospitalRecordsFailure } from '../ports/hospital-records.ts';

const help = `Labels of the SPIRA registry from elsewhere

  npm run registry:labels -- import-csv FILE --registry URL --user NAME [--question ID] [--apply] [--json]
  npm run registry:labels -- import-fhir MAPPING.json --registry URL --user NAME [--apply] [--json]

Without --apply nothing is written: the report says what would be.
The password is SPIRA_LABELS_PASSWORD, or the first line of standard input; the FHIR server's token, where it wants one,
SPIRA_FHIR_TOKEN. Questions: ${labelQuestionIds.join(', ')}.
`;

/** All rows are labels now (or would be); some were left aside; wrong use; nothing could be done. */
const exitCodes = { done: 0, leftAside: 1, wrongUse: 2, failed: 4 } as const;

class WrongUse extends Error {}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) {
      process.stdout.write(help);
      return exitCodes.done;
    }
    const mapping = options.command === 'import-fhir' ? readMapping(options.file) : undefined;
    const { url, username } = options;
    const client = await openRegistryClient({ url, username, password: await readPassword() });
    const report =
      mapping === undefined
        ? await client.importLabels({
            question: options.question,
            apply: options.apply,
            via: 'csv',
            table: (await open(options.file)).createReadStream(),
          })
        : await importFromFhir(client, mapping, options.apply);
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
    return report.matched === report.rows && report.conflictingCount === 0
      ? exitCodes.done
      : exitCodes.leftAside;
  } catch (cause) {
    if (cause instanceof WrongUse) return say(exitCodes.wrongUse, `${cause.message}\nTry --help.`);
    if (cause instanceof RegistryClientFailure || cause instanceof HospitalRecordsFailure) {
      return say(exitCodes.failed, cause.message);
    }
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES')
      return say(exitCodes.failed, `a file cannot be read (${code})`);
    throw cause;
  }
}

async function importFromFhir(
  client: RegistryClient,
  mapping: FhirMapping,
  apply: boolean,
): Promise<LabelImportReport> {
  const records = fhirRecords({
    server: mapping.server,
    token: process.env['SPIRA_FHIR_TOKEN'] ?? null,
    clock: systemClock(),
  });
  const draft = startReport(apply);
  const sessions = await client.sessionsOf(mapping.hospitalId);
  draft.report.rows = sessions.length;
  // The hospital's server is asked to the end first: a failure in the middle leaves the registry as it was.
  const rows: RecordRow[] = [];
  for await (const row of rowsOfRecords({ sessions, records, mapping, draft })) rows.push(row);
  if (rows.length === 0) return draft.report;
  const sent = await client.importLabels({
    question: mapping.question,
    apply,
    via: 'fhir',
    table: tableOf(rows),
  });
  return withSentRows(
    draft,
    sent,
    rows.map(({ place }) => place),
  );
}

async function* tableOf(rows: readonly RecordRow[]): AsyncGenerator<Uint8Array, void> {
  const columns = Object.keys(rows[0]?.cells ?? {}) as (keyof RecordRow['cells'])[];
  yield await Promise.resolve(Buffer.from(`${columns.join(',')}\r\n`));
  for (const { cells } of rows) {
    const line = columns.map((column) => `"${cells[column].replaceAll('"', '""')}"`).join(',');
    yield Buffer.from(`${line}\r\n`);
  }
}

function readMapping(file: string): FhirMapping {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new WrongUse(
      code === undefined ? 'the mapping is not JSON' : `the mapping cannot be read (${code})`,
      {
        cause,
      },
    );
  }
  const parsed = fhirMappingSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `- ${path.join('.')}: ${message}`);
  throw new WrongUse(`this mapping cannot be used:\n${faults.join('\n')}`);
}

async function readPassword(): Promise<string> {
  const given = process.env['SPIRA_LABELS_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  if (process.stdin.isTTY) process.stderr.write('Password (is shown as you type): ');
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  throw new WrongUse('there is no password: set SPIRA_LABELS_PASSWORD, or give it on standard input');
}

interface Options {
  readonly command: 'import-csv' | 'import-fhir';
  readonly file: string;
  readonly url: string;
  readonly username: string;
  readonly question: string;
  readonly apply: boolean;
  readonly json: boolean;
}

/** Undefined where help is asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [command, file, more] = positionals;
  if (command !== 'import-csv' && command !== 'import-fhir')
    throw new WrongUse('say import-csv or import-fhir');
  if (file === undefined || more !== undefined) throw new WrongUse(`${command} takes one file`);
  const { registry, user, question, apply, json } = values;
  if (registry === undefined || !isSafe(registry)) {
    throw new WrongUse('--registry is an https: address (http: on this machine only)');
  }
  if (user === undefined) throw new WrongUse('--user is missing');
  const asked = labelQuestionIdSchema.safeParse(question);
  if (!asked.success) throw new WrongUse(`--question is one of ${labelQuestionIds.join(', ')}`);
  return { command, file, url: registry, username: user, question: asked.data, apply, json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        registry: { type: 'string' },
        user: { type: 'string' },
        question: { type: 'string', default: labelQuestionIds[0] },
        apply: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new WrongUse(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A password goes there. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
}

function reportText(report: LabelImportReport): string {
  const list = (title: string, count: number, lines: readonly string[]): readonly string[] =>
    count === 0
      ? []
      : [
          `${title}: ${String(count)}`,
          ...lines.map((line) => `  ${line}`),
          ...(lines.length < count ? [`  and ${String(count - lines.length)} more`] : []),
        ];
  return [
    report.isApplied ? 'Imported.' : 'A dry run: nothing was written (--apply writes).',
    `rows ${String(report.rows)}, matched ${String(report.matched)}: ${String(report.added)} new, ` +
      `${String(report.corrected)} corrected, ${String(report.unchanged)} there already`,
    ...list(
      'unmatched',
      report.unmatchedCount,
      report.unmatched.map(
        ({ row, sessionId, why }) =>
          `row ${String(row)}: ${why}${sessionId === null ? '' : `, session ${sessionId}`}`,
      ),
    ),
    ...list(
      'ambiguous',
      report.ambiguousCount,
      report.ambiguous.map(({ row, sessionIds }) => `row ${String(row)}: sessions ${sessionIds.join(', ')}`),
    ),
    ...list(
      'conflicting',
      report.conflictingCount,
      report.conflicting.map(({ rows, sessionId }) => `rows ${rows.join(', ')}: session ${sessionId}`),
    ),
    ...list(
      'other than what another source says (taken)',
      report.disagreeingCount,
      report.disagreeing.map(
        ({ row, sessionId, sources }) => `row ${String(row)}: session ${sessionId}, ${sources.join(', ')}`,
      ),
    ),
    ...list(
      'faults',
      report.faultsCount,
      report.faults.map(({ row, why }) => `row ${String(row)}: ${why}`),
    ),
    '',
  ].join('\n');
}

function say(exitCode: number, message: string): number {
  process.stderr.write(`spira labels: ${message}\n`);
  return exitCode;
}
