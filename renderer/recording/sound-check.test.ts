import { expect, it } from 'vitest';
import { parseWav } from '../waveform/wav-samples.ts';
import { SoundCheckRecording, wavFile } from './sound-check.ts';

const rate = 8000;
const sine = (amplitude: number, frames: number): Float32Array =>
  Float32Array.from(
    { length: frames },
    (_, index) => amplitude * Math.sin((2 * Math.PI * 200 * index) / rate),
  );

it('is done after three seconds, however the blocks fall, and plays back what was heard', () => {
  const check = new SoundCheckRecording(rate);
  expect(check.push({ samples: sine(0.25, 23_900) })).toBeUndefined();
  expect(check.progress).toBeCloseTo(0.996, 3);
  const done = check.push({ samples: sine(0.25, 1024) });
  const heard = parseWav(done?.file ?? new Uint8Array());
  expect([done?.word, heard?.sampleRateHz, heard?.samples.length]).toEqual(['good', rate, 24_000]);
  expect(heard?.samples[10]).toBeCloseTo(0.25 * Math.sin((2 * Math.PI * 200 * 10) / rate), 3);
});

it('judges by the loudest moment, and never forgets a clipped one', () => {
  const check = new SoundCheckRecording(rate);
  check.push({ samples: sine(1.2, 800) });
  expect(check.push({ samples: new Float32Array(24_000) })?.word).toBe('clipped');
});

it('says so when nothing was heard', () => {
  expect(new SoundCheckRecording(rate).push({ samples: new Float32Array(24_000) })?.word).toBe('silent');
});

it('writes a header that tells the truth about the samples', () => {
  const file = wavFile(Int16Array.of(1, -1), 44_100);
  expect([file.length, parseWav(file)?.sampleRateHz, parseWav(file)?.samples.length]).toEqual([
    48, 44_100, 2,
  ]);
});
