import { sha256, utf8 } from '../../contract/sha256.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import type { Log } from './log.ts';
import type { Clock, Hashing, PasswordHashing, Randomness } from './surroundings.ts';

export interface MemoryClock extends Clock {
  /** Lets time pass, and every call that falls due, in order. */
  advance(ms: number): void;
  /** Epoch ms at which the next call falls due; undefined where nothing waits. */
  nextDue(): number | undefined;
  /** Sets the wall clock alone, as a user or a time server does; waiting calls keep their distance. */
  setWallClock(epochMs: number): void;
}

/** A clock that stands still until it is told. */
export function memoryClock(startMs = Date.UTC(2026, 2, 9, 12)): MemoryClock {
  let nowMs = startMs;
  let skewMs = 0;
  let made = 0;
  const waiting = new Map<number, { readonly dueMs: number; readonly call: () => void }>();
  /** The earliest, of equals the first made. */
  const first = (): readonly [number, { readonly dueMs: number; readonly call: () => void }] | undefined => {
    let best: [number, { dueMs: number; call: () => void }] | undefined;
    for (const entry of waiting) if (best === undefined || entry[1].dueMs < best[1].dueMs) best = entry;
    return best;
  };
  return {
    now: () => Math.floor(nowMs + skewMs),
    after(ms, call) {
      const key = (made += 1);
      waiting.set(key, { dueMs: nowMs + Math.max(0, ms), call });
      return { cancel: () => void waiting.delete(key) };
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let next = first(); next !== undefined && next[1].dueMs <= endMs; next = first()) {
        waiting.delete(next[0]);
        nowMs = Math.max(nowMs, next[1].dueMs);
        next[1].call();
      }
      nowMs = endMs;
    },
    nextDue() {
      const next = first();
      return next === undefined ? undefined : next[1].dueMs + skewMs;
    },
    setWallClock(epochMs) {
      skewMs = epochMs - nowMs;
    },
  };
}

/** Looks random and is the same for the same seed (Splitmix32): never for keys that protect anything. */
export function memoryRandomness(seed = 1): Randomness {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) & 0xff;
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, next);
  return { bytes, id: (nowMs) => uuidV7(nowMs, bytes(10)) };
}

export function memoryHashing(): Hashing {
  return {
    sha256,
    startSha256() {
      const pieces: Uint8Array[] = [];
      return {
        update: (data) => void pieces.push(data.slice()),
        end() {
          const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
          let offset = 0;
          for (const piece of pieces) {
            whole.set(piece, offset);
            offset += piece.length;
          }
          return sha256(whole);
        },
      };
    },
  };
}

/** Salted and one-way like the real one, and fast: for tests, never for people. */
export function memoryPasswordHashing(): PasswordHashing {
  let salt = 0;
  return {
    hash(password) {
      salt += 1;
      return Promise.resolve(`twin$${salt}$${sha256(utf8(`${salt}:${password}`))}`);
    },
    verify(hash, password) {
      const [scheme, stored, digest] = (hash ?? '').split('$');
      return Promise.resolve(scheme === 'twin' && digest === sha256(utf8(`${stored}:${password}`)));
    },
  };
}

export interface MemoryLog extends Log {
  readonly entries: readonly {
    readonly level: 'info' | 'warn' | 'error';
    readonly event: string;
    readonly cause?: unknown;
    readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  }[];
}

export function memoryLog(): MemoryLog {
  const entries: MemoryLog['entries'][number][] = [];
  return {
    entries,
    info: (event, facts = {}) => void entries.push({ level: 'info', event, facts }),
    warn: (event, facts = {}) => void entries.push({ level: 'warn', event, facts }),
    error: (event, cause, facts = {}) => void entries.push({ level: 'error', event, cause, facts }),
  };
}
