import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { fail, ok, type Result } from '../../contract/result.ts';
import { frameLimit, tooLong } from './audio-limits.ts';
import type { StreamAudio } from './mp3.ts';
import { walkOgg } from './ogg-pages.ts';
import { createSampleBuffer } from './sample-buffer.ts';

const chunkBytes = 65_536;

/**
 * Decodes an Ogg Vorbis file whole. The pages are walked first (checksums, numbering, last position), so that an
 * overlong, shortened or altered file is named before any decoding. Other codings in Ogg (Opus, FLAC, Speex) and
 * several streams in one file are 'audio-unsupported'.
 */
export async function decodeOgg(bytes: Uint8Array, maximumSeconds: number): Promise<Result<StreamAudio>> {
  const walk = walkOgg(bytes);
  const missing = { format: 'ogg', missingBytes: walk.missingBytes, pages: walk.pageCount };
  if (walk.pageCount === 0) return fail('audio-truncated', missing);
  const id = walk.firstPacket;
  if (String.fromCharCode(...id.subarray(0, 7)) !== '\x01vorbis' || id.length < 30) {
    return fail('audio-unsupported', { format: 'ogg', reason: 'coding' });
  }
  if (walk.streamCount !== 1) {
    return fail('audio-unsupported', { format: 'ogg', reason: 'streams', streams: walk.streamCount });
  }
  const view = new DataView(id.buffer, id.byteOffset, id.byteLength);
  const source = { format: 'ogg', sampleRateHz: view.getUint32(12, true), channelCount: id[11]! };
  const limit = frameLimit(source, maximumSeconds);
  if (!limit.ok) return limit;
  if (walk.lastGranule > limit.value) return tooLong(source, walk.lastGranule, limit.value);
  if (walk.missingBytes > 0) return fail('audio-truncated', missing);
  if (walk.faults > 0) return fail('audio-damaged', { format: 'ogg', reason: 'pages', faults: walk.faults });
  if (!walk.isEnded) return fail('audio-truncated', { ...missing, reason: 'no-last-page' });
  if (walk.lastGranule === 0) return fail('audio-empty', { format: 'ogg', reason: 'no-samples' });

  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  try {
    const buffer = createSampleBuffer(source.channelCount, walk.lastGranule);
    const take = (part: Awaited<ReturnType<OggVorbisDecoder['decode']>>): boolean => {
      if (part.errors.length > 0) return false;
      const room = buffer.extend(part.samplesDecoded);
      for (let c = 0; c < source.channelCount && part.samplesDecoded > 0; c++) {
        room.channels[c]!.set(part.channelData[c]!, room.offset);
      }
      return buffer.frameCount() <= limit.value + 8192;
    };
    let isSound = true;
    for (let offset = 0; offset < bytes.length && isSound; offset += chunkBytes) {
      isSound = take(await decoder.decode(bytes.subarray(offset, offset + chunkBytes)));
    }
    isSound = isSound && take(await decoder.flush());
    if (!isSound || buffer.frameCount() < walk.lastGranule) {
      return fail('audio-damaged', {
        format: 'ogg',
        reason: isSound ? 'length' : 'decoder',
        expectedSamples: walk.lastGranule,
        decodedSamples: buffer.frameCount(),
      });
    }
    return ok({
      sampleRateHz: source.sampleRateHz,
      channels: buffer.finish(walk.lastGranule),
      bitDepth: null,
    });
  } finally {
    decoder.free();
  }
}
