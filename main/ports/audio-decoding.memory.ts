import { fail, ok } from '../../contract/result.ts';
import { storedWavSamples } from '../core/wav.ts';
import type { AudioDecoding } from './audio-decoding.ts';

/** Reads the plain mono WAV of this store and nothing else. */
export function memoryAudioDecoding(): AudioDecoding {
  return {
    decode(bytes, { maximumS }) {
      if (bytes.length === 0) return Promise.resolve(fail('audio-empty', { reason: 'no-bytes' }));
      const decoded = storedWavSamples(bytes);
      if (!decoded.ok) return Promise.resolve(fail('audio-not-recognised', { sizeBytes: bytes.length }));
      const { sampleRateHz, bitDepth, frameCount } = decoded.value.wav;
      if (frameCount === 0) return Promise.resolve(fail('audio-empty', { reason: 'no-samples' }));
      if (frameCount > maximumS * sampleRateHz) {
        return Promise.resolve(
          fail('audio-too-long', { seconds: frameCount / sampleRateHz, maximumSeconds: maximumS }),
        );
      }
      const { samples } = decoded.value;
      return Promise.resolve(ok({ samples, sampleRateHz, channelCount: 1, bitDepth, format: 'wav' }));
    },
  };
}
