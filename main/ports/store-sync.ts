/** What the store keeps for the way to the registry. */
import type { EntryId, SessionId, TakeId } from '../../contract/ids.ts';
import type { Moment } from '../../contract/localized.ts';
import type { ModelService } from '../../contract/model-rollout.ts';
import type { HospitalId, NamedKey, RegistryId, WorkstationId } from '../../contract/registry/ids.ts';
import type {
  OfferedModel,
  SessionContent,
  SignedReceipt,
  UploadEncoding,
  withdrawalKinds,
} from '../../contract/registry/sync.ts';
import type { SyncState as SessionSyncState } from '../../contract/session.ts';
import type { ProblemCode, ProblemDetails } from '../../contract/result.ts';
import type { SyncReason } from '../../contract/sync-reasons.ts';
import type { SyncSettings } from '../../contract/sync-state.ts';
import type { KeyPair } from './signing.ts';

/** Where a session is safe, how far it came, and why somebody is needed. */
export interface SyncMark {
  readonly state: SessionSyncState;
  /** 0 to 1; null unless `sending`. */
  readonly progress: number | null;
  /** Null unless `needs-attention`, or `synced` at a former registry. */
  readonly reason: SyncReason | null;
}

/** To whom this PC belongs. The private key never leaves the encrypted store but to sign. */
export interface Enrolment {
  readonly registryUrl: string;
  readonly allowsPlainHttp: boolean;
  readonly registryId: RegistryId;
  readonly workstationId: WorkstationId;
  readonly workstationName: string;
  readonly hospital: { readonly id: HospitalId; readonly name: string };
  readonly enrolledAt: Moment;
  readonly answerKey: NamedKey;
  readonly modelKeys: readonly NamedKey[];
  readonly keys: KeyPair;
}

/** Facts of the whole way, in one piece. */
export interface SyncFacts {
  readonly enrolment: Enrolment | null;
  /** The registry that has what `done` means, also after this PC has left it; of a session that is safe at a former one, that one. */
  readonly lastRegistryId: RegistryId | null;
  /** Who this PC was there, kept when it left: the key proves at that registry that it is the same PC. */
  readonly former: Pick<Enrolment, 'workstationId' | 'keys'> | null;
  /** Registries that this PC has left, and to which it did not come back. */
  readonly formerRegistries: readonly {
    readonly registryId: RegistryId;
    readonly registryUrl: string;
    readonly leftAt: Moment;
    /** Who this PC was there: where it comes back, it proves so. Null where that was not kept yet. */
    readonly as: Pick<Enrolment, 'workstationId' | 'keys'> | null;
  }[];
  /** Made before the registry was asked, so that a lost answer can be asked for again. */
  readonly pendingEnrolment: { readonly code: string; readonly keys: KeyPair } | null;
  readonly settings: SyncSettings;
  /** Sequence of the last change that was taken. */
  readonly feedPosition: number;
  /** Sequence of the last audit entry that was sent. */
  readonly auditPosition: number;
  readonly lastContactAt: string | null;
  readonly lastReceiptAt: string | null;
  readonly clockSkewMs: number | null;
  /** The registry's refusal that stands, by its code; nothing is tried until somebody asks. */
  readonly refusal: { readonly code: string; readonly at: Moment } | null;
}

/** What has become of a take's audio on its way. No row: nothing yet. */
export interface TakeAudio {
  readonly takeId: TakeId;
  readonly sessionId: SessionId;
  readonly fate:
    | { readonly state: 'waiting' | 'sent' }
    | { readonly state: 'put-aside'; readonly reason: SyncReason; readonly detail: string | null };
  /** Where it is being sent to; null: not begun. */
  readonly upload: {
    readonly url: string;
    readonly encoding: UploadEncoding;
    /** Of the file as it is sent. */
    readonly sha256: string;
    readonly sizeBytes: number;
  } | null;
  /** Times that the registry did not want what it received. */
  readonly refusals: number;
  /** When the local audio was removed; null: it is here. */
  readonly removedAt: Moment | null;
}

/** What stays of a session that was withdrawn or deleted. */
export interface LocalTombstone {
  readonly sessionId: SessionId;
  readonly kind: (typeof withdrawalKinds)[number];
  readonly at: Moment;
  /** Username here, or null where the registry told. */
  readonly by: string | null;
  /** Id of the withdrawal that this PC sends. */
  readonly entryId: EntryId | null;
}

/** What the registry offers for an alias, and what has become of it here. */
export interface OfferRecord {
  readonly offer: OfferedModel;
  /** Of the change that told it, in the registry's order: a newer one is a new offer. */
  readonly sequence: number;
  /** `open`: still to be taken. */
  readonly state: 'open' | 'taken' | 'failed';
  /** Null unless `failed`. */
  readonly problem: { readonly code: ProblemCode; readonly details: ProblemDetails } | null;
  /** When it was taken or failed. */
  readonly settledAt: Moment | null;
}

/** What a model is to new sessions. No row: it came with the program and nothing changed since. */
export interface ModelStanding {
  readonly sha256: string;
  readonly name: string;
  readonly version: string;
  readonly service: ModelService;
  /** The alias through which it came; null: IT installed it. */
  readonly alias: string | null;
  readonly installedAt: Moment | null;
}

export interface StoreSync {
  facts(): SyncFacts;
  putFacts(facts: SyncFacts): void;

  /** A complete session as it is sent, frozen; its work is open from now on. Once per session, later ones change nothing. */
  keepContent(content: SessionContent): void;
  content(id: SessionId): SessionContent | undefined;
  /** Complete sessions from before contents were kept. */
  withoutContent(limit: number): readonly SessionId[];
  /** Sessions of which something is left to do, in order of making. */
  open(limit: number): readonly SessionId[];
  countOpen(): number;
  setOpen(id: SessionId, isOpen: boolean): void;

  audio(id: TakeId): TakeAudio | undefined;
  audioOf(id: SessionId): readonly TakeAudio[];
  audioPutAside(): readonly TakeAudio[];
  /** Sessions some of whose recordings were removed here, by id. */
  withRemovedAudio(): readonly SessionId[];
  /** The session must be there. */
  putAudio(audio: TakeAudio): void;

  /** Kept beside earlier ones. */
  keepReceipt(signed: SignedReceipt): void;
  newestReceipt(id: SessionId): SignedReceipt | undefined;
  /** Of every registry that gave one, oldest first. */
  receipts(id: SessionId): readonly SignedReceipt[];
  /** Takes whose audio is here and whose session has a receipt dated before an instant, oldest first. */
  removable(receiptBefore: string, limit: number): readonly TakeId[];

  /** What no receipt covers: complete sessions, takes of open ones without audio sent, bytes of these, and waiting items. */
  waiting(): {
    readonly sessions: number;
    readonly takes: number;
    readonly bytes: number;
    readonly items: number;
  };
  countNeedingAttention(): number;
  /** Complete sessions that are `local-only` become `waiting`, or the other way round. */
  markAll(from: 'local-only' | 'waiting', to: 'local-only' | 'waiting'): void;
  /** For another registry: no audio was sent, every complete session is open and waits, nothing is offered. */
  startOver(): void;

  /** Audio that is to be removed from the disk; survives a crash in between. */
  condemn(takeIds: readonly TakeId[]): void;
  condemned(): readonly TakeId[];
  pardon(id: TakeId): void;

  putTombstone(tombstone: LocalTombstone): void;
  tombstone(id: SessionId): LocalTombstone | undefined;
  /** Tombstones whose session is still here: it could not be removed at once. */
  unburied(): readonly LocalTombstone[];

  putHospital(hospital: { readonly id: HospitalId; readonly name: string; readonly isOwn: boolean }): void;
  hospitals(): readonly { readonly id: HospitalId; readonly name: string; readonly isOwn: boolean }[];

  /** One per name and alias. */
  putOffer(record: OfferRecord): void;
  removeOffer(offer: Pick<OfferedModel, 'alias' | 'name'>): void;
  /** By name, then alias. */
  offers(): readonly OfferRecord[];
  /** Aliases that IT chose, by the model's name. */
  followed(): ReadonlyMap<string, string>;
  follow(name: string, alias: string): void;
  /** By hash. */
  standings(): readonly ModelStanding[];
  putStanding(standing: ModelStanding): void;
}
