import { describe, expect, it } from 'vitest';
import { seededRandom } from '../fit/random.ts';
import { leaveOutNearTwins } from './near-twins.ts';

const random = seededRandom(1);
const place = (): number[] => Array.from({ length: 30 }, (_, j) => 10 * j + (j + 1) * random.normal());
const people = Array.from({ length: 12 }, (_, i) => ({
  path: `${i}.wav`,
  subject: `s${i}`,
  isPositive: i % 2 === 0,
  windows: [place(), place()],
}));
/** The same sound after another coding: every feature a little off. */
const copyOf = (i: number, subject: string, isPositive = i % 2 === 0) => ({
  path: 'copy.wav',
  subject,
  isPositive,
  windows: people[i]!.windows.map((row) => row.map((value, j) => value + 0.05 * (j + 1) * random.normal())),
});
const leftOut = (recordings: Parameters<typeof leaveOutNearTwins>[0]): unknown => {
  const outcome = leaveOutNearTwins(recordings);
  if (!outcome.ok) return outcome.refusal;
  expect(outcome.value.kept.length + outcome.value.defects.length).toBe(recordings.length);
  return outcome.value.defects;
};

describe('near twins', () => {
  it('are a recording and its copy under another name: the later one is left out', () => {
    expect(leftOut([...people, copyOf(4, 'somebody')])).toEqual([
      { name: 'copy.wav', reason: 'almost the same sound as 4.wav, under another subject' },
    ]);
  });

  it('are not different voices, nor two takes of one participant', () => {
    expect(leftOut(people)).toEqual([]);
    expect(leftOut([...people, copyOf(4, 's4')])).toEqual([]);
  });

  it('are refused when they have two labels', () => {
    expect(leftOut([...people, copyOf(4, 'somebody', false)])).toMatchObject({
      items: ['4.wav and copy.wav'],
    });
  });

  it('are not looked for among so few recordings that spread says nothing', () => {
    expect(leftOut([people[4]!, copyOf(4, 'somebody')])).toEqual([]);
  });
});
