import { encodeFlac } from '../../../native/audio/flac-encode.ts';
import type { AudioPacking } from '../../ports/audio-packing.ts';

/** FLAC where it holds every bit, and was shown to; the WAV itself otherwise. */
export function flacPacking(): AudioPacking {
  return {
    async pack(wav) {
      const encoded = await encodeFlac(wav);
      return encoded.ok && encoded.value.length < wav.length
        ? { encoding: 'flac', bytes: encoded.value }
        : { encoding: 'wav', bytes: wav };
    },
  };
}
