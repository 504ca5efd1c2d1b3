import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSplit, planSplit, readGivenSplit, sidesOf, splitNoises } from './plan-split.ts';
import { permuteLabels } from './permute-labels.ts';

const people = (count: number, perPerson = 2) =>
  Array.from({ length: count * perPerson }, (_, i) => {
    const person = Math.floor(i / perPerson);
    return { subject: `p${person}`, isPositive: person % 3 === 0, audioSha256: `a${i}`, name: `${i}.wav` };
  });
const seeded = (seed: number) => ({ kind: 'seeded', validation: 0.2, test: 0.25, seed }) as const;

describe('a split by seed', () => {
  it('has every participant on one side, both classes on each, in the stated shares', () => {
    fc.assert(
      fc.property(fc.integer({ min: 15, max: 60 }), fc.integer({ min: 0, max: 1000 }), (count, seed) => {
        const recordings = people(count);
        const planned = planSplit(recordings, seeded(seed));
        if (!planned.ok) throw new Error(planned.refusal.what);
        const sides = sidesOf(recordings, planned.value);
        if (!sides.ok) throw new Error(sides.refusal.what);
        expect(checkSplit(recordings, sides.value)).toMatchObject({ ok: true });
        const test = Object.values(planned.value).filter((side) => side === 'test').length;
        expect(Math.abs(test - 0.25 * count)).toBeLessThanOrEqual(1);
        expect(planSplit(recordings.toReversed(), seeded(seed))).toEqual(planned);
      }),
    );
  });

  it('depends on the seed, and is refused for too few', () => {
    expect(planSplit(people(30), seeded(1))).not.toEqual(planSplit(people(30), seeded(2)));
    expect(planSplit(people(4), seeded(1)).ok).toBe(false);
  });
});

describe('the check of a split', () => {
  it('finds a participant and identical audio on two sides, by name', () => {
    const recordings = people(30);
    const planned = planSplit(recordings, seeded(1));
    if (!planned.ok) throw new Error(planned.refusal.what);
    const sides = sidesOf(recordings, planned.value);
    if (!sides.ok) throw new Error(sides.refusal.what);
    const moved = sides.value.with(0, sides.value[0] === 'test' ? 'training' : 'test');
    expect(checkSplit(recordings, moved)).toMatchObject({ refusal: { items: ['subject p0'] } });
    const other = sides.value.findIndex((side) => side !== sides.value[0]);
    const copied = recordings.with(other, { ...recordings[other]!, audioSha256: 'a0' });
    expect(checkSplit(copied, sides.value)).toMatchObject({
      refusal: { items: [`the audio of 0.wav = ${other}.wav`] },
    });
  });
});

describe('a given split', () => {
  it('is read by its columns, and refused where it leaks or leaves somebody out', () => {
    expect(readGivenSplit('side,subject\ntest,a\nTraining,b\n', 's.csv')).toEqual({
      ok: true,
      value: { a: 'test', b: 'training' },
    });
    expect(readGivenSplit('subject,side\na,test\na,training\n', 's.csv')).toMatchObject({
      refusal: { items: ['subject a is on the sides test and training'] },
    });
    expect(sidesOf(people(2), { p0: 'test' })).toMatchObject({ refusal: { items: ['p1'] } });
    expect(planSplit(people(3), { kind: 'subjects', validation: ['p0'], test: ['p0', 'p1'] })).toMatchObject({
      refusal: { items: ['p0'] },
    });
  });
});

describe('noise clips', () => {
  it('are kept apart, and shared only where there is a single one', () => {
    expect(splitNoises(10, 0.3, 1).filter((side) => side === 'evaluation')).toHaveLength(3);
    expect(splitNoises(2, 0.1, 1).toSorted()).toEqual(['evaluation', 'training']);
    expect(splitNoises(1, 0.5, 1)).toEqual(['training']);
  });
});

describe('permuted labels', () => {
  it('keep how many there are on each side and that a participant has one', () => {
    const recordings = people(30);
    const sides = recordings.map(({ subject }) =>
      Number(subject.slice(1)) < 15 ? ('test' as const) : ('training' as const),
    );
    const labels = permuteLabels(recordings, sides, 4);
    const count = (all: readonly boolean[], side: string) =>
      all.filter((label, index) => label && sides[index] === side).length;
    const own = recordings.map(({ isPositive }) => isPositive);
    expect(labels).not.toEqual(own);
    for (const side of ['test', 'training']) expect(count(labels, side)).toBe(count(own, side));
    for (let i = 0; i < labels.length; i += 2) expect(labels[i]).toBe(labels[i + 1]);
  });

  it('are dealt among the recordings of a participant who has both', () => {
    const recordings = Array.from({ length: 40 }, (_, i) => ({
      subject: `p${i % 2}`,
      isPositive: i % 4 < 2,
    }));
    const labels = permuteLabels(
      recordings,
      recordings.map(() => 'test' as const),
      1,
    );
    expect(labels).not.toEqual(recordings.map(({ isPositive }) => isPositive));
    expect(labels.filter((label, i) => label && i % 2 === 0)).toHaveLength(10);
  });
});
