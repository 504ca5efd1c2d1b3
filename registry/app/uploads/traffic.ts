/** What uploads are doing in this process. Other processes know nothing of it: there the rows alone decide. */

/** One transfer under way. */
export interface Transfer {
  /**
   * Calls back when somebody wants the transfer to end, at once where somebody does already. The last one given is the
   * one that is called: a promise here would hold on to every chunk that was ever raced against it.
   */
  whenInterrupted(call: () => void): void;
  end(): void;
}

export interface UploadTraffic {
  /** Undefined while another transfer to the upload is under way here. */
  begin(uploadId: string): Transfer | undefined;
  /**
   * Ends the transfer that is under way, if there is one, and waits until what it held is stored. A sender that asks
   * where it stood has lost its line: what still hangs on the old one must count first, and no longer be waited for.
   * False where nothing was under way.
   */
  settle(uploadId: string): Promise<boolean>;
  /** Runs the work when few enough others run: checking audio costs a processor and some megabytes each. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

const checksAtOnce = 4;

export function createUploadTraffic(): UploadTraffic {
  const transfers = new Map<string, { readonly interrupt: () => void; readonly ended: Promise<void> }>();
  const waiting: (() => void)[] = [];
  let running = 0;

  return {
    begin(uploadId) {
      if (transfers.has(uploadId)) return undefined;
      const ending = Promise.withResolvers<void>();
      let isInterrupted = false;
      let tell = (): void => undefined;
      const interrupt = (): void => {
        isInterrupted = true;
        tell();
      };
      transfers.set(uploadId, { interrupt, ended: ending.promise });
      return {
        whenInterrupted(call) {
          tell = call;
          if (isInterrupted) call();
        },
        end() {
          transfers.delete(uploadId);
          ending.resolve();
        },
      };
    },
    async settle(uploadId) {
      const transfer = transfers.get(uploadId);
      if (transfer === undefined) return false;
      transfer.interrupt();
      await transfer.ended;
      return true;
    },
    async inTurn(work) {
      if (running === checksAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
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
