import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataFolder } from '../shared/data-folder.ts';

export const help = `SPIRA workstation (Node host)

  npm start -- [options]

  --data FOLDER                 where everything is kept (default: the application data folder of this user;
                                SPIRA_DATA names another)
  --no-window                   open no window: print an address with its one-time code and keep running
  --port N                      listen on this port of 127.0.0.1 (default: any free one)
  --key-file FILE               where the key of the store is kept (default: in the data folder, for this user alone);
                                keep it apart when the folder is on a shared drive
  --passphrase-file FILE        the first line of FILE protects the key of a new store, and opens an existing one
  --recovery-key-file FILE      open a store that was copied from another PC with its printed recovery key, and keep
                                the key here from then on; - reads the recovery key from standard input
  --pages FOLDER                serve the pages built there (default: those of this program)
  --help                        this text

SPIRA_BROWSER names the browser to open (Chromium, Chrome or Edge).
`;

export interface HostOptions {
  readonly dataFolder: string;
  readonly opensWindow: boolean;
  readonly port: number;
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly recoveryKeyFile: string | undefined;
  readonly pagesFolder: string | undefined;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: HostOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        data: { type: 'string' },
        'no-window': { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        'key-file': { type: 'string' },
        'passphrase-file': { type: 'string' },
        'recovery-key-file': { type: 'string' },
        pages: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const port = Number(values.port);
    if (!/^\d{1,5}$/u.test(values.port) || port > 65535) {
      return { kind: 'wrong', message: `--port ${values.port}: a port is a whole number from 0 to 65535` };
    }
    if (values.data === '') return { kind: 'wrong', message: '--data needs the name of a folder' };
    const recoveryKeyFile = values['recovery-key-file'];
    return {
      kind: 'run',
      options: {
        dataFolder: resolve(values.data ?? defaultDataFolder(process.platform, environment)),
        opensWindow: !values['no-window'] && hasDisplay(process.platform, environment),
        port,
        keyFile: resolved(values['key-file']),
        passphraseFile: resolved(values['passphrase-file']),
        pagesFolder: resolved(values.pages),
        recoveryKeyFile: recoveryKeyFile === '-' ? '-' : resolved(recoveryKeyFile),
      },
    };
  } catch (cause) {
    return { kind: 'wrong', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

export function hasDisplay(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return platform !== 'linux' || Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

function resolved(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
