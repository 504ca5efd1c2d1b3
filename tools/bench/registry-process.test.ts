import { expect, it } from 'vitest';
import { busySecondsIn, peakBytesIn, processorSecondsIn } from './registry-process.ts';

it('reads the most memory that a process had in RAM, where the system says it', () => {
  expect(peakBytesIn('Name:\tnode\nVmPeak:\t 9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t 1 kB\n')).toBe(2 ** 21);
  expect(peakBytesIn('')).toBeUndefined();
});

it('reads processor time behind whatever the program calls itself', () => {
  const stat = '7 (a (odd) name) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 11 0';
  expect(processorSecondsIn(stat)).toBe(3);
  expect(processorSecondsIn('')).toBeUndefined();
});

it('counts what all processes had, and not what waited for a disk', () => {
  expect(busySecondsIn('cpu  100 20 30 999 888 10 5 7 0 0\ncpu0 1 1 1 1\n')).toBe(1.65);
  expect(busySecondsIn('')).toBeUndefined();
});
