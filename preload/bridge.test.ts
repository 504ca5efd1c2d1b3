import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands } from '../contract/app-api.ts';

/** What the bridge puts on the page's window. */
interface Bridge {
  invoke(name: unknown, input?: unknown): Promise<unknown>;
  on(listener: (event: unknown) => void): () => void;
}

const electron = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  sent: [] as unknown[][],
  listeners: new Map<string, Set<(event: unknown, payload: unknown) => void>>(),
}));

// Electron's package throws where its program was not fetched; this is the part of it that a preload script sees.
vi.mock('electron', () => ({
  contextBridge: {
    exposeInMainWorld: (name: string, api: unknown) => void electron.exposed.set(name, api),
  },
  ipcRenderer: {
    invoke: (...values: unknown[]) => {
      electron.sent.push(values);
      return Promise.resolve({ ok: true, value: 'answer' });
    },
    on: (channel: string, listener: (event: unknown, payload: unknown) => void) => {
      const listeners = electron.listeners.get(channel) ?? new Set();
      electron.listeners.set(channel, listeners.add(listener));
    },
    off: (channel: string, listener: (event: unknown, payload: unknown) => void) =>
      void electron.listeners.get(channel)?.delete(listener),
  },
}));

let bridge: Bridge;
beforeAll(async () => {
  await import('./bridge.ts');
  bridge = electron.exposed.get('spira') as Bridge;
});
beforeEach(() => {
  electron.sent.length = 0;
});

describe('the bridge', () => {
  it('shows a page two functions and nothing else', () => {
    expect([...electron.exposed.keys()]).toEqual(['spira']);
    expect(Object.keys(bridge).sort()).toEqual(['invoke', 'on']);
  });

  it.each(Object.keys(commands))('passes %s on as JSON', async (name) => {
    expect(await bridge.invoke(name, { a: [1] })).toEqual({ ok: true, value: 'answer' });
    expect(electron.sent).toEqual([['spira:invoke', name, '{"a":[1]}']]);
  });

  it.each([undefined, 7, {}, ['app.state'], '', 'app.stat', 'constructor', '__proto__'])(
    'sends nothing for %j, which is no command',
    async (name) => {
      expect(await bridge.invoke(name, {})).toEqual({ ok: false, problem: { code: 'unknown-command' } });
      expect(electron.sent).toEqual([]);
    },
  );

  it('tells events without what Electron knows of their sender, until it is told to stop', () => {
    const heard: unknown[][] = [];
    const stop = bridge.on((...values) => heard.push(values));
    const tell = (payload: unknown): void => {
      for (const listener of electron.listeners.get('spira:event') ?? [])
        listener({ sender: 'secret' }, payload);
    };
    tell({ name: 'computer.slept', payload: {} });
    stop();
    tell({ name: 'models.changed', payload: {} });
    expect(heard).toEqual([[{ name: 'computer.slept', payload: {} }]]);
  });
});
