/**
 * The one place that receives from and sends to pages. A message counts only when it comes from the main frame of a
 * window of ours that shows a page of ours; its text is limited, parsed, and passed on.
 */
import { isCommandName, maximumMessageBytes, type AppEvent } from '../../../contract/app-api.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import type { HostedApp, HostedDesk } from '../shared/hosted-app.ts';
import { wireResult } from '../shared/wire-result.ts';
import { isOwnPage } from './own-pages.ts';

/** Agreed with preload/bridge.ts, which stands in another world and imports nothing of ours but the contract. */
export const invokeChannel = 'spira:invoke';
export const eventChannel = 'spira:event';

interface Frame {
  readonly url: string;
  readonly parent: unknown;
}

export interface Sender {
  readonly id: number;
  readonly mainFrame: unknown;
  isDestroyed(): boolean;
  send(channel: string, event: AppEvent): void;
  on(event: 'did-finish-load', listener: () => void): unknown;
  once(event: 'destroyed', listener: () => void): unknown;
}

export interface InvokeEvent {
  readonly sender: { readonly id: number; readonly mainFrame: unknown };
  readonly senderFrame: Frame | null;
}

/** The part of the electron module that receives. */
export interface IpcModule {
  readonly ipcMain: {
    handle(channel: string, listener: (event: InvokeEvent, ...values: unknown[]) => Promise<unknown>): void;
  };
}

export interface Ipc {
  /** Gives a window its own desk, for as long as it lives. */
  admit(contents: Sender): void;
}

export function connectPages({ ipcMain }: IpcModule, app: HostedApp): Ipc {
  const desks = new Map<number, { readonly contents: Sender; readonly desk: HostedDesk }>();

  ipcMain.handle(invokeChannel, async (event, ...values): Promise<Result<unknown>> => {
    const admitted = desks.get(event.sender.id);
    if (admitted === undefined || !isOwnFrame(event)) return fail('foreign-origin');
    const message = readMessage(values);
    if (!message.ok) return wireResult(message);
    return wireResult(await admitted.desk.invoke(message.value.name, message.value.input));
  });
  app.subscribe((event) => {
    for (const { contents } of desks.values()) {
      if (!contents.isDestroyed()) contents.send(eventChannel, event);
    }
  });

  return {
    admit(contents) {
      const desk = app.openDesk();
      desks.set(contents.id, { contents, desk });
      contents.on('did-finish-load', () => void desk.pageChanged());
      contents.once('destroyed', () => {
        desks.delete(contents.id);
        void desk.leave();
      });
    },
  };
}

function isOwnFrame({ sender, senderFrame }: InvokeEvent): boolean {
  return (
    senderFrame !== null &&
    senderFrame.parent === null &&
    senderFrame === sender.mainFrame &&
    isOwnPage(senderFrame.url)
  );
}

/** `name` and the input as JSON text, nothing else: the same words that the loopback host receives. */
function readMessage(values: readonly unknown[]): Result<{ readonly name: string; readonly input: unknown }> {
  const [name, text] = values;
  if (values.length !== 2 || typeof name !== 'string' || typeof text !== 'string')
    return fail('invalid-input');
  if (!isCommandName(name)) return fail('unknown-command');
  if (text.length > maximumMessageBytes || Buffer.byteLength(text) > maximumMessageBytes) {
    return fail('too-large', { maximumBytes: maximumMessageBytes });
  }
  try {
    return ok({ name, input: JSON.parse(text) as unknown });
  } catch (cause) {
    return fail('invalid-input', { expected: 'application/json' }, cause);
  }
}
