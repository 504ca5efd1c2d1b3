import { expect, it } from 'vitest';
import { memoryHashing } from './hashing.memory.ts';
import { StoreFailure } from './store-failure.ts';
import { exampleAuditEntry } from './store-examples.contract.ts';
import { describeStore } from './store.contract.ts';
import { memoryStore } from './store.memory.ts';

describeStore('the memory store', () => {
  const store = memoryStore({ hashing: memoryHashing() });
  return { store, discard: () => store.close() };
});

it('fails as a store on a bad disk does, when it is told to', () => {
  const store = memoryStore({ hashing: memoryHashing() });
  store.refuse({ code: 'disk-full' });
  expect(() => store.write(() => undefined)).toThrow(StoreFailure);
  store.refuse(undefined);
  expect(store.read(() => 'works again')).toBe('works again');
});

it('finds what somebody changed in its audit trail', () => {
  const store = memoryStore({ hashing: memoryHashing() });
  store.write(({ audit }) => {
    audit.append(exampleAuditEntry());
    audit.append(exampleAuditEntry());
  });
  store.tamper((entries) => entries.slice(0, 1));
  expect(store.read(({ audit }) => audit.verify().findings)).toEqual([{ sequence: 2, kind: 'cut' }]);
});
