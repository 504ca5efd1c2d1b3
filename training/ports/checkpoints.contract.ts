/** What all checkpoints do, on a disk or in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done } from '../core/outcome.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface CheckpointsUnderTest {
  readonly checkpoints: Checkpoints;
  discard(): Promise<void>;
}

export function describeCheckpoints(name: string, make: () => Promise<CheckpointsUnderTest>): void {
  describe(`${name} are checkpoints that`, () => {
    let made: CheckpointsUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.discard());
    const bytes = (length: number, first: number): Uint8Array =>
      Uint8Array.from({ length }, (_, i) => first + 7 * i);

    it('give back the last one saved, byte for byte', async () => {
      const { checkpoints } = made;
      expect(await checkpoints.save('run-1', bytes(100_000, 1))).toEqual(done(null));
      expect(await checkpoints.save('run-1', bytes(5000, 2))).toEqual(done(null));
      const read = await checkpoints.read('run-1');
      expect(read.ok && read.value && new Uint8Array(read.value)).toEqual(bytes(5000, 2));
    });

    it('keep runs apart, and are not changed by what is done to the bytes afterwards', async () => {
      const { checkpoints } = made;
      const content = bytes(10, 1);
      await checkpoints.save('a', content);
      await checkpoints.save('A.b_c-2', bytes(10, 9));
      content.fill(0);
      const read = await checkpoints.read('a');
      expect(read.ok && read.value && new Uint8Array(read.value)).toEqual(bytes(10, 1));
    });

    it('are nothing before the first and after removal, which may be repeated', async () => {
      const { checkpoints } = made;
      expect(await checkpoints.read('run-1')).toEqual(done(undefined));
      await checkpoints.save('run-1', bytes(3, 1));
      expect(await checkpoints.remove('run-1')).toEqual(done(null));
      expect(await checkpoints.remove('run-1')).toEqual(done(null));
      expect(await checkpoints.read('run-1')).toEqual(done(undefined));
    });

    it.each(['', '..', '../x', 'a/b', '.hidden', 'x'.repeat(101)])(
      'refuse "%s" as the name of a run',
      async (run) => {
        const { checkpoints } = made;
        const all = [
          await checkpoints.save(run, bytes(1, 1)),
          await checkpoints.read(run),
          await checkpoints.remove(run),
        ];
        expect(all.map(({ ok }) => ok)).toEqual([false, false, false]);
      },
    );
  });
}
