interface Versioned {
  readonly id: string;
  readonly version: string;
}

/** Sorted by id, and within an id by version, newest first (1.10.0 is newer than 1.9.0). */
export function newestVersionsFirst<T extends Versioned>(definitions: readonly T[]): readonly T[] {
  return definitions.toSorted(
    (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) || compareVersions(b.version, a.version),
  );
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
