/** What was made of whom, so that a voice that is called back leaves the store with all that was made of it. */
import { done, type Outcome } from '../../core/outcome.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Surroundings } from '../../ports/surroundings.ts';
import { parseJson } from './step.ts';

interface TracePorts {
  readonly contents: Pick<Contents, 'recall' | 'remember' | 'remove'>;
  readonly surroundings: Pick<Surroundings, 'sha256' | 'toBytes'>;
}

/** Notes contents (by hash) that were made of an origin: a session by its id, or other contents by their hash. */
export async function noteTrace(
  ports: TracePorts,
  origin: string,
  made: readonly string[],
): Promise<Outcome<null>> {
  const before = await tracesOf(ports, origin);
  if (!before.ok) return before;
  const all = [...new Set([...before.value, ...made])];
  if (all.length === before.value.length) return done(null);
  return ports.contents.remember(keyOf(ports, origin), JSON.stringify(all));
}

/** Removes all that was made of an origin, and of that in turn; answers how many contents went. */
export async function eraseTraces(ports: TracePorts, origin: string): Promise<Outcome<number>> {
  const made = await tracesOf(ports, origin);
  if (!made.ok) return made;
  let count = 0;
  for (const sha256 of made.value) {
    const further = await eraseTraces(ports, sha256);
    if (!further.ok) return further;
    const removed = await ports.contents.remove(sha256);
    if (!removed.ok) return removed;
    count += 1 + further.value;
  }
  if (count === 0) return done(0);
  const forgotten = await ports.contents.remember(keyOf(ports, origin), '[]');
  return forgotten.ok ? done(count) : forgotten;
}

async function tracesOf(ports: TracePorts, origin: string): Promise<Outcome<readonly string[]>> {
  const text = await ports.contents.recall(keyOf(ports, origin));
  if (!text.ok) return text;
  const list = text.value === undefined ? undefined : parseJson(text.value);
  return done(Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []);
}

function keyOf({ surroundings }: TracePorts, origin: string): string {
  return surroundings.sha256(surroundings.toBytes(JSON.stringify({ tracesOf: origin })));
}
