/** What a run notes about itself. */
export interface Surroundings {
  now(): Date;
  /** Version of the program, and the commit where there is one. */
  codeVersion(): Promise<string>;
  /** Hexadecimal SHA-256. */
  sha256(bytes: Uint8Array): string;
  /** UTF-8. */
  toBytes(text: string): Uint8Array;
  toText(bytes: Uint8Array): string;
  /** One line about what is going on. */
  progress(line: string): void;
}
