/** The one window: a page of ours without Node, in a sandbox, that leads nowhere else. */
import { isOwnPage, startAddress } from './own-pages.ts';

interface Preventable {
  preventDefault(): void;
}

export interface Contents {
  setWindowOpenHandler(handler: () => { action: 'deny' }): void;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
  on(
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    listener: (event: Preventable & { readonly url: string }) => void,
  ): unknown;
}

export interface WindowOptions {
  readonly preloadPath: string;
  /** Developer tools open every door; the packaged product has none. */
  readonly hasDeveloperTools: boolean;
}

export interface WindowSettings {
  width: number;
  height: number;
  minWidth: number;
  minHeight: number;
  show: boolean;
  autoHideMenuBar: boolean;
  backgroundColor: string;
  title: string;
  webPreferences: {
    preload: string;
    sandbox: true;
    contextIsolation: true;
    nodeIntegration: false;
    nodeIntegrationInWorker: false;
    nodeIntegrationInSubFrames: false;
    webSecurity: true;
    allowRunningInsecureContent: false;
    experimentalFeatures: false;
    webviewTag: false;
    navigateOnDragDrop: false;
    spellcheck: false;
    devTools: boolean;
    backgroundThrottling: false;
  };
}

export interface AppWindow {
  loadURL(address: string): Promise<void>;
  once(event: 'ready-to-show', listener: () => void): unknown;
  show(): void;
}

export function windowSettings({ preloadPath, hasDeveloperTools }: WindowOptions): WindowSettings {
  return {
    width: 1366,
    height: 860,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: '#ffffff',
    title: 'SPIRA',
    webPreferences: {
      preload: preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Dictionaries are fetched from a network, and answers are nobody's business.
      spellcheck: false,
      devTools: hasDeveloperTools,
      // A recording goes on behind another window.
      backgroundThrottling: false,
    },
  };
}

export function openWindow<Window extends AppWindow>(
  BrowserWindow: new (settings: WindowSettings) => Window,
  options: WindowOptions,
): { readonly window: Window; readonly loaded: Promise<void> } {
  const window = new BrowserWindow(windowSettings(options));
  window.once('ready-to-show', () => window.show());
  return { window, loaded: window.loadURL(startAddress) };
}

/** For every page that ever comes to be, however it did. */
export function guardContents(contents: Contents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  for (const move of ['will-navigate', 'will-frame-navigate', 'will-redirect'] as const) {
    contents.on(move, (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
  }
}
