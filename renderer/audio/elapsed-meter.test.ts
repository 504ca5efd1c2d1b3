import { expect, it } from 'vitest';
import { ElapsedMeter } from './elapsed-meter.ts';

const blockMs = 20;

function take(blocks: number, latenessOf: (index: number) => number): number {
  const meter = new ElapsedMeter();
  for (let index = 0; index < blocks; index += 1) {
    const recordedMs = (index + 1) * blockMs;
    meter.block(1000 + recordedMs + latenessOf(index), recordedMs);
  }
  return meter.elapsedMs;
}

it('is the recorded length when nothing is lost', () => {
  expect(take(100, () => 3)).toBe(2000);
  expect(take(5, () => 3)).toBe(100);
});

it('reports no loss when the page was busy at the beginning, in the middle or at the end', () => {
  expect(take(100, (index) => (index < 10 ? 150 - index * 15 : 0))).toBe(2000);
  expect(take(100, (index) => (index > 45 && index < 55 ? 400 : 0))).toBe(2000);
  expect(take(100, (index) => (index > 92 ? 200 : 0))).toBe(2000);
});

it('shows the time of audio that never came', () => {
  expect(take(100, (index) => (index < 50 ? 2 : 702))).toBe(2700);
});

it('is 0 before anything came', () => {
  expect(new ElapsedMeter().elapsedMs).toBe(0);
});
