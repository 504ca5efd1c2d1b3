/** The workstation's one database. All work is in short synchronous transactions. */
import type {
  AuditAction,
  ModelState,
  SessionQuery,
  Settings,
  StorageState,
} from '../../contract/app-api.ts';
import type { Answers } from '../../contract/form.ts';
import type { AccountId, EntryId, ResultId, SessionId, TakeId } from '../../contract/ids.ts';
import type { Moment } from '../../contract/localized.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Account } from '../../contract/people.ts';
import type { ItemKind } from '../../contract/registry/sync.ts';
import type { Result } from '../../contract/result.ts';
import type {
  CaptureDevice,
  Consent,
  SampleKind,
  ScreeningResult,
  SessionMode,
  SessionStatus,
  SessionSummary,
  SyncState,
  Take,
} from '../../contract/session.ts';
import type { SyncReason } from '../../contract/sync-reasons.ts';
import type { AuditEntry, AuditFinding } from '../../contract/audit-chain.ts';
import type { StoreSync, SyncMark } from './store-sync.ts';

export interface SessionRecord {
  readonly id: SessionId;
  readonly mode: SessionMode;
  readonly kind: SampleKind;
  readonly status: SessionStatus;
  readonly hospital: string | null;
  readonly recordNumber: string | null;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly createdBy: AccountId;
  readonly form: { readonly id: string; readonly version: string };
  readonly protocol: { readonly id: string; readonly version: string };
  readonly models: readonly ModelReference[];
  readonly answers: Answers;
  readonly confirmedWarnings: readonly string[];
  readonly currentStep: string;
  readonly consent: Consent | null;
  readonly skips: readonly { readonly stepKey: string; readonly reason: string }[];
  /** As it was at `insert`; from then on `mark` alone changes it. */
  readonly sync: SyncState;
}

/** A take between `recording.start` and its finish; survives a crash so that the audio finds its patient again. */
export interface OpenTake {
  readonly id: TakeId;
  readonly sessionId: SessionId;
  readonly stepKey: string;
  readonly version: number;
  readonly startedAt: Moment;
  readonly sampleRateHz: number;
  readonly device: CaptureDevice;
  readonly by: AccountId;
}

export interface AccountRecord extends Account {
  readonly passwordHash: string;
  /** Failures in a row since the last success. */
  readonly failures: number;
  /** Epoch ms until which sign-in is refused; null: not locked out. */
  readonly lockedOutUntilMs: number | null;
}

export interface NewAuditEntry {
  readonly at: Moment;
  /** Username at the time, or `system`. */
  readonly by: string;
  readonly action: AuditAction;
  readonly sessionId: SessionId | null;
  /** Facts without patient data. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export interface SessionNote {
  readonly id: EntryId;
  readonly sessionId: SessionId;
  readonly text: string;
  readonly at: Moment;
  readonly by: string;
}

export interface OutboxEntry {
  readonly kind: ItemKind;
  readonly sessionId: SessionId | null;
  /** Id of what is to be sent. */
  readonly subjectId: string;
  readonly at: Moment;
}

/** Something to be sent, with what has become of it. Kept for good: the ordinal is this device's count of changes. */
export interface OutboxItem extends OutboxEntry {
  readonly ordinal: number;
  readonly fate: OutboxFate;
}

/** `put-aside` waits for a person; `left-out` is what a person decided not to send. */
export type OutboxFate =
  | { readonly state: 'waiting' | 'done' | 'left-out' }
  | { readonly state: 'put-aside'; readonly reason: SyncReason; readonly detail: string | null };

/** What a self-test of a model on this PC found; the provider is remembered by it. */
export type ModelTest = Pick<ModelState, 'state' | 'provider' | 'testedAt' | 'problem' | 'dropped'>;

export interface StoreTransaction {
  readonly sessions: {
    insert(session: SessionRecord): void;
    update(session: SessionRecord): void;
    get(id: SessionId): SessionRecord | undefined;
    /** Sorted, filtered, searched (part of the record number or hospital, without regard to case or accents). Ties go by order of making. Discarded ones only when asked for by status. */
    list(query: SessionQuery): { readonly rows: readonly SessionSummary[]; readonly total: number };
    withStatus(statuses: readonly SessionStatus[]): readonly SessionRecord[];
    /** Made at or after an instant, newest first. */
    since(instant: string): readonly SessionSummary[];
    summary(id: SessionId): SessionSummary | undefined;
    /** Complete sessions that no receipt covers yet. */
    countUnsynced(): number;
    /** Changes where the session is safe, and nothing else of it. */
    mark(id: SessionId, mark: SyncMark): void;
    /** The session with all that belongs to it but its audit trail; an id that is not there is no fault. */
    remove(id: SessionId): void;
  };
  readonly takes: {
    open(take: OpenTake): void;
    opened(id: TakeId): OpenTake | undefined;
    allOpen(): readonly OpenTake[];
    /** Ends the open take and stores the finished one. */
    insert(take: Take): void;
    update(take: Take): void;
    get(id: TakeId): Take | undefined;
    ofSession(id: SessionId): readonly Take[];
    /** Drops an open take that holds no audio at all. */
    abandon(id: TakeId): void;
  };
  readonly screenings: {
    insert(result: ScreeningResult): void;
    get(id: ResultId): ScreeningResult | undefined;
    ofSession(id: SessionId): readonly ScreeningResult[];
  };
  readonly notes: { insert(note: SessionNote): void; ofSession(id: SessionId): readonly SessionNote[] };
  readonly accounts: {
    insert(account: AccountRecord): void;
    update(account: AccountRecord): void;
    get(id: AccountId): AccountRecord | undefined;
    byUsername(username: string): AccountRecord | undefined;
    all(): readonly AccountRecord[];
  };
  readonly audit: {
    append(entry: NewAuditEntry): void;
    ofSession(id: SessionId): readonly AuditEntry[];
    /** Newest first, before a sequence number where one is given. */
    list(page: { readonly before?: number | undefined; readonly limit: number }): readonly AuditEntry[];
    /** Oldest first, after a sequence number. */
    following(after: number, limit: number): readonly AuditEntry[];
    verify(): { readonly entries: number; readonly findings: readonly AuditFinding[] };
  };
  readonly outbox: {
    /** False where this kind and subject stand there already: what they stand for is sent once. */
    append(entry: OutboxEntry): boolean;
    /** How many wait. */
    count(): number;
    get(kind: ItemKind, subjectId: string): OutboxItem | undefined;
    /** In order of making. */
    ofSession(id: SessionId): readonly OutboxItem[];
    /** Waiting items of a kind, in order of making. */
    waiting(kind: ItemKind, limit: number): readonly OutboxItem[];
    putAside(): readonly OutboxItem[];
    settle(kind: ItemKind, subjectId: string, fate: OutboxFate): void;
    /** All of it waits again, but what was put aside or left out: another registry has none of it. */
    startOver(): void;
  };
  readonly sync: StoreSync;
  readonly settings: { get(): Settings | undefined; put(settings: Settings): void };
  readonly facts: {
    /** Small facts of this PC: last username, when the recovery key was shown. */
    get(key: 'last-username' | 'recovery-key-shown-at'): string | undefined;
    put(key: 'last-username' | 'recovery-key-shown-at', value: string): void;
  };
  readonly modelTests: {
    get(modelSha256: string): ModelTest | undefined;
    put(modelSha256: string, test: ModelTest): void;
  };
}

export interface Store {
  /** Runs `work` in one transaction; a throw rolls everything back. */
  write<T>(work: (transaction: StoreTransaction) => T): T;
  read<T>(work: (transaction: StoreTransaction) => T): T;
  /** Size, backup and integrity facts. */
  state(): Result<Pick<StorageState, 'databaseBytes' | 'lastBackupAt' | 'integrity'>>;
  close(): void;
}
