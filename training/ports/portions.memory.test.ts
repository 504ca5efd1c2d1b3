import { describePortions } from './portions.contract.ts';
import { memoryPortions } from './portions.memory.ts';

describePortions('Memory', async () => ({ portions: memoryPortions(), end: async () => undefined }));
