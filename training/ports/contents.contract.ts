/** What all contents do, on a disk or in memory. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done } from '../core/outcome.ts';
import type { Contents } from './contents.ts';

export interface ContentsUnderTest {
  readonly contents: Contents;
  discard(): Promise<void>;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function describeContents(name: string, make: () => Promise<ContentsUnderTest>): void {
  describe(`${name} are contents that`, () => {
    let made: ContentsUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.discard());
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => 7 * i);

    it('give bytes back by their hash, however often they were put', async () => {
      const { contents } = made;
      const stored = done({ sha256: sha256(bytes), sizeBytes: bytes.length });
      expect(await contents.put(bytes)).toEqual(stored);
      expect(await contents.put(bytes.slice())).toEqual(stored);
      const read = await contents.get(sha256(bytes));
      expect(read.ok && new Uint8Array(read.value)).toEqual(bytes);
      expect(await contents.has(sha256(bytes))).toEqual(done(true));
    });

    it('keep what nobody can change from outside', async () => {
      const { contents } = made;
      const mine = bytes.slice();
      await contents.put(mine);
      mine.fill(0);
      const read = await contents.get(sha256(bytes));
      expect(read.ok && new Uint8Array(read.value)).toEqual(bytes);
    });

    it('refuse a hash that nothing has', async () => {
      const { contents } = made;
      expect(await contents.get(sha256(bytes))).toMatchObject({ ok: false });
      expect(await contents.has(sha256(bytes))).toEqual(done(false));
    });

    it('are gone once they are removed, which may be done twice', async () => {
      const { contents } = made;
      await contents.put(bytes);
      for (let time = 0; time < 2; time++) {
        expect(await contents.remove(sha256(bytes))).toEqual(done(null));
        expect(await contents.has(sha256(bytes))).toEqual(done(false));
      }
      await contents.put(bytes);
      expect(await contents.has(sha256(bytes))).toEqual(done(true));
    });

    it('remember the last text under a key, and nothing under other keys', async () => {
      const { contents } = made;
      const key = sha256(bytes);
      expect(await contents.recall(key)).toEqual(done(undefined));
      expect(await contents.remember(key, 'first')).toEqual(done(null));
      expect(await contents.remember(key, 'são')).toEqual(done(null));
      expect(await contents.recall(key)).toEqual(done('são'));
      expect(await contents.remember('../x', 'no')).toMatchObject({ ok: false });
    });
  });
}
