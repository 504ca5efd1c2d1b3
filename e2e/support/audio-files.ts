/** Files as they come from other programs: good ones, unusual ones and broken ones. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { phrase } from './bedside.ts';
import { wavBytes, type Sound } from './sound.ts';

export interface AudioFile {
  readonly name: string;
  readonly bytes: Buffer;
}

interface WavKind {
  readonly bits: 8 | 16 | 24 | 32;
  readonly isFloat?: boolean;
  readonly channels?: 1 | 2;
}

const flacFolder = resolve(import.meta.dirname, '../../native/audio/fixtures');

/** Each is a voice of some seconds, written otherwise. */
export function goodFiles(): readonly AudioFile[] {
  const voice = phrase(4);
  return [
    { name: 'usual.wav', bytes: wavBytes(voice) },
    { name: 'eight-bit.wav', bytes: wav(voice, { bits: 8 }) },
    { name: 'twenty-four-bit.wav', bytes: wav(voice, { bits: 24 }) },
    { name: 'float.wav', bytes: wav(voice, { bits: 32, isFloat: true }) },
    {
      name: 'ninety-six-kilohertz-stereo.wav',
      bytes: wav(atRate(voice, 96_000), { bits: 24, channels: 2 }),
    },
    { name: 'usual.flac', bytes: readFileSync(resolve(flacFolder, 'mono-16k-16bit.flac')) },
    {
      name: 'ninety-six-kilohertz-stereo.flac',
      bytes: readFileSync(resolve(flacFolder, 'stereo-96k-24bit.flac')),
    },
  ];
}

export interface BadFile extends AudioFile {
  readonly code: string;
  /** What the page says, in English. */
  readonly message: string;
}

export function badFiles(): readonly BadFile[] {
  const whole = wavBytes(phrase(4));
  const flac = readFileSync(resolve(flacFolder, 'mono-16k-16bit.flac'));
  const truncated = 'The audio file ends before the end that it announces.';
  const unknown = 'The file is not audio, or of a kind that is not known.';
  return [
    { name: 'empty.wav', bytes: Buffer.alloc(0), code: 'audio-empty', message: 'The audio file is empty.' },
    {
      name: 'truncated.wav',
      bytes: whole.subarray(0, whole.length / 2),
      code: 'audio-truncated',
      message: truncated,
    },
    {
      name: 'truncated.flac',
      bytes: flac.subarray(0, Math.floor(flac.length / 2)),
      code: 'audio-truncated',
      message: truncated,
    },
    {
      name: 'letter.wav',
      bytes: Buffer.from('Cara equipe, segue em anexo a gravação de ontem.\n'.repeat(400)),
      code: 'audio-not-recognised',
      message: unknown,
    },
    {
      name: 'no-samples.wav',
      bytes: wavBytes({ samples: new Float32Array(0), sampleRateHz: 44_100 }),
      code: 'audio-empty',
      message: 'The audio file is empty.',
    },
    { name: 'two-hours.wav', bytes: twoHours(), code: 'audio-too-long', message: 'The audio is too long.' },
  ];
}

/** Two hours of silence at a low rate, every byte of it there. */
function twoHours(): Buffer {
  return wav({ samples: new Float32Array(2 * 3600 * 8000), sampleRateHz: 8000 }, { bits: 8 });
}

function atRate({ samples, sampleRateHz }: Sound, rateHz: number): Sound {
  const step = sampleRateHz / rateHz;
  return {
    sampleRateHz: rateHz,
    samples: Float32Array.from({ length: Math.floor((samples.length - 1) / step) }, (_, index) => {
      const at = Math.floor(index * step);
      const [before = 0, after = 0] = [samples[at], samples[at + 1]];
      return before + (after - before) * (index * step - at);
    }),
  };
}

function wav({ samples, sampleRateHz }: Sound, { bits, isFloat = false, channels = 1 }: WavKind): Buffer {
  const sampleBytes = bits / 8;
  const frameBytes = sampleBytes * channels;
  const bytes = Buffer.alloc(44 + samples.length * frameBytes, bits === 8 ? 128 : 0);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(isFloat ? 3 : 1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * frameBytes, 28);
  bytes.writeUInt16LE(frameBytes, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * frameBytes, 40);
  for (let index = 0; index < samples.length * channels; index += 1) {
    const value = samples[Math.floor(index / channels)] ?? 0;
    if (value === 0) continue;
    const at = 44 + index * sampleBytes;
    if (isFloat) bytes.writeFloatLE(value, at);
    else if (bits === 8) bytes.writeUInt8(Math.round(value * 127) + 128, at);
    else bytes.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at, sampleBytes);
  }
  return bytes;
}
