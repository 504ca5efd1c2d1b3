import type { Outcome } from '../core/outcome.ts';
import type { ModelFiles } from './model-folders.ts';

export interface ModelSignature {
  /** Names the key; the registry has its public half. */
  readonly keyId: string;
  /** Ed25519 over the bytes of manifest.json, base64url. */
  readonly signature: string;
}

/** Signs models with the key of who answers for them. The key never leaves what implements this. */
export interface ModelSigner {
  sign(files: ModelFiles): Promise<Outcome<ModelSignature>>;
}
