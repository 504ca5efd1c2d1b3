/** Reads the audit trail of this PC: `verify` names every edit, gap, reorder and cut; `list` shows the entries. */
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Result } from '../../../contract/result.ts';
import type { SqliteStore } from '../../adapters/sqlite/open-store.ts';
import { storeExists } from '../../adapters/sqlite/store-files.ts';
import { StoreFailure } from '../../ports/store-failure.ts';
import { openData } from '../shared/compose.ts';
import { defaultDataFolder } from '../shared/data-folder.ts';
import { startFailure } from '../shared/start-messages.ts';
import { chooseKeys } from './choose-keys.ts';

const help = `Reads the audit trail of this PC. Nothing is changed.

  npm run audit -- verify [options]     checks the hash chain; names each entry that was edited, is missing, was
                                        reordered, and an end that was cut off
  npm run audit -- list [options]       prints the entries, oldest first, one JSON object per line

  --data FOLDER                 the data folder (default: the application data folder; SPIRA_DATA names another)
  --key-file FILE, --passphrase-file FILE
                                where the key of the store is, as for npm start
  --limit N                     list: only the newest N entries
  --help                        this text

Exit code: 0 the trail is whole; 1 it is not; 2 the command line is wrong or the store cannot be opened.
`;

const kinds = {
  edited: 'was edited',
  missing: 'is missing',
  reordered: 'stands in the wrong place',
  cut: 'should be the last one, and the trail ends elsewhere: entries were cut off',
} as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`audit: ${parsed}\nTry --help.\n`);
    return 2;
  }
  if (parsed.wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  if (!storeExists(parsed.dataFolder)) {
    process.stderr.write(`audit: there is no store in ${parsed.dataFolder}; name its folder with --data\n`);
    return 2;
  }
  const opened = await open(parsed);
  if (!opened.ok) {
    process.stderr.write(`audit: ${startFailure(opened.problem, parsed.dataFolder).message}\n`);
    return 2;
  }
  const { store } = opened.value;
  try {
    return parsed.command === 'list' ? list(store, parsed.limit) : verify(store);
  } catch (cause) {
    if (!(cause instanceof StoreFailure)) throw cause;
    process.stderr.write(`audit: ${startFailure(cause.problem, parsed.dataFolder).message}\n`);
    return 2;
  } finally {
    store.close();
  }
}

interface Parsed {
  readonly command: 'verify' | 'list';
  readonly dataFolder: string;
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly limit: number | undefined;
  readonly wantsHelp: boolean;
}

function parse(args: readonly string[]): Parsed | string {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        data: text,
        'key-file': text,
        'passphrase-file': text,
        limit: text,
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [command, ...more] = positionals;
    if (!values.help && command !== 'verify' && command !== 'list') {
      return command === undefined
        ? 'say what to do: verify or list'
        : `${command} is not known: verify or list`;
    }
    if (more.length > 0) return `${more.join(' ')} is not understood`;
    if (values.limit !== undefined && !/^[1-9]\d{0,8}$/u.test(values.limit))
      return `--limit ${values.limit}: a whole number`;
    return {
      command: command === 'list' ? 'list' : 'verify',
      dataFolder: resolve(values.data ?? defaultDataFolder(process.platform, process.env)),
      keyFile: values['key-file'],
      passphraseFile: values['passphrase-file'],
      limit: values.limit === undefined ? undefined : Number(values.limit),
      wantsHelp: values.help,
    };
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function open(parsed: Parsed): Promise<Result<{ readonly store: SqliteStore }>> {
  const keys = chooseKeys(parsed);
  return keys.ok ? openData({ dataFolder: parsed.dataFolder, keys: keys.value }) : keys;
}

function verify(store: SqliteStore): number {
  const { entries, findings } = store.read((transaction) => transaction.audit.verify());
  for (const { sequence, kind } of findings) process.stdout.write(`entry ${sequence} ${kinds[kind]}\n`);
  const verdict =
    findings.length === 0 ? 'the trail is whole' : `${findings.length} findings: the trail was changed`;
  process.stdout.write(`${entries} entries; ${verdict}\n`);
  return findings.length === 0 ? 0 : 1;
}

function list(store: SqliteStore, limit = Number.MAX_SAFE_INTEGER): number {
  const entries = store.read((transaction) => transaction.audit.list({ limit }));
  for (const { sequence, at, by, action, sessionId, details } of entries.toReversed()) {
    process.stdout.write(`${JSON.stringify({ sequence, at: at.at, by, action, sessionId, details })}\n`);
  }
  return 0;
}
