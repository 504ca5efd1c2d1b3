import { fail, ok, type Problem } from '../../contract/result.ts';
import type { Keys, MasterKey } from './keys.ts';

export interface MemoryKeys extends Keys {
  /** From now on every call answers with this problem; undefined: it works again. */
  refuse(problem: Problem | undefined): void;
}

export function memoryKeys(
  start: { readonly key?: MasterKey; readonly protection?: Keys['protection'] } = {},
): MemoryKeys {
  let key = start.key?.slice();
  let problem: Problem | undefined;
  return {
    protection: start.protection ?? 'file',
    load: () => Promise.resolve(problem === undefined ? ok(key?.slice()) : { ok: false, problem }),
    save(next) {
      if (problem !== undefined) return Promise.resolve({ ok: false, problem });
      if (key !== undefined && key.some((byte, index) => byte !== next[index])) {
        return Promise.resolve(fail('conflict', { reason: 'key-exists' }));
      }
      key = next.slice();
      return Promise.resolve(ok(undefined));
    },
    refuse(next) {
      problem = next;
    },
  };
}
