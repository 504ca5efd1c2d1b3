import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutPortions } from './portions.ts';

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const placesOf = (portions: ReturnType<typeof cutPortions>): number[] =>
  portions.flatMap(({ first, count }) => range(first, count));

it('cuts what is missing into runs of a few recordings, and leaves out what is there', () => {
  expect(cutPortions([0, 1, 2, 3, 4, 5, 9, 10], 1000)).toEqual([
    { first: 0, count: 4 },
    { first: 4, count: 2 },
    { first: 9, count: 2 },
  ]);
  expect(cutPortions([], 1000)).toEqual([]);
});

it('cuts more recordings into larger portions', () => {
  const portions = cutPortions(range(0, 100_000), 1000);
  expect(portions.length).toBe(400);
  expect(placesOf(portions)).toEqual(range(0, 100_000));
});

it('covers every missing recording once, in no more portions than may be', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(400), { maxLength: 120 }).map((places) => places.sort((a, b) => a - b)),
      fc.integer({ min: 1, max: 50 }),
      (missing, most) => {
        const portions = cutPortions(missing, most);
        const places = placesOf(portions);
        expect(portions.length).toBeLessThanOrEqual(most);
        expect(new Set(places).size).toBe(places.length);
        expect(missing.filter((place) => !places.includes(place))).toEqual([]);
        expect(cutPortions(missing, most)).toEqual(portions);
      },
    ),
  );
});
