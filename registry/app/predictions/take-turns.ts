import { refuse, type Outcome } from '../../core/outcome.ts';

/** So many at once; the others wait, first come, first served. */
export interface Gate {
  pass<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(atOnce: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async pass(work) {
      if (running < atOnce) running += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}

/** Work that many ask for and few at once can do. */
export interface Turns {
  /** `too-many-requests` where too many wait already. */
  take<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

export function createTurns({
  atOnce,
  waiting: mostWaiting,
}: {
  readonly atOnce: number;
  readonly waiting: number;
}): Turns {
  const gate = createGate(atOnce);
  let inside = 0;
  return {
    async take(work) {
      if (inside >= atOnce + mostWaiting)
        return refuse('too-many-requests', 'Too many predictions are waiting: try again later', {
          facts: { retryAfterS: 1 },
        });
      inside += 1;
      try {
        return await gate.pass(work);
      } finally {
        inside -= 1;
      }
    },
  };
}
