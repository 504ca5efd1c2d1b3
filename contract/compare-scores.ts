/** Whether two runs of a model said the same. */

export interface RunScores {
  readonly scores: readonly number[];
  readonly windowScores: readonly (readonly number[])[];
}

/** Largest difference between a model's scores on a machine and its golden ones. */
export const goldenTolerance = 1e-3;

/** The largest absolute difference of any score; null where the shapes differ, so that nothing can be compared. */
export function largestDifference(left: RunScores, right: RunScores): number | null {
  const rows = [left.scores, ...left.windowScores];
  const others = [right.scores, ...right.windowScores];
  if (rows.length !== others.length) return null;
  let largest = 0;
  for (const [index, row] of rows.entries()) {
    const other = others[index] ?? [];
    if (row.length !== other.length) return null;
    for (const [column, score] of row.entries()) {
      const difference = Math.abs(score - (other[column] ?? Number.NaN));
      if (!Number.isFinite(difference)) return null;
      largest = Math.max(largest, difference);
    }
  }
  return largest;
}
