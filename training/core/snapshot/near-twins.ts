/**
 * Recordings of different participants that are almost the same sound: a copy at another level, rate or coding, which
 * no hash shows. Told by the means of their statistics, in units of the spread over all recordings.
 */

interface Sounding {
  readonly subject: string;
  /** Mean of each statistic over the recording. */
  readonly sound: ArrayLike<number>;
}

/** Different voices lie about √2 apart; copies of one recording lie far below this. */
const nearest = 0.15;
/** Spread says nothing about fewer. */
const fewestRecordings = 6;

/** Pairs of recordings of two subjects that are almost the same sound, the earlier one first. */
export function nearTwins<R extends Sounding>(recordings: readonly R[]): readonly (readonly [R, R])[] {
  if (recordings.length < fewestRecordings) return [];
  const places = standardised(recordings.map(({ sound }) => Float64Array.from(sound)));
  const pairs: (readonly [R, R])[] = [];
  recordings.forEach((a, i) => {
    for (let j = i + 1; j < recordings.length; j++) {
      const b = recordings[j]!;
      if (a.subject !== b.subject && isNear(places[i]!, places[j]!)) pairs.push([a, b]);
    }
  });
  return pairs;
}

function meanOf(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let j = 0; j < mean.length; j++) mean[j]! += row[j]! / rows.length;
  return mean;
}

function standardised(rows: readonly Float64Array[]): readonly Float64Array[] {
  const centre = meanOf(rows);
  const variance = meanOf(rows.map((row) => row.map((value, j) => (value - centre[j]!) ** 2)));
  return rows.map((row) => row.map((value, j) => (value - centre[j]!) / Math.sqrt(variance[j]! + 1e-12)));
}

/** Root mean square over the statistics, given up as soon as it is too large: most pairs are, at once. */
function isNear(a: Float64Array, b: Float64Array): boolean {
  const most = nearest ** 2 * a.length;
  let sum = 0;
  for (let j = 0; j < a.length && sum < most; j++) sum += (a[j]! - b[j]!) ** 2;
  return sum < most;
}
