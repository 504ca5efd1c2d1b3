import { describeAudioCheck } from './audio-check.contract.ts';
import { memoryAudioCheck, packForTwin } from './audio-check.memory.ts';

describeAudioCheck('the memory', () => ({
  audio: memoryAudioCheck(),
  encodeFlac: (wav) => Promise.resolve(packForTwin(wav)),
}));
