import type { AppEvent } from '../../../contract/app-api.ts';
import type { Result } from '../../../contract/result.ts';

/** One person's place at the workstation: a window, or a browser that came in by a code of its own. */
export interface HostedDesk {
  /** Parses, checks rights, runs. Refusals and failures are Results; it never rejects. */
  invoke(name: string, rawInput: unknown): Promise<Result<unknown>>;
  /** A page was loaded anew: what the former one was recording is kept as far as it came. */
  pageChanged(): Promise<void>;
  /** The window is gone for good: what it was recording is kept, and whoever sat there is signed out. */
  leave(): Promise<void>;
}

/** The workstation as the two hosts see it. */
export interface HostedApp {
  openDesk(): HostedDesk;
  /** Every event, for every page; the answer ends the subscription. */
  subscribe(listener: (event: AppEvent) => void): () => void;
  /** The computer goes to sleep or has woken. */
  computerSlept(): void;
  /** Ends desks, timers, engine and store. */
  close(): Promise<void>;
}
