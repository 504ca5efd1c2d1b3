import { memoryStore } from '../../ports/store.memory.ts';
import { describeTrainingJobs } from './training-jobs.contract.ts';

describeTrainingJobs('A store in memory', async () => {
  const store = memoryStore();
  return { store, end: () => store.close() };
});
