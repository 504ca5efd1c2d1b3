/** Finds an installed Chromium-based browser and opens the workstation as a window of its own in it. */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
  'brave-browser',
  'chrome',
  'msedge',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The one that SPIRA_BROWSER names, else the first on the PATH, else in the usual places of this platform. */
export function findBrowser(platform: NodeJS.Platform, environment: Environment): string | undefined {
  const named = environment['SPIRA_BROWSER'];
  if (named) return isExecutable(named) ? named : undefined;
  const folders = (environment['PATH'] ?? environment['Path'] ?? '').split(delimiter).filter(Boolean);
  const suffix = platform === 'win32' ? '.exe' : '';
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  return [...onPath, ...usualPlaces(platform, environment)].find(isExecutable);
}

function usualPlaces(platform: NodeJS.Platform, environment: Environment): readonly string[] {
  if (platform === 'darwin') {
    const homes = ['/Applications', join(environment['HOME'] ?? '/', 'Applications')];
    return ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'].flatMap((app) =>
      homes.map((home) => join(home, `${app}.app`, 'Contents', 'MacOS', app)),
    );
  }
  if (platform === 'win32') {
    const bases = ['ProgramFiles', 'ProgramFiles(x86)', 'ProgramW6432', 'LOCALAPPDATA', 'LocalAppData'];
    return bases
      .flatMap((name) => environment[name] ?? [])
      .flatMap((base) => [
        join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        join(base, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
        join(base, 'Chromium', 'Application', 'chrome.exe'),
      ]);
  }
  return [
    '/snap/bin/chromium',
    '/opt/google/chrome/chrome',
    '/opt/microsoft/msedge/msedge',
    '/usr/lib/chromium/chromium',
  ];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * No first-run pages, no sync, no translation (which would send what is read elsewhere), no background life after the
 * window is closed. A private window (`--inprivate` is Edge's word for it): no history, cache, password or typed text of
 * the pages is left on the disk in clear.
 */
export function browserArguments(address: string, profileFolder: string): readonly string[] {
  return [
    `--app=${address}`,
    `--user-data-dir=${profileFolder}`,
    '--incognito',
    '--inprivate',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-mode',
    '--disable-sync',
    '--disable-extensions',
    '--disable-component-update',
    '--disable-features=Translate,MediaRouter',
    '--no-pings',
    '--window-size=1366,860',
  ];
}

export interface OpenBrowser {
  /** Settles when the browser's process has ended; false: it could not be started, or ended at once with an error. */
  readonly ended: Promise<boolean>;
  end(): void;
}

export function openBrowser(browser: string, address: string, profileFolder: string): OpenBrowser {
  mkdirSync(profileFolder, { recursive: true, mode: 0o700 });
  const child = spawn(browser, browserArguments(address, profileFolder), { stdio: 'ignore' });
  return {
    end: () => void child.kill(),
    ended: new Promise((resolve) => {
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    }),
  };
}
