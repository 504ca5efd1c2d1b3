import type { Result } from '../../contract/result.ts';
import type { InstalledModel } from './models.ts';

/** A model out of its package, checked by its manifest and not yet among the models of this PC. */
export interface StagedModel {
  /** As `Models.install` takes it. */
  readonly folder: string;
  readonly model: InstalledModel;
  /** What was signed. */
  readonly manifestBytes: Uint8Array;
}

export interface PackageInProgress {
  /** Bytes that are here already. */
  readonly sizeBytes: number;
  /** Adds to the end. `disk-full`, `storage-unavailable`. */
  append(piece: Uint8Array): Promise<Result<void>>;
  /** What was added survives a power cut from now on. */
  end(): Promise<Result<void>>;
}

/**
 * Packages on their way into this PC, each named by the SHA-256 of its bytes. They lie apart from the models: nothing
 * here is ever used for a session.
 */
export interface ModelPackages {
  /** Begins or goes on; one at a time for each package. */
  begin(packageSha256: string): Promise<Result<PackageInProgress>>;
  /**
   * A whole package as a model. Problems: `model-hash-mismatch` (`file: 'package'`, or one of its files),
   * `model-invalid` (no tar, or one with links, unsafe paths, files twice, too many or too large, or no manifest by the
   * contract), `model-damaged`, `disk-full`, `storage-unavailable`.
   */
  unpack(packageSha256: string): Promise<Result<StagedModel>>;
  /** Forgets a package with all that came out of it; one that is not here is no fault. */
  discard(packageSha256: string): Promise<void>;
  /** Removes what an earlier run has left, but for the bytes of packages that are still wanted. */
  tidy(wanted: readonly string[]): Promise<void>;
}
