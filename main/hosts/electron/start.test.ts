import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../../contract/result.ts';
import {
  createElectronDouble,
  type ElectronDoubleOptions,
} from '../../../e2e/electron-double/electron-double.ts';
import { twinWorkstation } from '../shared/twin-world.ts';
import { eventChannel, invokeChannel } from './ipc.ts';
import { startElectronHost, type ElectronHostOptions } from './start.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-electron-'));
  mkdirSync(join(folder, 'dist', 'renderer'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'renderer', 'index.html'), '<!doctype html>');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function started(
  change: Partial<ElectronHostOptions> = {},
  doubleOptions: Partial<ElectronDoubleOptions> = {},
) {
  const double = createElectronDouble({ userData: join(folder, 'data'), ...doubleOptions });
  const twin = await twinWorkstation('electron');
  let composedWith: Parameters<ElectronHostOptions['compose']>[0] | undefined;
  await startElectronHost({
    electron: double.electron,
    platform: 'linux',
    distFolder: join(folder, 'dist'),
    dataFolder: undefined,
    passphraseKeys: undefined,
    compose: (parts) => {
      composedWith = parts;
      return Promise.resolve(ok(twin.app));
    },
    ...change,
  });
  return { double, twin, composedWith };
}

describe('the Electron host', () => {
  it('opens one window of ours, in the sandbox, with the bridge and no developer tools', async () => {
    const { double, composedWith } = await started();
    expect(double.log).toEqual(['sandbox', 'ready']);
    expect(double.windows).toHaveLength(1);
    const window = double.windows[0]!;
    expect(window.webContents.mainFrame.url).toBe('app://spira/index.html');
    expect(window.isShown).toBe(true);
    expect(window.settings.webPreferences).toMatchObject({
      preload: join(folder, 'dist', 'electron', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      devTools: false,
    });
    expect(composedWith?.dataFolder).toBe(join(folder, 'data'));
    expect(composedWith?.keys.protection).toBe('os');
  });

  it('has developer tools while it is not packaged', async () => {
    const { double } = await started({}, { isPackaged: false });
    expect(double.windows[0]!.settings.webPreferences['devTools']).toBe(true);
  });

  it('guards every page that comes to be, the scheme, and the permissions', async () => {
    const { double } = await started();
    const { webContents } = double.windows[0]!;
    expect(webContents.tryToOpenWindow()).toBe('denied');
    expect(webContents.tryTo('will-navigate', { url: 'https://evil.example/' })).toBe('denied');
    expect(webContents.tryTo('will-attach-webview')).toBe('denied');
    expect(
      double.requestPermission('geolocation', { requestingUrl: 'app://spira/', isMainFrame: true }),
    ).toBe(false);
    expect((await double.fetch('app://spira/')).status).toBe(200);
    expect((await double.fetch('app://spira/../package.json')).status).toBe(404);
  });

  it('answers its window and tells it that the computer sleeps', async () => {
    const { double } = await started();
    const { webContents } = double.windows[0]!;
    const from = { sender: webContents, senderFrame: webContents.mainFrame };
    expect(await double.invoke(invokeChannel, from, 'app.state', '{}')).toMatchObject({ ok: true });
    double.electron.powerMonitor.emit('suspend');
    expect(webContents.sent).toEqual([
      { channel: eventChannel, event: { name: 'computer.slept', payload: {} } },
    ]);
  });

  it('runs the engine as a utility process of its own', async () => {
    const { double, composedWith } = await started();
    const child = composedWith!.spawnEngine();
    const exits: unknown[] = [];
    child.onExit((exit) => exits.push(exit));
    child.post({ kind: 'providers', id: 1 });
    expect(double.children).toMatchObject([
      { modulePath: join(folder, 'dist', 'electron', 'engine-worker.js') },
    ]);
    expect(double.children[0]!.child.posted).toEqual([{ kind: 'providers', id: 1 }]);
    double.children[0]!.child.emit('exit', 134);
    expect(exits).toEqual([{ exitCode: 134, signal: null }]);
  });

  it('closes everything before it quits, once', async () => {
    let closings = 0;
    const twin = await twinWorkstation('electron');
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { double } = await started({
      compose: () =>
        Promise.resolve(
          ok({
            ...twin.app,
            close: async () => {
              closings += 1;
              await twin.app.close();
              resolve();
            },
          }),
        ),
    });
    double.windows[0]!.close();
    double.electron.app.quit();
    await closed;
    await new Promise((settled) => setImmediate(settled));
    expect(double.log.slice(2)).toEqual(['quit put off', 'quit put off', 'quit']);
    expect(closings).toBe(1);
    expect(readdirSync(join(folder, 'data'))).not.toContain('running.json');
  });

  it('brings its window to the front when it is started again, and the second one ends', async () => {
    const { double } = await started();
    double.electron.app.emit('second-instance');
    expect(double.log).toContain('focus');
    const second = await started({}, { isFirstInstance: false });
    expect([second.double.windows, second.double.log]).toEqual([[], ['quit']]);
  });
});

describe('a start of the Electron host that cannot be', () => {
  it('says what keeps the store shut, opens no window, and lets go of the folder', async () => {
    const { double } = await started({ compose: () => Promise.resolve(fail('key-missing')) });
    expect(double.errorBoxes).toEqual([expect.stringMatching(/key is not on this PC.*Nothing was changed/u)]);
    expect([double.exits, double.windows]).toEqual([[10], []]);
    expect(readdirSync(join(folder, 'data'))).toEqual([]);
  });

  it('names pages that are missing', async () => {
    rmSync(join(folder, 'dist', 'renderer'), { recursive: true });
    const { double } = await started();
    expect([double.exits, double.errorBoxes]).toEqual([[20], [expect.stringMatching(/pages/u)]]);
  });

  it('names the process that holds the data folder', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(
      join(folder, 'data', 'running.json'),
      JSON.stringify({ pid: process.ppid, startedAs: null, control: null }),
    );
    const { double } = await started();
    expect([double.exits, double.errorBoxes]).toEqual([
      [21],
      [expect.stringContaining(String(process.ppid))],
    ]);
  });

  it('gives the key no place where the system has no secret store', async () => {
    const { composedWith } = await started({}, { storageBackend: 'basic_text' });
    expect(await composedWith!.keys.save(new Uint8Array(32))).toMatchObject({
      ok: false,
      problem: { code: 'key-unavailable' },
    });
  });
});
