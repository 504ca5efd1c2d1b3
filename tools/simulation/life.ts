/** A process that may end at any moment: what it had begun never goes on, and what it asks is never answered. */

/** Thrown into a program that is dead, where it asks for something at once. Its own code may catch it; nothing comes of that. */
export class Crash extends Error {}

export interface Life {
  readonly isAlive: boolean;
  end(): void;
  onEnd(call: () => void): void;
  /** Settles as the promise does, or never where the process has ended by then. */
  whileAlive<T>(promise: Promise<T>): Promise<T>;
  /** Throws Crash where the process has ended. */
  mustLive(): void;
}

/** Of what a dead process waits for. A new one each time, so that nothing gathers on it. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

export function beginLife(): Life {
  let isAlive = true;
  const listeners: (() => void)[] = [];
  return {
    get isAlive() {
      return isAlive;
    },
    end() {
      if (!isAlive) return;
      isAlive = false;
      for (const call of listeners.splice(0)) call();
    },
    onEnd(call) {
      if (isAlive) listeners.push(call);
      else call();
    },
    whileAlive: <T>(promise: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        promise.then(
          (value) => {
            if (isAlive) resolve(value);
          },
          (cause: unknown) => {
            if (isAlive) reject(cause instanceof Error ? cause : new Error(String(cause)));
          },
        );
      }),
    mustLive() {
      if (!isAlive) throw new Crash('the process has ended');
    },
  };
}
