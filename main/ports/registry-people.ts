/** The registry as a person at this PC reaches it: with a password first, then with tokens that live in memory alone. */
import type { Result } from '../../contract/result.ts';
import type { Cancellation } from './cancellation.ts';
import type { RegistryPeers } from './registry.ts';

/** Which registry: its answers count only where they are signed with the pinned key. */
export type RegistryPlace = Pick<RegistryPeers, 'url' | 'allowsPlainHttp' | 'registryId' | 'answerKey'>;

export interface RegistryTokens {
  readonly accessToken: string;
  /** Good for one refresh. */
  readonly refreshToken: string;
  readonly lifetimeS: number;
}

export interface PersonsCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query. */
  readonly path: string;
  readonly body?: unknown;
}

/**
 * Every call answers with a Result and never rejects for what a network does. Problems of all: `registry-unreachable`,
 * `registry-answer-invalid`, `registry-busy`, `registry-other`, `registry-address-invalid`, as of the Registry port.
 */
export interface RegistryPeople {
  /**
   * Makes sure that the registry is on the line before the password goes there. `wrong-credentials`; `locked-out`
   * (`seconds`).
   */
  signIn(
    place: RegistryPlace,
    secret: { readonly username: string; readonly password: string },
    cancellation: Cancellation,
  ): Promise<Result<RegistryTokens>>;
  /** `registry-sign-in-needed` where it gives no more tokens for this one. */
  refresh(
    place: RegistryPlace,
    refreshToken: string,
    cancellation: Cancellation,
  ): Promise<Result<RegistryTokens>>;
  /** Gives the tokens back: none follows them. */
  revoke(place: RegistryPlace, refreshToken: string, cancellation: Cancellation): Promise<Result<null>>;
  /**
   * One route, its answer as JSON, unparsed. `registry-sign-in-needed`: the token is not taken (any more);
   * `registry-forbidden`; `not-found`: also what was withdrawn; `conflict` and `invalid-input`, with the registry's `code`.
   */
  ask(
    place: RegistryPlace,
    accessToken: string,
    call: PersonsCall,
    cancellation: Cancellation,
  ): Promise<Result<unknown>>;
  /**
   * The bytes of a recording, problems as of `ask`, and `too-large`. They are not signed: their hash stands in the
   * session, and the receiver compares.
   */
  recording(
    place: RegistryPlace,
    accessToken: string,
    wanted: { readonly path: string; readonly maximumBytes: number },
    cancellation: Cancellation,
  ): Promise<Result<Uint8Array<ArrayBuffer>>>;
}
