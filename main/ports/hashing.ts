export interface Hashing {
  /** Lower-case hexadecimal SHA-256 of bytes, or of a text in UTF-8. */
  sha256(data: Uint8Array | string): string;
}
