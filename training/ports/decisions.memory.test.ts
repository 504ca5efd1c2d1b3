import { createHash } from 'node:crypto';
import { describeDecisions } from './decisions.contract.ts';
import { memoryDecisions } from './decisions.memory.ts';

describeDecisions('the log in memory', async () => ({
  decisions: memoryDecisions((text) => createHash('sha256').update(text).digest('hex')),
  discard: async () => undefined,
}));
