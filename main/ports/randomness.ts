/** Cryptographically secure bytes. */
export interface Randomness {
  bytes(length: number): Uint8Array;
}
