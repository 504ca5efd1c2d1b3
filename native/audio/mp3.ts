import { MPEGDecoder } from 'mpg123-decoder';
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import { frameLimit, tooLong } from './audio-limits.ts';
import { id3SizeBytes } from './detect-format.ts';
import { walkMp3, type Mp3Stream } from './mp3-frames.ts';
import { createSampleBuffer } from './sample-buffer.ts';

export interface StreamAudio {
  readonly sampleRateHz: number;
  readonly channels: Float32Array[];
  readonly bitDepth: number | null;
}

const chunkBytes = 32_768;

/**
 * Decodes an MP3 file whole. The frame headers are walked first, so that an overlong or shortened file is named
 * before any decoding. 'audio-empty' (no frames), 'audio-truncated' (the last frame is cut, or fewer frames than the
 * file's own tag counts; a cut exactly between two frames of a file without such a tag leaves no trace), 'audio-damaged' (bytes between frames, or frames that do not decode), 'audio-too-long'.
 */
export async function decodeMp3(bytes: Uint8Array, maximumSeconds: number): Promise<Result<StreamAudio>> {
  const stream = walkMp3(bytes, id3SizeBytes(bytes));
  const first = stream?.audioFrames[0];
  if (stream === undefined || first === undefined) {
    if (stream !== undefined && stream.missingBytes > 0) return fail('audio-truncated', facts(stream));
    return fail('audio-empty', { format: 'mp3', reason: 'no-frames', sizeBytes: bytes.length });
  }
  const channelCount = stream.audioFrames.every((frame) => frame.channelCount === 1) ? 1 : 2;
  const source = { format: 'mp3', sampleRateHz: first.sampleRateHz, channelCount };
  const limit = frameLimit(source, maximumSeconds);
  if (!limit.ok) return limit;
  const declared = (stream.declaredFrames ?? 0) * first.samplesPerFrame;
  const longest =
    Math.max(stream.audioFrames.length * first.samplesPerFrame, declared) - stream.trimmedSamples;
  if (longest > limit.value) return tooLong(source, longest, limit.value);
  const problem = structuralProblem(stream);
  if (problem !== undefined) return { ok: false, problem };

  const expected = stream.audioFrames.length * first.samplesPerFrame - stream.trimmedSamples;
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    const buffer = createSampleBuffer(channelCount, expected);
    for (let offset = stream.startBytes; offset < stream.endBytes; offset += chunkBytes) {
      const part = decoder.decode(bytes.subarray(offset, Math.min(stream.endBytes, offset + chunkBytes)));
      if (part.errors.length > 0) {
        return fail('audio-damaged', { format: 'mp3', reason: 'decoder', errors: part.errors.length });
      }
      const room = buffer.extend(part.samplesDecoded);
      for (let c = 0; c < channelCount; c++) room.channels[c]!.set(part.channelData[c]!, room.offset);
    }
    // The decoder may keep or drop up to two frames at the ends (its own delay of 529 samples, bit reservoir).
    if (Math.abs(buffer.frameCount() - expected) > 2 * first.samplesPerFrame) {
      return fail('audio-damaged', {
        format: 'mp3',
        reason: 'length',
        expectedSamples: expected,
        decodedSamples: buffer.frameCount(),
      });
    }
    return ok({ sampleRateHz: first.sampleRateHz, channels: buffer.finish(), bitDepth: null });
  } finally {
    decoder.free();
  }
}

function structuralProblem(stream: Mp3Stream): Problem | undefined {
  const frames = stream.audioFrames.length;
  const isShort = stream.declaredFrames !== undefined && frames < stream.declaredFrames;
  if (stream.missingBytes > 0 || isShort) return { code: 'audio-truncated', details: facts(stream) };
  if (stream.strayBytes > 0) {
    return {
      code: 'audio-damaged',
      details: { ...facts(stream), reason: 'stray-bytes', strayBytes: stream.strayBytes },
    };
  }
  return undefined;
}

function facts(stream: Mp3Stream) {
  return {
    format: 'mp3',
    frames: stream.audioFrames.length,
    ...(stream.declaredFrames === undefined ? {} : { declaredFrames: stream.declaredFrames }),
    missingBytes: stream.missingBytes,
  };
}
