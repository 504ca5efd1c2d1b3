import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseWav } from './wav-samples.ts';

function wav(format: { kind: number; channels: number; bits: number }, body: number[], extra: number[] = []) {
  const bytes = (value: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);
  const tag = (name: string): number[] => [...name].map((letter) => letter.charCodeAt(0));
  return Uint8Array.from([
    ...tag('RIFF'),
    ...bytes(0, 4),
    ...tag('WAVE'),
    ...extra,
    ...tag('fmt '),
    ...bytes(16, 4),
    ...bytes(format.kind, 2),
    ...bytes(format.channels, 2),
    ...bytes(8000, 4),
    ...bytes(0, 6),
    ...bytes(format.bits, 2),
    ...tag('data'),
    ...bytes(body.length, 4),
    ...body,
  ]);
}

it.each([
  ['16-bit', { kind: 1, channels: 1, bits: 16 }, [0, 0x80, 0, 0x40], [-1, 0.5]],
  ['24-bit', { kind: 1, channels: 1, bits: 24 }, [0, 0, 0x80, 0, 0, 0x40], [-1, 0.5]],
  ['32-bit', { kind: 1, channels: 1, bits: 32 }, [0, 0, 0, 0xc0], [-0.5]],
  ['float', { kind: 3, channels: 1, bits: 32 }, [0, 0, 0, 0x3f], [0.5]],
  ['stereo, averaged', { kind: 1, channels: 2, bits: 16 }, [0, 0x40, 0, 0], [0.25]],
])('reads %s samples', (_name, format, body, samples) => {
  const read = parseWav(wav(format, body));
  expect([read?.sampleRateHz, [...(read?.samples ?? [])]]).toEqual([8000, samples]);
});

it('passes over chunks that it does not know, odd ones with their padding', () => {
  const list = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0];
  const read = parseWav(wav({ kind: 1, channels: 1, bits: 16 }, [0, 0x40], list));
  expect([...(read?.samples ?? [])]).toEqual([0.5]);
});

it('says nothing of what is no WAV, has no format or no data', () => {
  expect(parseWav(readFileSync(import.meta.filename))).toBeUndefined();
  expect(parseWav(new Uint8Array(0))).toBeUndefined();
  expect(parseWav(wav({ kind: 1, channels: 1, bits: 16 }, []).subarray(0, 36))).toBeUndefined();
  expect(parseWav(wav({ kind: 7, channels: 1, bits: 8 }, [1, 2]))).toBeUndefined();
});
