/**
 * A small double of the electron module for tests on machines where Electron's program cannot be had: it keeps what
 * the host set, and lets a test be the page, the user or the operating system. It does nothing that Electron does
 * not do in the same place, and has only what the host uses.
 */
import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

type Handler = (...values: never[]) => unknown;

export class FrameDouble {
  url: string;
  readonly parent: FrameDouble | null;
  constructor(url: string, parent: FrameDouble | null = null) {
    this.url = url;
    this.parent = parent;
  }
}

export class ContentsDouble extends EventEmitter {
  readonly id: number;
  readonly mainFrame = new FrameDouble('about:blank');
  readonly sent: { readonly channel: string; readonly event: unknown }[] = [];
  private destroyed = false;
  private windowOpenHandler: (() => { action: string }) | undefined;

  constructor(id: number) {
    super();
    this.id = id;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  send(channel: string, event: unknown): void {
    // As Electron does: what crosses is a copy, and what cannot be copied throws.
    this.sent.push({ channel, event: structuredClone(event) });
  }
  setWindowOpenHandler(handler: () => { action: string }): void {
    this.windowOpenHandler = handler;
  }
  /** The page calls window.open. Without a handler a window opens. */
  tryToOpenWindow(): 'denied' | 'opened' {
    return this.windowOpenHandler?.().action === 'deny' ? 'denied' : 'opened';
  }
  /** The page does what Electron announces by this event; whether the host let it happen. */
  tryTo(event: string, details: Record<string, unknown> = {}): 'denied' | 'done' {
    let isPrevented = false;
    this.emit(event, { ...details, preventDefault: () => (isPrevented = true) });
    return isPrevented ? 'denied' : 'done';
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('destroyed');
  }
}

export class UtilityProcessDouble extends EventEmitter {
  pid: number | undefined;
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(structuredClone(message));
  }
  kill(): boolean {
    return true;
  }
}

export interface ElectronDoubleOptions {
  readonly userData: string;
  readonly isPackaged?: boolean;
  readonly isFirstInstance?: boolean;
  /** Of safeStorage on Linux. */
  readonly storageBackend?: string;
}

/** The module as the host sees it, and beside it what a test does and looks at. */
export function createElectronDouble(options: ElectronDoubleOptions) {
  const log: string[] = [];
  const windows: InstanceType<typeof BrowserWindow>[] = [];
  const children: { readonly modulePath: string; readonly child: UtilityProcessDouble }[] = [];
  const errorBoxes: string[] = [];
  const exits: number[] = [];
  const ipcHandlers = new Map<string, (event: never, ...values: unknown[]) => Promise<unknown>>();
  const schemeHandlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  const schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  let permissionRequest: Handler | undefined;
  let permissionCheck: Handler | undefined;
  let devicePermission: (() => boolean) | undefined;
  let isReady = false;
  let nextId = 1;

  class App extends EventEmitter {
    readonly isPackaged = options.isPackaged ?? true;
    requestSingleInstanceLock(): boolean {
      return options.isFirstInstance ?? true;
    }
    enableSandbox(): void {
      if (isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
      log.push('sandbox');
    }
    async whenReady(): Promise<void> {
      await nextTurn();
      isReady = true;
      log.push('ready');
    }
    getPath(_name: 'userData'): string {
      return options.userData;
    }
    quit(): void {
      let isPrevented = false;
      this.emit('will-quit', { preventDefault: () => (isPrevented = true) });
      log.push(isPrevented ? 'quit put off' : 'quit');
      if (!isPrevented) this.emit('quit');
    }
    exit(code: number): void {
      exits.push(code);
    }
  }
  const app = new App();

  class BrowserWindow extends EventEmitter {
    readonly settings: Record<string, unknown> & { readonly webPreferences: Record<string, unknown> };
    readonly webContents: ContentsDouble;
    isShown = false;
    constructor(settings: { webPreferences: object }) {
      super();
      if (!isReady) throw new Error('Cannot create BrowserWindow before app is ready');
      this.settings = { ...settings, webPreferences: { ...settings.webPreferences } };
      this.webContents = new ContentsDouble(nextId++);
      app.emit('web-contents-created', {}, this.webContents);
      windows.push(this);
    }
    async loadURL(address: string): Promise<void> {
      await nextTurn();
      this.webContents.mainFrame.url = address;
      this.emit('ready-to-show');
      this.webContents.emit('did-finish-load');
    }
    show(): void {
      this.isShown = true;
    }
    focus(): void {
      log.push('focus');
    }
    restore(): void {
      log.push('restore');
    }
    isMinimized(): boolean {
      return false;
    }
    close(): void {
      this.webContents.destroy();
      app.emit('window-all-closed');
    }
  }

  const electron = {
    app,
    BrowserWindow,
    dialog: { showErrorBox: (_title: string, content: string): void => void errorBoxes.push(content) },
    ipcMain: {
      handle(channel: string, listener: (event: never, ...values: unknown[]) => Promise<unknown>): void {
        if (ipcHandlers.has(channel)) throw new Error(`a second handler for ${channel}`);
        ipcHandlers.set(channel, listener);
      },
    },
    powerMonitor: new EventEmitter(),
    protocol: {
      registerSchemesAsPrivileged(
        registered: { scheme: string; privileges: Record<string, boolean> }[],
      ): void {
        if (isReady) throw new Error('schemes are registered before app is ready');
        schemes.push(...registered);
      },
    },
    safeStorage: createSafeStorageDouble(options.storageBackend ?? 'gnome_libsecret'),
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: Handler): void => void (permissionRequest = handler),
        setPermissionCheckHandler: (handler: Handler): void => void (permissionCheck = handler),
        setDevicePermissionHandler: (handler: () => boolean): void => void (devicePermission = handler),
        protocol: {
          handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
            schemeHandlers.set(scheme, handler);
          },
        },
      },
    },
    utilityProcess: {
      fork(modulePath: string): UtilityProcessDouble {
        if (!isReady) throw new Error('utilityProcess cannot be created before app is ready');
        const child = new UtilityProcessDouble();
        children.push({ modulePath, child });
        return child;
      },
    },
  };

  return {
    electron,
    log,
    windows,
    children,
    errorBoxes,
    exits,
    schemes,
    /** A page (or something that pretends to be one) sends a message. */
    async invoke(
      channel: string,
      from: { readonly sender: ContentsDouble; readonly senderFrame: FrameDouble | null },
      ...values: readonly unknown[]
    ): Promise<unknown> {
      const handler = ipcHandlers.get(channel);
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
      return structuredClone(await handler(from as never, ...values.map((value) => structuredClone(value))));
    },
    async fetch(address: string, init?: RequestInit): Promise<Response> {
      const handler = schemeHandlers.get(new URL(address).protocol.slice(0, -1));
      if (handler === undefined) throw new Error('net::ERR_UNKNOWN_URL_SCHEME');
      return handler(new Request(address, init));
    },
    /** Without a handler Electron grants everything. */
    requestPermission(permission: string, details: Record<string, unknown>): boolean {
      let answer = permissionRequest === undefined;
      const callback = (isGranted: boolean): void => void (answer = isGranted);
      permissionRequest?.(...([null, permission, callback, details] as never[]));
      return answer;
    },
    checkPermission(permission: string, origin: string, details: Record<string, unknown>): boolean {
      return permissionCheck === undefined
        ? true
        : permissionCheck(...([null, permission, origin, details] as never[])) === true;
    },
    checkDevice: (): boolean => devicePermission?.() ?? true,
  };
}

/** Reversible, bound to one secret, and refuses what it did not make: enough to see that a key is kept and not shown. */
export function createSafeStorageDouble(backend: string) {
  const mask = (text: Buffer): Buffer =>
    Buffer.from(text.map((byte, index) => byte ^ ((index * 31 + 17) % 256)));
  const mark = Buffer.from('v10');
  return {
    isAvailable: true,
    getSelectedStorageBackend: (): string => backend,
    async isAsyncEncryptionAvailable(): Promise<boolean> {
      await nextTurn();
      return this.isAvailable;
    },
    async encryptStringAsync(text: string): Promise<Buffer> {
      await nextTurn();
      return Buffer.concat([mark, mask(Buffer.from(text))]);
    },
    async decryptStringAsync(encrypted: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
      await nextTurn();
      if (!encrypted.subarray(0, 3).equals(mark)) throw new Error('Error while decrypting the ciphertext');
      return { result: mask(encrypted.subarray(3)).toString(), shouldReEncrypt: false };
    },
  };
}
