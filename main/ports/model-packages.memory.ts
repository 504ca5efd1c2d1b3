import { fail, ok, type Result } from '../../contract/result.ts';
import { sha256 } from '../../contract/sha256.ts';
import type { ModelPackages, StagedModel } from './model-packages.ts';

export interface MemoryModelPackages extends ModelPackages {
  /** From now on every write is refused, or no longer. */
  setFull(isFull: boolean): void;
  /** Packages of which there are bytes. */
  readonly begun: readonly string[];
}

/** Packages without a disk; `read` says which model the bytes of a package hold. */
export function memoryModelPackages(
  read: (bytes: Uint8Array) => Result<StagedModel> = () => fail('model-invalid', { reason: 'not-a-tar' }),
): MemoryModelPackages {
  const packages = new Map<string, Uint8Array>();
  let isFull = false;
  return {
    get begun() {
      return [...packages.keys()];
    },
    setFull(next) {
      isFull = next;
    },
    begin(packageSha256) {
      return Promise.resolve(
        ok({
          sizeBytes: packages.get(packageSha256)?.length ?? 0,
          append(piece: Uint8Array) {
            if (isFull) return Promise.resolve(fail('disk-full'));
            const known = packages.get(packageSha256) ?? new Uint8Array();
            packages.set(packageSha256, Uint8Array.of(...known, ...piece));
            return Promise.resolve(ok(undefined));
          },
          end: () => Promise.resolve(ok(undefined)),
        }),
      );
    },
    unpack(packageSha256) {
      const bytes = packages.get(packageSha256);
      if (bytes === undefined || sha256(bytes) !== packageSha256) {
        return Promise.resolve(fail('model-hash-mismatch', { file: 'package' }));
      }
      return Promise.resolve(isFull ? fail('disk-full') : read(bytes));
    },
    discard(packageSha256) {
      packages.delete(packageSha256);
      return Promise.resolve();
    },
    tidy(wanted) {
      for (const name of packages.keys()) if (!wanted.includes(name)) packages.delete(name);
      return Promise.resolve();
    },
  };
}
