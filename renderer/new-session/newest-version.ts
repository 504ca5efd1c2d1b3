interface Versioned {
  readonly id: string;
  readonly version: string;
}

/** The newest version of each definition, in the order in which the definitions first stand. */
export function newestOfEach<Definition extends Versioned>(
  definitions: readonly Definition[],
): readonly Definition[] {
  const newest = new Map<string, Definition>();
  for (const definition of definitions) {
    const known = newest.get(definition.id);
    if (known === undefined || compareVersions(definition.version, known.version) > 0) {
      newest.set(definition.id, definition);
    }
  }
  return [...newest.values()];
}

/** Newest first; versions compare number by number. */
export function newestFirst<Definition extends Versioned>(
  definitions: readonly Definition[],
): readonly Definition[] {
  const order = newestOfEach(definitions).map(({ id }) => id);
  return [...definitions].sort(
    (a, b) => order.indexOf(a.id) - order.indexOf(b.id) || compareVersions(b.version, a.version),
  );
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] => version.split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
