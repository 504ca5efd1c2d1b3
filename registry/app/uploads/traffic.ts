/** What uploads are doing in this process. Other processes know nothing of it: there the rows alone decide. */
import type { Clock } from '../../ports/surroundings.ts';
import { createLine, type Leave } from '../waiting-line.ts';

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
  /**
   * Memory to hold a small recording of so many bytes whole while it arrives and is checked. Undefined where none came
   * free in the time that its sender's patience allows, or the transfer was interrupted meanwhile.
   */
  roomFor(
    bytes: number,
    transfer: Pick<Transfer, 'whenInterrupted'>,
    clock: Clock,
  ): Promise<Leave | undefined>;
  /**
   * How long whoever comes now would wait for that memory, in ms; undefined where it is bearable. To be asked before
   * bytes are on their way: a call that is refused in their middle costs its line.
   */
  crowdedForMs(clock: Pick<Clock, 'now'>): number | undefined;
  /** A turn at checking what lies here in parts: it costs a processor and some megabytes. Undefined where none came. */
  turn(clock: Clock): Promise<Leave | undefined>;
}

const checksAtOnce = 4;
const heldBytesAtOnce = 48 * 1024 * 1024;
/** A sender of bytes bears two minutes of silence, whoever asks for anything else half a minute (registry-http). */
export const roomPatienceMs = 60_000;
export const turnPatienceMs = 20_000;
const bearableMs = 30_000;

export function createUploadTraffic(): UploadTraffic {
  const transfers = new Map<string, { readonly interrupt: () => void; readonly ended: Promise<void> }>();
  const room = createLine(heldBytesAtOnce);
  const turns = createLine(checksAtOnce);

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
    roomFor: (bytes, { whenInterrupted }, clock) =>
      room.enter(bytes, { clock, patienceMs: roomPatienceMs, whenInterrupted }),
    crowdedForMs(clock) {
      const waitMs = room.waitMs(clock);
      return waitMs > bearableMs ? waitMs : undefined;
    },
    turn: (clock) => turns.enter(1, { clock, patienceMs: turnPatienceMs }),
  };
}
