/** All that a page sees of the process behind it: ask by a command of the table, listen to events. */
import { contextBridge, ipcRenderer } from 'electron';
import { isCommandName } from '../contract/app-api.ts';

const invokeChannel = 'spira:invoke';
const eventChannel = 'spira:event';

contextBridge.exposeInMainWorld('spira', {
  invoke(name: unknown, input: unknown): Promise<unknown> {
    if (typeof name !== 'string' || !isCommandName(name)) {
      return Promise.resolve({ ok: false, problem: { code: 'unknown-command' } });
    }
    return ipcRenderer.invoke(invokeChannel, name, JSON.stringify(input));
  },
  on(listener: (event: unknown) => void): () => void {
    // Electron's own event object holds the sender and stays here.
    const pass = (_event: unknown, event: unknown): void => listener(event);
    ipcRenderer.on(eventChannel, pass);
    return () => void ipcRenderer.off(eventChannel, pass);
  },
});
