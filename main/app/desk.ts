import type { ImportId, SessionId, TakeId } from '../../contract/ids.ts';
import type { Account } from '../../contract/people.ts';
import type { ResearchState } from '../../contract/research.ts';
import type { Result } from '../../contract/result.ts';
import type { Canceller } from '../ports/cancellation.ts';
import type { RegistryPlace, RegistryTokens } from '../ports/registry-people.ts';

/** A take that this desk is recording. */
export interface DeskTake {
  readonly sessionId: SessionId;
  /** Chunks that are on disk. */
  chunks: number;
}

/** A file that this desk is handing over. */
export interface DeskImport {
  readonly sessionId: SessionId;
  readonly stepKey: string;
  readonly sizeBytes: number;
  receivedBytes: number;
}

/** A person of this desk who is signed in at the registry. Nothing of it is ever written down. */
export interface RegistrySitting {
  readonly place: RegistryPlace;
  readonly account: NonNullable<ResearchState['account']>;
  tokens: RegistryTokens;
  /** By the monotonic clock: before the access token ends. */
  renewAtMs: number;
  renewing: Promise<Result<null>> | null;
  /** The recording that is being read. */
  audio: { readonly takeId: TakeId; readonly wav: Promise<Result<Uint8Array>> } | null;
  /** Ends what is under way when the sitting ends. */
  readonly canceller: Canceller;
}

/** Who sits at one window, and what that window has under way. Lives in memory only. */
export interface Desk {
  account: Account | null;
  isLocked: boolean;
  /** By the monotonic clock. */
  lastActiveMs: number;
  readonly openTakes: Map<TakeId, DeskTake>;
  /** Takes that this desk recorded since sign-in: finishing one again is answered, not refused. */
  readonly finishedTakes: Set<TakeId>;
  readonly imports: Map<ImportId, DeskImport>;
  /** The session whose page is open: viewing it is in the audit trail once. */
  viewedSession: SessionId | null;
  /** Its fields whose edit is in the audit trail already. */
  readonly editedFields: Set<string>;
  /** The take that is being listened to: its play is in the audit trail. */
  playedTake: TakeId | null;
  /** Refusals in the trail already, so that a page that keeps asking does not flood it. */
  readonly auditedRefusals: Set<string>;
  registry: RegistrySitting | null;
  /** A sign-in at the registry that is under way; `isQuiet`: nobody asked for it and waits for its answer. */
  registryOpening: { readonly canceller: Canceller; readonly isQuiet: boolean } | null;
  /** SHA-256 of the WAV of each recording that the registry told this person of; outlives a lock. */
  readonly registryTakes: Map<TakeId, string>;
}

export function createDesk(): Desk {
  return {
    account: null,
    isLocked: false,
    lastActiveMs: 0,
    openTakes: new Map(),
    finishedTakes: new Set(),
    imports: new Map(),
    viewedSession: null,
    editedFields: new Set(),
    playedTake: null,
    auditedRefusals: new Set(),
    registry: null,
    registryOpening: null,
    registryTakes: new Map(),
  };
}
