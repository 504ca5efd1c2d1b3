import { expect, it } from 'vitest';
import { floorDbfs, LevelMeter, levelWord, silence } from './level.ts';

const rate = 48000;
const sine = (amplitude: number, seconds: number): Float32Array =>
  Float32Array.from(
    { length: rate * seconds },
    (_, index) => amplitude * Math.sin((2 * Math.PI * 200 * index) / rate),
  );

it('shows a full-scale sine at -3 dB RMS and 0 dB peak', () => {
  const level = new LevelMeter(rate).push(sine(1, 1));
  expect(level.rmsDbfs).toBeCloseTo(-3.01, 1);
  expect(level.peakDbfs).toBeCloseTo(0, 2);
});

it('shows silence as the floor, not as minus infinity', () => {
  expect(new LevelMeter(rate).push(new Float32Array(rate))).toEqual({ ...silence, isClipped: false });
  expect(new LevelMeter(rate).push(new Float32Array(10)).rmsDbfs).toBe(floorDbfs);
});

it('holds the highest peak for a second and a half and then lets go', () => {
  const meter = new LevelMeter(rate);
  meter.push(sine(0.5, 0.1));
  expect(meter.push(sine(0.01, 1)).heldPeakDbfs).toBeCloseTo(-6, 1);
  expect(meter.push(sine(0.01, 1)).heldPeakDbfs).toBeCloseTo(-40, 1);
});

it('keeps saying clipped for two seconds after full scale was reached', () => {
  const meter = new LevelMeter(rate);
  expect(meter.push(sine(1.1, 0.1)).isClipped).toBe(true);
  expect(meter.push(sine(0.1, 1.5)).isClipped).toBe(true);
  expect(meter.push(sine(0.1, 1)).isClipped).toBe(false);
});

it.each([
  [0.0001, 'silent'],
  [0.005, 'quiet'],
  [0.2, 'good'],
  [0.9, 'loud'],
  [1.2, 'clipped'],
])('puts a sine of amplitude %d into the word "%s"', (amplitude, word) => {
  expect(levelWord(new LevelMeter(rate).push(sine(amplitude, 0.5)))).toBe(word);
});
