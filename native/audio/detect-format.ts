import { fail, ok, type Result } from '../../contract/result.ts';
import { firstMp3Frame } from './mp3-frames.ts';

export type AudioFormat = 'wav' | 'flac' | 'mp3' | 'ogg';

/** Names a file's format by its content. 'audio-empty' for no bytes, 'audio-not-recognised' for anything else. */
export function detectFormat(bytes: Uint8Array): Result<AudioFormat> {
  if (bytes.length === 0) return fail('audio-empty', { reason: 'no-bytes' });
  const tag = String.fromCharCode(...bytes.subarray(0, 4));
  if (tag === 'RIFF' || tag === 'RF64' || tag === 'RIFX' || tag === 'BW64') return ok('wav');
  if (tag === 'OggS') return ok('ogg');
  const start = id3SizeBytes(bytes);
  if (String.fromCharCode(...bytes.subarray(start, start + 4)) === 'fLaC') return ok('flac');
  if (start > 0 || firstMp3Frame(bytes, 0) !== undefined) return ok('mp3');
  return fail('audio-not-recognised', { sizeBytes: bytes.length });
}

/** Size of a leading ID3v2 tag, 0 without one. Source: id3.org, ID3 tag version 2.4.0, section 3.1. */
export function id3SizeBytes(bytes: Uint8Array): number {
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(0, 3)) !== 'ID3') return 0;
  const [b0, b1, b2, b3] = bytes.subarray(6, 10) as unknown as [number, number, number, number];
  const hasFooter = (bytes[5]! & 0x10) !== 0;
  return 10 + ((b0 << 21) | (b1 << 14) | (b2 << 7) | b3) + (hasFooter ? 10 : 0);
}
