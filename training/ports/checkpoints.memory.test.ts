import { describeCheckpoints } from './checkpoints.contract.ts';
import { memoryCheckpoints } from './checkpoints.memory.ts';

describeCheckpoints('checkpoints in memory', async () => ({
  checkpoints: memoryCheckpoints(),
  discard: () => Promise.resolve(),
}));
