/** Time and chance of a simulated world: both go only as the seed says, and nothing waits for a real clock. */

export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** True with this probability. */
  is(probability: number): boolean;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  bytes(length: number): Uint8Array;
}

/** Splitmix32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    is: (probability) => next() < probability,
    between,
    pick(list) {
      if (list.length === 0) throw new RangeError('there is nothing to pick from');
      return list[between(0, list.length - 1)]!;
    },
    bytes: (length) => Uint8Array.from({ length }, () => between(0, 255)),
  };
}

export interface Timer {
  cancel(): void;
}

export interface Timeline {
  /** Milliseconds since the world began. */
  now(): number;
  after(ms: number, call: () => void): Timer;
  sleep(ms: number): Promise<void>;
  /**
   * Lets everything that is ready run, then the next timer, and so on. Ends with true as soon as `until` holds between
   * two turns, with false when time reaches `limitMs`.
   */
  run(until: () => boolean, limitMs: number): Promise<boolean>;
  /** Called between two turns, when no promise is ready to go on. */
  betweenTurns(check: () => Promise<void> | void): void;
  /** Turns so far. */
  readonly turns: number;
}

interface Due {
  readonly atMs: number;
  /** Decides between equals. */
  readonly order: number;
  call: (() => void) | undefined;
}

export function createTimeline(): Timeline {
  const heap: Due[] = [];
  let nowMs = 0;
  let made = 0;
  let turns = 0;
  let check: () => Promise<void> | void = () => undefined;

  const isBefore = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const push = (due: Due): void => {
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  };
  const pop = (): Due | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  };
  const after = (ms: number, call: () => void): Timer => {
    const due: Due = { atMs: nowMs + Math.max(0, ms), order: (made += 1), call };
    push(due);
    return {
      cancel() {
        due.call = undefined;
      },
    };
  };
  return {
    now: () => nowMs,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    async run(until, limitMs) {
      for (;;) {
        // Every promise that is ready goes on before this comes back: nothing in the simulation waits for more.
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
        await check();
        if (until()) return true;
        while (heap[0] !== undefined && heap[0].call === undefined) pop();
        if (heap[0] === undefined || heap[0].atMs > limitMs) {
          nowMs = Math.max(nowMs, limitMs);
          return false;
        }
        const due = pop()!;
        nowMs = due.atMs;
        due.call?.();
      }
    },
    betweenTurns(next) {
      check = next;
    },
    get turns() {
      return turns;
    },
  };
}
