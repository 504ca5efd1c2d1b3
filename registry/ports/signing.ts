/** Keys and signatures. Private keys stay inside the implementation. */
import type { NamedKey } from '../../contract/registry/ids.ts';

export interface Signing {
  /** The key that signs answers and receipts. */
  readonly answerKey: NamedKey;
  /** Keys that may sign models; their private halves are elsewhere. */
  readonly modelKeys: readonly NamedKey[];
  /** Ed25519 over the UTF-8 text, base64url. */
  sign(text: string): string;
  /** False for anything malformed; never throws. */
  verify(publicKey: string, data: string | Uint8Array, signature: string): boolean;
}

export interface AccessTokens {
  /** A JWT (EdDSA) with issuer, audience, subject, issue and expiry times. */
  issue(subject: string, nowS: number, lifetimeS: number): Promise<string>;
  /** Refuses every other algorithm, key, issuer or audience. */
  read(
    token: string,
    nowS: number,
  ): Promise<{ readonly subject: string } | { readonly refused: 'expired' | 'invalid' }>;
}

export interface WorkstationProofs {
  /** Claims of a compact JWS whose header is exactly `{"alg":"EdDSA"}` (kid allowed); undefined where it is malformed. Not yet verified. */
  claimedBy(jws: string): string | undefined;
  /** Verifies against the workstation's key; the claims as parsed JSON, or undefined. */
  verify(jws: string, publicKey: string): Promise<unknown>;
}
