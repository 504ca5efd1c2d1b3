import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this PC keeps the workstation's data unless told otherwise: the application data folder of its user. */
export function defaultDataFolder(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const named = environment['SPIRA_DATA'];
  if (named) return named;
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'SPIRA');
  }
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'SPIRA');
  return join(environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'spira');
}
