import { memoryStore } from '../../ports/store.memory.ts';
import { describeFeaturePortions } from './feature-portions.contract.ts';

describeFeaturePortions('A store in memory', async () => {
  const store = memoryStore();
  return { store, end: () => store.close() };
});
