import { expect, it } from 'vitest';
import { describeKeys } from './keys.contract.ts';
import { memoryKeys } from './keys.memory.ts';

describeKeys('memory keys', () => {
  const keys = memoryKeys();
  return { keys, again: () => keys };
});

it('answer with a problem when they are told to', async () => {
  const keys = memoryKeys({ key: new Uint8Array(32) });
  keys.refuse({ code: 'key-unavailable' });
  expect([await keys.load(), await keys.save(new Uint8Array(32))]).toEqual([
    { ok: false, problem: { code: 'key-unavailable' } },
    { ok: false, problem: { code: 'key-unavailable' } },
  ]);
});
