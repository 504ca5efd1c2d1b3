import { describeStore } from './store.contract.ts';
import { memoryStore } from './store.memory.ts';

describeStore(
  'the twin in memory',
  async () => {
    const store = memoryStore();
    return { store, end: () => store.close() };
  },
  { isShared: false },
);
