import type { Result } from '../../contract/result.ts';

/** The one secret of the store: 32 bytes. Recordings and database keys are derived from it. */
export type MasterKey = Uint8Array;

/**
 * Where the host keeps the key: the operating system's secret store, a file only the user may read, or a
 * passphrase. A key that is missing while a store exists is `key-missing`, never a new key.
 */
export interface Keys {
  readonly protection: 'os' | 'file' | 'passphrase';
  load(): Promise<Result<MasterKey | undefined>>;
  /** The same key again is a success; another key is never replaced (`conflict`). */
  save(key: MasterKey): Promise<Result<void>>;
}
