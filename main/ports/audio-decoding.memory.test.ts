import { describeAudioDecoding } from './audio-decoding.contract.ts';
import { memoryAudioDecoding } from './audio-decoding.memory.ts';

describeAudioDecoding('the memory decoding', memoryAudioDecoding());
