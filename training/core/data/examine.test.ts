import { describe, expect, it } from 'vitest';
import { examine, sourceShortcuts, type ExamineOptions, type ReadRecording } from './examine.ts';

const recording = (path: string, change: Partial<ReadRecording> = {}): ReadRecording => ({
  path,
  subject: `of ${path}`,
  isPositive: false,
  audioSha256: `hash of ${path}`,
  durationS: 3,
  isSilent: false,
  source: 'wav 16000 Hz 16 bit',
  ...change,
});
const options: ExamineOptions = { minimumS: 1, labelUnit: 'subject', namesSubjects: true };
const result = (recordings: readonly ReadRecording[], change: Partial<ExamineOptions> = {}): unknown => {
  const examined = examine(recordings, { ...options, ...change });
  return examined.ok
    ? { kept: examined.value.kept.map(({ path }) => path), defects: examined.value.defects }
    : examined.refusal;
};

describe('examined recordings', () => {
  it('lose what is too short, silent, or there already, each by name', () => {
    const twin = { audioSha256: 'same', subject: 'p' };
    const recordings = [
      recording('a', twin),
      recording('b', { durationS: 0.999 }),
      recording('c', { isSilent: true }),
      recording('d', twin),
      recording('e'),
    ];
    expect(result(recordings)).toEqual({
      kept: ['a', 'e'],
      defects: [
        { name: 'b', reason: 'too short: 0.999 s, at least 1 s are needed' },
        { name: 'c', reason: 'silent: all samples are the same' },
        { name: 'd', reason: 'the same audio as a' },
      ],
    });
  });

  it('are refused when the same audio has two labels', () => {
    const recordings = [
      recording('a', { audioSha256: 'x' }),
      recording('b', { audioSha256: 'x', isPositive: true }),
    ];
    expect(result(recordings)).toMatchObject({ what: 'the same audio has two labels', items: ['a = b'] });
  });

  it('are refused when one voice stands under two subjects: a planted leak', () => {
    const recordings = [recording('a', { audioSha256: 'x' }), recording('b', { audioSha256: 'x' })];
    expect(result(recordings)).toMatchObject({ items: ['a = b'] });
    expect(result(recordings, { namesSubjects: false })).toMatchObject({ kept: ['a'] });
  });

  it('are refused when a subject is in both classes, unless labels speak of recordings', () => {
    const recordings = [recording('a', { subject: 'p' }), recording('b', { subject: 'p', isPositive: true })];
    expect(result(recordings)).toMatchObject({ what: '1 subject is in both classes', items: ['p'] });
    expect(result(recordings, { labelUnit: 'recording' })).toMatchObject({ kept: ['a', 'b'] });
  });
});

describe('a shortcut through the equipment', () => {
  it('is named when one class has its own sources', () => {
    const recordings = [
      recording('a'),
      recording('b'),
      recording('c', { isPositive: true, source: 'mp3 8000 Hz' }),
      recording('d', { isPositive: true }),
    ];
    expect(sourceShortcuts(recordings)).toEqual([
      'mp3 8000 Hz: 50 % of the positive, 0 % of the negative class',
      'wav 16000 Hz 16 bit: 50 % of the positive, 100 % of the negative class',
    ]);
  });

  it('is not named when both classes have the same', () => {
    expect(sourceShortcuts([recording('a'), recording('b', { isPositive: true })])).toEqual([]);
  });
});
