import { expect, it } from 'vitest';
import { readStoredWav } from '../../contract/stored-wav.ts';
import { encodeFlac } from '../../native/audio/flac-encode.ts';
import { readSpeech, sampleRateHz, sessionRecordings } from './recordings.ts';

const speech = readSpeech();
const session = sessionRecordings(speech, 1, 3);

it('makes the recordings that the shipped protocol asks for, in its limits', () => {
  expect(session.map(({ stepKey }) => stepKey)).toEqual(['ruido', 'aceite', 'sustentada', 'parlenda']);
  for (const { wav } of session) {
    const read = readStoredWav(wav);
    expect(read).toMatchObject({ ok: true, value: { sampleRateHz, bitDepth: 16 } });
  }
});

it('makes the same of the same seed, and other files of another', () => {
  const bytes = (seed: number): readonly string[] =>
    sessionRecordings(speech, seed, 3).map(({ wav }) => Buffer.from(wav).toString('base64'));
  const [first, again, other] = [bytes(1), bytes(1), bytes(2)];
  expect(again).toEqual(first);
  expect(other.filter((file) => first.includes(file))).toEqual([]);
});

it('does not flatter the packing: there is noise up to the highest octave', async () => {
  for (const { wav } of session) {
    const packed = await encodeFlac(wav);
    if (!packed.ok) throw new Error(packed.problem.code);
    expect(packed.value.length / wav.length).toBeGreaterThan(0.3);
  }
});
