import { decodeAudio, type DecodedAudio } from '../../../native/audio/decode.ts';
import { mixToMono } from '../../../native/audio/mix.ts';
import { ok } from '../../../contract/result.ts';
import type { AudioDecoding } from '../../ports/audio-decoding.ts';

/** WAV, FLAC, MP3 and Ogg Vorbis, told apart by content. */
export function audioFiles(): AudioDecoding {
  return {
    async decode(bytes, { maximumS }) {
      const decoded = await decodeAudio(bytes, { maximumSeconds: maximumS });
      if (!decoded.ok) return decoded;
      const { channels, sampleRateHz, sourceFormat } = decoded.value;
      return ok({
        samples: channels.length === 1 && channels[0] !== undefined ? channels[0] : mixToMono(channels),
        sampleRateHz,
        channelCount: channels.length,
        bitDepth: depthOfMix(decoded.value),
        format: sourceFormat,
      });
    },
  };
}

/**
 * The mean of two channels needs one bit more than each, of four two more; of other numbers of channels, and of what
 * was never whole numbers, only float keeps every bit.
 */
function depthOfMix(audio: DecodedAudio): 16 | 24 | 32 {
  const moreBits = Math.log2(audio.channels.length);
  if (audio.sourceIsFloat || audio.sourceBitDepth === null || !Number.isInteger(moreBits)) return 32;
  const bits = audio.sourceBitDepth + moreBits;
  if (bits <= 16) return 16;
  return bits <= 24 ? 24 : 32;
}
