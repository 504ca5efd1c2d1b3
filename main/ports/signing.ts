/** Ed25519 (RFC 8032). Keys and signatures are base64url without padding. */
export interface KeyPair {
  /** Raw 32 bytes. */
  readonly publicKey: string;
  /** The 32 bytes of the seed. */
  readonly privateKey: string;
}

export interface Signing {
  makeKeyPair(): KeyPair;
  /** Over the UTF-8 of a text. */
  sign(privateKey: string, text: string): string;
  /** False for anything malformed; never throws. */
  verify(publicKey: string, data: string | Uint8Array, signature: string): boolean;
}
