import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Problem, Result } from '../../contract/result.ts';

/** A file that is no form or protocol: its name, and a `definition-invalid` that says what is wrong in it. */
export interface RefusedDefinition {
  readonly file: string;
  readonly problem: Problem;
}

/** All versions of all forms and protocols, newest version of each id first. */
export interface Definitions {
  /** One bad file never hides the good ones: it is named in `refused`. Fails when a folder cannot be read at all. */
  list(): Promise<
    Result<{
      readonly forms: readonly FormDefinition[];
      readonly protocols: readonly ProtocolDefinition[];
      readonly refused: readonly RefusedDefinition[];
    }>
  >;
  /**
   * Keeps what a session is about to be made with, so that its answers stay readable when the program no longer ships
   * that version, or what a registry has published. Keeping again is a success; other content under a kept version is a
   * `conflict`.
   */
  keep(used: {
    readonly form?: FormDefinition;
    readonly protocol?: ProtocolDefinition;
  }): Promise<Result<null>>;
}
