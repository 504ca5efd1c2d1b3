/** Entry under Electron: reads what the person who starts it asks for, and hands Electron's module to the host. */
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import * as electron from 'electron';
import { argon2Key } from '../../adapters/argon2/argon2.ts';
import { passphraseKeyFile } from '../../adapters/keyfile/key-file.ts';
import { ok } from '../../../contract/result.ts';
import { composeWorkstation } from '../shared/compose.ts';
import { openLog } from '../shared/log.ts';
import { programRoot } from '../shared/program.ts';
import { readFirstLine } from '../shared/secret-file.ts';
import { startElectronHost } from './start.ts';

// Electron and Chromium take arguments of their own: what is not ours is left to them.
const { values } = parseArgs({
  args: process.argv.slice(1),
  strict: false,
  options: {
    data: { type: 'string' },
    'passphrase-file': { type: 'string' },
    'recovery-key-file': { type: 'string' },
  },
});
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const passphraseFile = text(values['passphrase-file']);
const recoveryKeyFile = text(values['recovery-key-file']);
const dataFolder = text(values.data) ?? process.env['SPIRA_DATA'];
const distFolder = join(programRoot, 'dist');

// Not awaited: Electron is ready only after this module has been evaluated, and the host waits for that.
startElectronHost({
  electron,
  platform: process.platform,
  distFolder,
  dataFolder: dataFolder === undefined ? undefined : resolve(dataFolder),
  passphraseKeys:
    passphraseFile === undefined
      ? undefined
      : (folder) => {
          const passphrase = readFirstLine(resolve(passphraseFile));
          if (!passphrase.ok) return passphrase;
          const path = join(folder, 'spira.passphrase-key');
          return ok(passphraseKeyFile({ path, passphrase: passphrase.value, deriveKey: argon2Key }));
        },
  async compose(parts) {
    const recoveryKey =
      recoveryKeyFile === undefined ? ok(undefined) : readFirstLine(resolve(recoveryKeyFile));
    if (!recoveryKey.ok) return recoveryKey;
    return composeWorkstation({
      ...parts,
      host: 'electron',
      recoveryKey: recoveryKey.value,
      log: openLog(parts.dataFolder),
      maintenanceWorkerPath: join(distFolder, 'electron', 'maintenance-worker.js'),
    });
  },
}).catch((cause: unknown) => {
  // A bug: where it happened is for the one who starts it from a terminal; the box says no more than that.
  console.error(cause instanceof Error ? cause.stack : cause);
  electron.dialog.showErrorBox('SPIRA', 'SPIRA could not start. Start again; if it stays so, call IT.');
  electron.app.exit(1);
});
