/** A wish that work under way should end, seen by those who do it. */
export interface Cancellation {
  readonly isCancelled: boolean;
  /** Calls back once when it is wished, at once where it was already; the answer ends it. */
  subscribe(listener: () => void): () => void;
}

export interface Canceller extends Cancellation {
  cancel(): void;
}

/** `outer` cancels this one too. */
export function createCanceller(outer?: Cancellation): Canceller {
  const listeners = new Set<() => void>();
  let isCancelled = false;
  const canceller: Canceller = {
    get isCancelled() {
      return isCancelled;
    },
    subscribe(listener) {
      if (isCancelled) listener();
      else listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cancel() {
      if (isCancelled) return;
      isCancelled = true;
      leaveOuter();
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
  };
  let leaveOuter: () => void = () => undefined;
  if (outer !== undefined) leaveOuter = outer.subscribe(() => canceller.cancel());
  return canceller;
}
