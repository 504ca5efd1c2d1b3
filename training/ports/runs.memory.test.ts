import { describeRuns } from './runs.contract.ts';
import { memoryRuns } from './runs.memory.ts';

describeRuns('runs in memory', async () => ({ runs: memoryRuns(), discard: () => Promise.resolve() }));
