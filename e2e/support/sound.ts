/** Sound for the microphone of a test, and the comparison of what was recorded with what was played. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Sound {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/** The rate at which Chromium's file microphone plays, whatever the file. */
export const microphoneRateHz = 44_100;

/** Uniform noise with a fixed seed, at an RMS level in dBFS. */
export function roomNoise(seconds: number, dbfs: number): Sound {
  const amplitude = 10 ** (dbfs / 20) * Math.sqrt(3);
  let state = 12_345;
  const samples = Float32Array.from({ length: Math.round(seconds * microphoneRateHz) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return amplitude * (state / 2 ** 31 - 1);
  });
  return { samples, sampleRateHz: microphoneRateHz };
}

/** A sustained /a/: a pulse train (Hz) whose harmonics follow three formants, with a slow vibrato. */
export function vowel(seconds: number, peak = 0.5, pitchHz = 120): Sound {
  const formants = [
    [730, 90],
    [1090, 110],
    [2440, 170],
  ] as const;
  const harmonics = Array.from({ length: 30 }, (_, index) => {
    const hz = pitchHz * (index + 1);
    const gain = formants.reduce((sum, [centre, width]) => sum + 1 / (1 + ((hz - centre) / width) ** 2), 0);
    return { number: index + 1, gain };
  });
  const samples = Float32Array.from({ length: Math.round(seconds * microphoneRateHz) }, (_, index) => {
    const t = index / microphoneRateHz;
    const phase = 2 * Math.PI * pitchHz * t + 0.4 * Math.sin(2 * Math.PI * 5 * t);
    return harmonics.reduce((sum, { number, gain }) => sum + gain * Math.sin(number * phase), 0);
  });
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return { samples: samples.map((sample) => (sample / loudest) * peak), sampleRateHz: microphoneRateHz };
}

/** The vowel with breath in it: white noise at an RMS level in dBFS. */
export function breathyVowel(seconds: number, pitchHz: number, breathDbfs: number): Sound {
  const voice = vowel(seconds, 0.5, pitchHz);
  const breath = roomNoise(seconds, breathDbfs).samples;
  return { ...voice, samples: voice.samples.map((sample, index) => sample + (breath[index] ?? 0)) };
}

/** 16-bit mono WAV. */
export function wavBytes({ samples, sampleRateHz }: Sound): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) =>
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767))), 44 + index * 2),
  );
  return bytes;
}

/** Reads a WAV of 16-bit mono PCM, as the workstation keeps its takes. */
export function readWav(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleRateHz = view.getUint32(24, true);
  const frames = view.getUint32(40, true) / 2;
  return {
    sampleRateHz,
    samples: Float32Array.from(
      { length: frames },
      (_, index) => view.getInt16(44 + index * 2, true) / 32_768,
    ),
  };
}

export function readWavFile(path: string): Sound {
  return readWav(readFileSync(path));
}

/** Chromium's file microphone fills the last of its 10-ms blocks with silence before it begins anew. */
const blockFrames = microphoneRateHz / 100;

/** A recording of the fixtures as the microphone plays it: at its rate, in whole blocks, as loud as speech nearby. */
export function spokenSentence(name: 'sentence-a' | 'sentence-b', peak = 0.5): Sound {
  const { samples, sampleRateHz } = readWavFile(resolve(import.meta.dirname, `../fixtures/${name}.wav`));
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const step = sampleRateHz / microphoneRateHz;
  const frames = Math.floor((samples.length - 1) / step);
  return {
    sampleRateHz: microphoneRateHz,
    samples: Float32Array.from({ length: frames - (frames % blockFrames) }, (_, index) => {
      const at = Math.floor(index * step);
      const [before = 0, after = 0] = [samples[at], samples[at + 1]];
      return ((before + (after - before) * (index * step - at)) / loudest) * peak;
    }),
  };
}

/** What the next stream from the microphone plays: Chromium reads the file when a stream starts. */
export function playIntoMicrophone(path: string, sound: Sound): void {
  writeFileSync(path, wavBytes(sound));
}

/**
 * Correlation of a recording with what was played, at the lag where they agree best, after alignment. The played
 * file repeats for ever, so the recording may start anywhere in it and wrap. Both at the same rate.
 * `longestBreakS`: longest stretch of 50-ms blocks that do not follow the played sound (correlation under 0.9).
 */
export function compareWithPlayed(
  recorded: Sound,
  played: Sound,
): { readonly correlation: number; readonly brokenBlocks: number; readonly blocks: number } {
  if (recorded.sampleRateHz !== played.sampleRateHz) throw new Error('compare at one rate');
  const at = bestLag(recorded.samples, played.samples);
  const period = played.samples.length;
  const aligned = Float32Array.from(
    recorded.samples,
    (_, index) => played.samples[(at + index) % period] ?? 0,
  );
  const block = Math.round(recorded.sampleRateHz * 0.05);
  let brokenBlocks = 0;
  let blocks = 0;
  for (let start = 0; start + block <= aligned.length; start += block) {
    const part = aligned.subarray(start, start + block);
    if (energy(part) / block < 1e-6) continue;
    blocks += 1;
    if (correlation(recorded.samples.subarray(start, start + block), part) < 0.9) brokenBlocks += 1;
  }
  return { correlation: correlation(recorded.samples, aligned), brokenBlocks, blocks };
}

/** The lag into `played` at which the loudest second of `recorded` fits best. */
function bestLag(recorded: Float32Array, played: Float32Array): number {
  const probeLength = Math.min(8192, recorded.length);
  let probeAt = 0;
  let loudest = -1;
  for (let start = 0; start + probeLength <= recorded.length; start += probeLength) {
    const loudness = energy(recorded.subarray(start, start + probeLength));
    if (loudness > loudest) {
      loudest = loudness;
      probeAt = start;
    }
  }
  const probe = recorded.subarray(probeAt, probeAt + probeLength);
  const period = played.length;
  let best = { lag: 0, value: -Infinity };
  for (let lag = 0; lag < period; lag += 1) {
    let product = 0;
    let power = 1e-12;
    for (let index = 0; index < probeLength; index += 16) {
      const value = played[(lag + index) % period] ?? 0;
      product += value * (probe[index] ?? 0);
      power += value * value;
    }
    const value = product / Math.sqrt(power);
    if (value > best.value) best = { lag, value };
  }
  return (((best.lag - probeAt) % period) + period) % period;
}

function correlation(a: Float32Array, b: Float32Array): number {
  let product = 0;
  for (let index = 0; index < a.length; index += 1) product += (a[index] ?? 0) * (b[index] ?? 0);
  return product / Math.sqrt(energy(a) * energy(b) || 1);
}

function energy(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
