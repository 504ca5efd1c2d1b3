import { describe, expect, it } from 'vitest';
import { ContentsDouble } from '../../../e2e/electron-double/electron-double.ts';
import { guardContents, windowSettings } from './window.ts';

describe('the window', () => {
  it('has a sandboxed page without Node, apart from the bridge', () => {
    const { webPreferences } = windowSettings({ preloadPath: '/app/preload.cjs', hasDeveloperTools: false });
    expect(webPreferences).toEqual({
      preload: '/app/preload.cjs',
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
      spellcheck: false,
      devTools: false,
      backgroundThrottling: false,
    });
  });

  it('opens no other window and no page within a page', () => {
    const contents = new ContentsDouble(1);
    guardContents(contents);
    expect(contents.tryToOpenWindow()).toBe('denied');
    expect(contents.tryTo('will-attach-webview')).toBe('denied');
  });

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('stays at home on %s', (move) => {
    const contents = new ContentsDouble(1);
    guardContents(contents);
    for (const url of [
      'https://evil.example/',
      'app://evil/',
      'file:///etc/passwd',
      'data:text/html,x',
      'javascript:1',
    ]) {
      expect(contents.tryTo(move, { url })).toBe('denied');
    }
    expect(contents.tryTo(move, { url: 'app://spira/index.html' })).toBe('done');
  });
});
