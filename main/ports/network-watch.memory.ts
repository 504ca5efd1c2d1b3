import type { NetworkWatch } from './network-watch.ts';

export interface MemoryNetworkWatch extends NetworkWatch {
  setMetered(isMetered: boolean | null): void;
  /** An address came or went. */
  change(): void;
}

export function memoryNetworkWatch(): MemoryNetworkWatch {
  const listeners = new Set<() => void>();
  let isMetered: boolean | null = null;
  return {
    isMetered: () => Promise.resolve(isMetered),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setMetered(next) {
      isMetered = next;
    },
    change() {
      for (const listener of [...listeners]) listener();
    },
  };
}
