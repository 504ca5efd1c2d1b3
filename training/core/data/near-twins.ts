/**
 * Recordings of different participants that are almost the same sound: a copy at another level, rate or coding, which
 * no hash shows. Told by the means of their features, in units of the features' spread over all recordings.
 */
import { done, refuse, type Outcome } from '../outcome.ts';
import type { Examined } from './examine.ts';

interface Sounding {
  readonly path: string;
  readonly subject: string;
  readonly isPositive: boolean;
  readonly windows: readonly ArrayLike<number>[];
}

/** Different voices lie about √2 apart; copies of one recording lie far below this. */
const nearest = 0.15;
/** Spread says nothing about fewer. */
const fewestRecordings = 6;

/**
 * Leaves out the later of two recordings that are almost the same sound under two subjects; refuses them where they
 * have two labels.
 */
export function leaveOutNearTwins<R extends Sounding>(recordings: readonly R[]): Outcome<Examined<R>> {
  const pairs = nearTwins(recordings);
  const contradicting = pairs.filter(([a, b]) => a.isPositive !== b.isPositive);
  if (contradicting.length > 0) {
    return refuse(
      'almost the same sound has two labels',
      'Listen to both. Remove or correct copies; where they really are two voices, say --keep-twins.',
      contradicting.map(([a, b]) => `${a.path} and ${b.path}`),
    );
  }
  const firstOf = new Map(pairs.map(([a, b]) => [b, a]));
  return done({
    kept: recordings.filter((recording) => !firstOf.has(recording)),
    defects: [...firstOf].map(([twin, first]) => ({
      name: twin.path,
      reason: `almost the same sound as ${first.path}, under another subject`,
    })),
  });
}

function nearTwins<R extends Sounding>(recordings: readonly R[]): readonly (readonly [R, R])[] {
  if (recordings.length < fewestRecordings) return [];
  const places = standardised(recordings.map(({ windows }) => meanOf(windows)));
  const pairs: (readonly [R, R])[] = [];
  recordings.forEach((a, i) => {
    for (let j = i + 1; j < recordings.length; j++) {
      const b = recordings[j]!;
      if (a.subject !== b.subject && distance(places[i]!, places[j]!) < nearest) pairs.push([a, b]);
    }
  });
  return pairs;
}

function meanOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let j = 0; j < mean.length; j++) mean[j]! += row[j]! / rows.length;
  return mean;
}

function standardised(rows: readonly Float64Array[]): readonly Float64Array[] {
  const centre = meanOf(rows);
  const variance = meanOf(rows.map((row) => row.map((value, j) => (value - centre[j]!) ** 2)));
  return rows.map((row) => row.map((value, j) => (value - centre[j]!) / Math.sqrt(variance[j]! + 1e-12)));
}

/** Root mean square over the features. */
function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j]! - b[j]!) ** 2;
  return Math.sqrt(sum / a.length);
}
