import type { ModelManifest } from '../../contract/model-manifest.ts';
import type { Problem, Result } from '../../contract/result.ts';

export interface InstalledModel {
  readonly manifest: ModelManifest;
  /** SHA-256 of the manifest file. */
  readonly sha256: string;
  readonly graphPath: string;
  readonly card: string;
  readonly source: 'shipped' | 'installed';
}

export interface GoldenRecording {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/** The model folders on this PC. Whatever is returned has had its schema, file list and hashes checked. */
export interface Models {
  /** Sound models, and for each folder that is not: its name and what is wrong. */
  list(): Promise<{
    readonly models: readonly InstalledModel[];
    readonly refused: readonly { readonly folder: string; readonly problem: Problem }[];
  }>;
  /** Copies a checked folder into the store; the same content again is a success, other content of the same version is `model-exists`. */
  install(folder: string): Promise<Result<InstalledModel>>;
  /** Only installed ones; a shipped model is `forbidden`. */
  remove(model: InstalledModel): Promise<Result<void>>;
  golden(model: InstalledModel, path: string): Promise<Result<GoldenRecording>>;
  /** The bytes of its manifest, which are what is signed; still those of its hash. */
  manifestBytes(model: InstalledModel): Promise<Result<Uint8Array>>;
  /** Removes what an installation or a removal has left that was cut off. Not while one is under way. */
  tidy(): Promise<void>;
}
