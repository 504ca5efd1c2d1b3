import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohensKappa } from './kappa.ts';

interface Case {
  readonly name: string;
  readonly table: number[][];
  readonly kappa: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

const fixture = new URL('../../fixtures/kappa-statsmodels.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly Case[] };

describe('kappa, its standard error and its interval', () => {
  it.each(cases)('are those of statsmodels for $name', ({ table, kappa, standardError, low, high }) => {
    const found = cohensKappa(table);
    expect(found.kappa).toBeCloseTo(kappa, 12);
    expect(found.standardError).toBeCloseTo(standardError, 12);
    // Beyond what kappa can be, ours ends.
    expect(found.interval?.low).toBeCloseTo(Math.max(-1, low), 10);
    expect(found.interval?.high).toBeCloseTo(Math.min(1, high), 10);
  });

  it('are worked out by hand for a small table', () => {
    // Agreed: 35 of 50. By chance: 25/50 · 30/50 + 25/50 · 20/50 = 0.5.
    expect(
      cohensKappa([
        [20, 5],
        [10, 15],
      ]),
    ).toMatchObject({ n: 50, observed: 0.7, expected: 0.5 });
  });

  it('are not there where nothing was rated, or both never said but one thing', () => {
    const none = { kappa: null, standardError: null, interval: null };
    expect(cohensKappa([])).toEqual({ n: 0, observed: null, expected: null, ...none });
    expect(cohensKappa([[0]])).toEqual({ n: 0, observed: null, expected: null, ...none });
    expect(cohensKappa([[9]])).toEqual({ n: 9, observed: 1, expected: 1, ...none });
    expect(
      cohensKappa([
        [0, 0],
        [0, 3],
      ]),
    ).toEqual({ n: 3, observed: 1, expected: 1, ...none });
  });
});

const tables = fc.integer({ min: 2, max: 4 }).chain((size) =>
  fc.array(fc.array(fc.nat({ max: 30 }), { minLength: size, maxLength: size }), {
    minLength: size,
    maxLength: size,
  }),
);

it('kappa is the same whichever of the two is named first, and never above 1', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const turned = table.map((_, i) => table.map((row) => row[i] ?? 0));
      const [one, other] = [cohensKappa(table), cohensKappa(turned)];
      expect(other.kappa ?? 0).toBeCloseTo(one.kappa ?? 0, 10);
      expect(other.standardError ?? 0).toBeCloseTo(one.standardError ?? 0, 10);
      if (one.kappa !== null) {
        expect(one.kappa).toBeLessThanOrEqual(1);
        expect(one.kappa).toBeGreaterThanOrEqual(-1 - 1e-9);
        expect(one.interval?.low).toBeLessThanOrEqual(one.kappa + 1e-9);
        expect(one.interval?.high).toBeGreaterThanOrEqual(one.kappa - 1e-9);
      }
    }),
  );
});
