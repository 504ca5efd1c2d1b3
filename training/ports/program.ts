/** What a run notes about the program that made it. */
export interface ProgramFacts {
  /** Version and commit, for people. */
  readonly codeVersion: string;
  /** SHA-256 over the sources that decide results: other code gives another one. */
  readonly codeSha256: string;
  /** Runtime, platform, processor, number of cores. */
  readonly environment: Readonly<Record<string, string>>;
}
