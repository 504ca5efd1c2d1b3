/** How the recordings of a step are cut into portions for workers. */

/** Recordings by their places in the snapshot: `count` from `first` on. */
export interface PortionRange {
  readonly first: number;
  readonly count: number;
}

/** Small enough that a worker that dies costs little, large enough that asking for the next costs little. */
const leastRecordings = 4;
const usualPortions = 400;

/**
 * Portions of the recordings that are missing, given by their places in ascending order: every one in exactly one
 * portion, none of what is there. The same places give the same portions; at most `most`.
 */
export function cutPortions(missing: readonly number[], most: number): readonly PortionRange[] {
  const usual = Math.max(leastRecordings, Math.ceil(missing.length / usualPortions));
  const runs = runsOf(missing, usual);
  // Many small gaps: what is there between them costs a worker a look.
  return runs.length <= most ? runs : spans(missing, Math.ceil(missing.length / most));
}

function runsOf(missing: readonly number[], longest: number): readonly PortionRange[] {
  const runs: { first: number; count: number }[] = [];
  for (const place of missing) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === place && last.count < longest) last.count += 1;
    else runs.push({ first: place, count: 1 });
  }
  return runs;
}

function spans(missing: readonly number[], size: number): readonly PortionRange[] {
  return Array.from({ length: Math.ceil(missing.length / size) }, (_, index) => {
    const places = missing.slice(index * size, (index + 1) * size);
    const first = places[0]!;
    return { first, count: places.at(-1)! - first + 1 };
  });
}
