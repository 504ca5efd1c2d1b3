/**
 * Recordings of a session as a ward's microphone gives them: 48 kHz, 16 bits, mono. Read speech of the end-to-end tests
 * with the noise of a microphone under it (without, FLAC would find the upper octave empty), a vowel and a room that are
 * made here. Every session sounds a little different, so that no two files are the same.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav, storedWavSamples } from '../../main/core/wav.ts';
import { resample } from '../../native/audio/resample.ts';
import { mulberry32 } from '../faults/fault-proxy.ts';
import { root } from '../setup/places.mjs';

export const sampleRateHz = 48_000;
const microphoneNoise = 10 ** (-70 / 20);
const roomLevel = 10 ** (-58 / 20);

export interface BenchRecording {
  /** A step of the shipped protocol. */
  readonly stepKey: string;
  readonly wav: Uint8Array;
}

export interface Speech {
  readonly consent: Float32Array;
  readonly rhyme: Float32Array;
}

/** The speech that is at hand, at this file's rate. */
export function readSpeech(): Speech {
  const read = (name: string): Float32Array => {
    const stored = storedWavSamples(readFileSync(join(root, 'e2e', 'fixtures', `${name}.wav`)));
    if (!stored.ok) throw new Error(`${name}: ${stored.problem.code}`);
    return resample(stored.value.samples, stored.value.wav.sampleRateHz, sampleRateHz);
  };
  return { consent: read('sentence-a'), rhyme: read('sentence-b') };
}

/** 10 s of room, the consent, a vowel of `vowelS`, a rhyme: about 28 s with the default. */
export function sessionRecordings(speech: Speech, seed: number, vowelS = 8): readonly BenchRecording[] {
  const random = mulberry32(seed);
  const noise = gaussian(random);
  const loudness = 0.6 + 0.4 * random();
  const spoken = (samples: Float32Array): Float32Array =>
    samples.map((sample) => loudness * sample + microphoneNoise * noise());
  const takes: readonly (readonly [string, Float32Array])[] = [
    ['ruido', room(10, noise)],
    ['aceite', spoken(speech.consent)],
    ['sustentada', spoken(vowel(vowelS, 95 + 120 * random(), noise))],
    ['parlenda', spoken(joined(speech.rhyme, speech.consent.subarray(0, sampleRateHz)))],
  ];
  return takes.map(([stepKey, samples]) => ({
    stepKey,
    wav: encodeWav(samples, { sampleRateHz, bitDepth: 16 }),
  }));
}

/** Low rumble and the hum of the mains under what a microphone adds itself. */
function room(seconds: number, noise: () => number): Float32Array {
  let rumble = 0;
  return Float32Array.from({ length: seconds * sampleRateHz }, (_, index) => {
    rumble = 0.995 * rumble + 0.1 * noise();
    const hum = Math.sin((2 * Math.PI * 60 * index) / sampleRateHz);
    return roomLevel * (0.7 * rumble + 0.3 * hum) + microphoneNoise * noise();
  });
}

/** Harmonics whose pitch wavers, with breath in them. */
function vowel(seconds: number, pitchHz: number, noise: () => number): Float32Array {
  let phase = 0;
  let wander = 0;
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, index) => {
    wander = 0.9995 * wander + 0.0005 * noise();
    const waver = 1 + 0.004 * Math.sin((2 * Math.PI * 5 * index) / sampleRateHz) + 0.2 * wander;
    phase += (2 * Math.PI * pitchHz * waver) / sampleRateHz;
    let sample = 0.004 * noise();
    for (let harmonic = 1; harmonic <= 24; harmonic += 1)
      sample += (0.25 / harmonic ** 1.3) * Math.sin(harmonic * phase);
    return sample;
  });
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Standard normal, by Box and Muller. */
function gaussian(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
