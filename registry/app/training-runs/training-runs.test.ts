import { memoryStore } from '../../ports/store.memory.ts';
import { describeTrainingSessions } from './list-training-sessions.contract.ts';
import { describeTrainingRuns } from './training-runs.contract.ts';

async function open() {
  const store = memoryStore();
  return { store, end: () => store.close() };
}

describeTrainingRuns('A store in memory', open);
describeTrainingSessions('A store in memory', open);
