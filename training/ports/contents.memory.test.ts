import { createHash } from 'node:crypto';
import { describeContents } from './contents.contract.ts';
import { memoryContents } from './contents.memory.ts';

describeContents('contents in memory', async () => ({
  contents: memoryContents((bytes) => createHash('sha256').update(bytes).digest('hex')),
  discard: () => Promise.resolve(),
}));
