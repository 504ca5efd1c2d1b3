import { describe, expect, it } from 'vitest';
import type { Keys } from './keys.ts';

/** `make` gives keys over a place where nothing was kept yet, and over the same place again. */
export function describeKeys(
  name: string,
  make: () => { readonly keys: Keys; readonly again: () => Keys },
): void {
  describe(`${name} are keys that`, () => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => index * 3);

    it('are missing before they are kept', async () => {
      expect(await make().keys.load()).toEqual({ ok: true, value: undefined });
    });

    it('come back as they were kept, also to another start of the program', async () => {
      const { keys, again } = make();
      expect(await keys.save(key)).toEqual({ ok: true, value: undefined });
      expect([await keys.load(), await again().load()]).toEqual([
        { ok: true, value: key },
        { ok: true, value: key },
      ]);
    });

    it('can be kept twice but never replaced', async () => {
      const { keys } = make();
      await keys.save(key);
      const same = await keys.save(key);
      const other = await keys.save(key.map((byte) => byte ^ 1));
      expect([same.ok, other.ok ? 'replaced' : other.problem.code]).toEqual([true, 'conflict']);
      expect(await keys.load()).toEqual({ ok: true, value: key });
    });
  });
}
