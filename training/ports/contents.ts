import type { Stored } from '../../contract/training/run.ts';
import type { Outcome } from '../core/outcome.ts';

/** Outputs of steps by the hash of their bytes, and what is known by the hash of what it was made from. */
export interface Contents {
  /** Durable and whole when it answers; the same bytes again are a success. */
  put(bytes: Uint8Array): Promise<Outcome<Stored>>;
  /** Refuses what is not there, and bytes that no longer have the hash. */
  get(sha256: string): Promise<Outcome<Uint8Array>>;
  has(sha256: string): Promise<Outcome<boolean>>;
  /** No error where it is not there. */
  remove(sha256: string): Promise<Outcome<null>>;
  /** Keeps a text under a SHA-256, over what was there. */
  remember(key: string, text: string): Promise<Outcome<null>>;
  /** Undefined where nothing was remembered. */
  recall(key: string): Promise<Outcome<string | undefined>>;
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/u.test(text);
}
