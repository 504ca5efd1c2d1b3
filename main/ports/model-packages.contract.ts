import { describe, expect, it } from 'vitest';
import type { ModelPackages } from './model-packages.ts';

export interface ModelPackagesUnderTest {
  readonly packages: ModelPackages;
  /** The same after the program has ended and started again. */
  reopen(): Promise<ModelPackages>;
  /** A sound package. */
  readonly bytes: Uint8Array;
  readonly packageSha256: string;
  readonly modelSha256: string;
  /** Bytes that are no package, and their hash. */
  readonly noise: { readonly bytes: Uint8Array; readonly packageSha256: string };
  discard(): void;
}

export function describeModelPackages(name: string, make: () => Promise<ModelPackagesUnderTest>): void {
  describe(`${name} are packages that`, () => {
    const within = async (work: (made: ModelPackagesUnderTest) => Promise<void>): Promise<void> => {
      const made = await make();
      try {
        await work(made);
      } finally {
        made.discard();
      }
    };
    const add = async (packages: ModelPackages, hash: string, bytes: Uint8Array): Promise<number> => {
      const begun = await packages.begin(hash);
      if (!begun.ok) throw new Error(begun.problem.code);
      expect([await begun.value.append(bytes), await begun.value.end()]).toEqual([
        { ok: true, value: undefined },
        { ok: true, value: undefined },
      ]);
      return begun.value.sizeBytes;
    };
    const told = async (packages: ModelPackages, hash: string): Promise<unknown> => {
      const unpacked = await packages.unpack(hash);
      return unpacked.ok
        ? [unpacked.value.model.sha256, unpacked.value.model.source]
        : [unpacked.problem.code, unpacked.problem.details?.['file'] ?? unpacked.problem.details?.['reason']];
    };

    it('come in pieces, go on where they were over a restart, and give their model', () =>
      within(async ({ packages, reopen, bytes, packageSha256, modelSha256 }) => {
        const half = Math.floor(bytes.length / 2);
        expect(await add(packages, packageSha256, bytes.subarray(0, half))).toBe(0);
        expect(await told(packages, packageSha256)).toEqual(['model-hash-mismatch', 'package']);
        const again = await reopen();
        await again.tidy([packageSha256]);
        expect(await add(again, packageSha256, bytes.subarray(half))).toBe(half);
        expect(await told(again, packageSha256)).toEqual([modelSha256, 'installed']);
        expect(await told(again, packageSha256)).toEqual([modelSha256, 'installed']);
      }));

    it('are gone when they are discarded or nobody wants them any more', () =>
      within(async ({ packages, reopen, bytes, packageSha256 }) => {
        await add(packages, packageSha256, bytes);
        await packages.discard(packageSha256);
        await packages.discard(packageSha256);
        expect(await told(packages, packageSha256)).toEqual(['model-hash-mismatch', 'package']);
        await add(packages, packageSha256, bytes);
        const again = await reopen();
        await again.tidy([]);
        expect(await add(again, packageSha256, bytes)).toBe(0);
      }));

    it('are what their hash says, and models', () =>
      within(async ({ packages, bytes, packageSha256, noise }) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === 3 ? byte ^ 1 : byte));
        await add(packages, packageSha256, changed);
        expect(await told(packages, packageSha256)).toEqual(['model-hash-mismatch', 'package']);
        await add(packages, noise.packageSha256, noise.bytes);
        expect(await told(packages, noise.packageSha256)).toEqual(['model-invalid', 'not-a-tar']);
      }));
  });
}
