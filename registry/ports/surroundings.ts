/** Small needs: the time, chance, ids, hashes. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms`, unless cancelled. */
  after(ms: number, call: () => void): { cancel(): void };
}

export interface Randomness {
  /** Cryptographically strong. */
  bytes(count: number): Uint8Array;
  /** UUIDv7 of the given epoch milliseconds. */
  id(nowMs: number): string;
}

export interface Hashing {
  /** SHA-256 in lower-case hexadecimal. */
  sha256(data: string | Uint8Array): string;
  /** The same, fed piece by piece. */
  startSha256(): { update(data: Uint8Array): void; end(): string };
}

export interface PasswordHashing {
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown hash as for a known one. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}
