/** A number in [0, 1) from four random bytes. */
export function randomShare(bytes: Uint8Array): number {
  return [...bytes.subarray(0, 4)].reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
}
