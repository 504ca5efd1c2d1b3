import type { Transport } from './transport.ts';

/** What the preload script puts on `window` under Electron. */
export interface SpiraBridge {
  invoke(name: string, input: unknown): Promise<unknown>;
  on(listener: (event: unknown) => void): () => void;
}

declare global {
  interface Window {
    readonly spira?: SpiraBridge;
  }
}

export function bridgeTransport(bridge: SpiraBridge): Transport {
  return {
    invoke: (name, input) => bridge.invoke(name, input),
    listen: (listener) => bridge.on(listener),
  };
}
