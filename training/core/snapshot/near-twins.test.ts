import { describe, expect, it } from 'vitest';
import { seededRandom } from '../fit/random.ts';
import { nearTwins } from './near-twins.ts';

const random = seededRandom(1);
const place = (): number[] => Array.from({ length: 30 }, (_, j) => 10 * j + (j + 1) * random.normal());
const people = Array.from({ length: 12 }, (_, i) => ({ subject: `s${i}`, sound: place() }));
/** The same sound after another coding: every statistic a little off. */
const copyOf = (i: number, subject: string) => ({
  subject,
  sound: people[i]!.sound.map((value, j) => value + 0.05 * (j + 1) * random.normal()),
});

describe('near twins', () => {
  it('are a recording and its copy under another subject', () => {
    const copy = copyOf(4, 'somebody');
    expect(nearTwins([...people, copy])).toEqual([[people[4], copy]]);
  });

  it('are not different voices, nor two takes of one participant', () => {
    expect(nearTwins(people)).toEqual([]);
    expect(nearTwins([...people, copyOf(4, 's4')])).toEqual([]);
  });

  it('are not looked for among so few recordings that spread says nothing', () => {
    expect(nearTwins([people[4]!, copyOf(4, 'somebody')])).toEqual([]);
  });
});
