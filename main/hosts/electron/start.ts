/**
 * Starts the workstation under Electron. Everything of Electron comes in as an argument, so that the order of the
 * steps and every setting can be tested where Electron cannot run.
 */
import { join } from 'node:path';
import type { Keys } from '../../ports/keys.ts';
import type { EngineChild } from '../../../native/onnx/engine.ts';
import type { Result } from '../../../contract/result.ts';
import type { HostedApp } from '../shared/hosted-app.ts';
import { acquireInstanceLock, isLock } from '../shared/instance-lock.ts';
import { readPages } from '../shared/pages.ts';
import { startFailure } from '../shared/start-messages.ts';
import { utilityEngineChild, type UtilityProcesses } from './engine-child.ts';
import { connectPages, type IpcModule, type Sender } from './ipc.ts';
import { guardPermissions, type PermissionSession } from './permissions.ts';
import { registerPageScheme, servePages, type ProtocolHandlers, type SchemeRegistrar } from './protocol.ts';
import { osKeys, type SafeStorageLike } from './secrets.ts';
import { guardContents, openWindow, type AppWindow, type Contents, type WindowSettings } from './window.ts';

export interface ElectronApp {
  readonly isPackaged: boolean;
  requestSingleInstanceLock(): boolean;
  quit(): void;
  exit(code: number): void;
  whenReady(): Promise<void>;
  enableSandbox(): void;
  getPath(name: 'userData'): string;
  on(event: 'web-contents-created', listener: (event: unknown, contents: Contents) => void): unknown;
  on(event: 'second-instance' | 'window-all-closed', listener: () => void): unknown;
  on(event: 'will-quit', listener: (event: { preventDefault(): void }) => void): unknown;
}

export interface HostWindow extends AppWindow {
  readonly webContents: Sender;
  isMinimized(): boolean;
  restore(): void;
  focus(): void;
}

export interface ElectronModule extends IpcModule {
  readonly app: ElectronApp;
  readonly BrowserWindow: new (settings: WindowSettings) => HostWindow;
  readonly dialog: { showErrorBox(title: string, content: string): void };
  readonly powerMonitor: { on(event: 'suspend' | 'resume', listener: () => void): unknown };
  readonly protocol: SchemeRegistrar;
  readonly safeStorage: SafeStorageLike;
  readonly session: { readonly defaultSession: PermissionSession & { readonly protocol: ProtocolHandlers } };
  readonly utilityProcess: UtilityProcesses;
}

export interface ElectronHostOptions {
  readonly electron: ElectronModule;
  readonly platform: NodeJS.Platform;
  /** The built program: `renderer/`, `electron/preload.cjs` and `electron/engine-worker.js` stand in it. */
  readonly distFolder: string;
  /** Undefined: Electron's own folder for this user. */
  readonly dataFolder: string | undefined;
  /** A passphrase instead of the system's secret store, where the person who starts the app asks for it. */
  readonly passphraseKeys: ((dataFolder: string) => Result<Keys>) | undefined;
  readonly compose: (parts: {
    readonly dataFolder: string;
    readonly keys: Keys;
    readonly spawnEngine: () => EngineChild;
  }) => Promise<Result<HostedApp>>;
}

/** Settles when the window is open, or when the app has been told to end. */
export async function startElectronHost(options: ElectronHostOptions): Promise<void> {
  const { electron, platform, distFolder } = options;
  const { app } = electron;
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.enableSandbox();
  registerPageScheme(electron.protocol);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  await app.whenReady();

  const dataFolder = options.dataFolder ?? app.getPath('userData');
  const giveUp = (message: string, exitCode: number): void => {
    electron.dialog.showErrorBox('SPIRA', message);
    app.exit(exitCode);
  };
  const pages = readPages(join(distFolder, 'renderer'));
  if (pages === undefined) return giveUp('The pages of SPIRA are missing. Install the program again.', 20);
  const lock = acquireInstanceLock(dataFolder);
  if (!isLock(lock)) {
    return giveUp(
      `SPIRA is already running with the data in ${dataFolder} (process ${lock.pid}). Close it first.`,
      21,
    );
  }

  guardPermissions(electron.session.defaultSession);
  servePages(electron.session.defaultSession.protocol, pages);
  const keys = options.passphraseKeys?.(dataFolder) ?? {
    ok: true as const,
    value: osKeys({ safeStorage: electron.safeStorage, platform, folder: dataFolder }),
  };
  const composed = keys.ok
    ? await options.compose({
        dataFolder,
        keys: keys.value,
        spawnEngine: () =>
          utilityEngineChild(electron.utilityProcess, join(distFolder, 'electron', 'engine-worker.js')),
      })
    : keys;
  if (!composed.ok) {
    lock.release();
    const failure = startFailure(composed.problem, dataFolder);
    return giveUp(failure.message, failure.exitCode);
  }
  const hosted = composed.value;
  const ipc = connectPages(electron, hosted);
  electron.powerMonitor.on('suspend', () => hosted.computerSlept());
  electron.powerMonitor.on('resume', () => hosted.computerSlept());

  const { window, loaded } = openWindow(electron.BrowserWindow, {
    preloadPath: join(distFolder, 'electron', 'preload.cjs'),
    hasDeveloperTools: !app.isPackaged,
  });
  ipc.admit(window.webContents);
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());
  closeBeforeQuitting(app, async () => {
    await hosted.close();
    lock.release();
  });
  await loaded;
}

/** Electron does not wait for promises: the first wish to quit is put off until everything is closed. */
function closeBeforeQuitting(app: ElectronApp, close: () => Promise<void>): void {
  let state: 'open' | 'closing' | 'closed' = 'open';
  app.on('will-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    if (state === 'closing') return;
    state = 'closing';
    void close().finally(() => {
      state = 'closed';
      app.quit();
    });
  });
}
