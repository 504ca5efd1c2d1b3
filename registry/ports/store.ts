/**
 * The registry's one database, as rows under keys. Rules stand in core and app; what stands here is only what a
 * relational store of any make can do: read, write, look up by equality or range, count on, all or nothing.
 */
import type { Json } from '../../contract/canonical-json.ts';

/** Instants are ISO 8601 in UTC with milliseconds, so that text order is time order. `id` is the key of every table. */
export interface Tables {
  readonly facts: { readonly id: string; readonly value: Json };
  readonly hospitals: { readonly id: string; readonly name: string; readonly createdAt: string };
  readonly accounts: {
    readonly id: string;
    /** Folded: unique without regard to case. */
    readonly usernameKey: string;
    readonly username: string;
    readonly displayName: string;
    readonly email: string | null;
    readonly passwordHash: string;
    readonly roles: Json;
    readonly isForAllHospitals: boolean;
    readonly language: string;
    readonly isDisabled: boolean;
    readonly createdAt: string;
  };
  /** `id` is `<accountId>:<hospitalId>`. */
  readonly memberships: { readonly id: string; readonly accountId: string; readonly hospitalId: string };
  /** `id` names who failed where: a user from one address or one workstation. */
  readonly signInFailures: {
    readonly id: string;
    readonly failures: number;
    readonly lockedOutUntil: string | null;
    readonly lastAt: string;
  };
  /** `id` is the SHA-256 of the token. */
  readonly refreshTokens: {
    readonly id: string;
    readonly accountId: string;
    readonly family: string;
    readonly issuedAt: string;
    readonly expiresAt: string;
    readonly usedAt: string | null;
    readonly revokedAt: string | null;
  };
  /** One-time codes; `id` is the code's SHA-256. */
  readonly codes: {
    readonly id: string;
    readonly purpose: 'first-account' | 'enrolment';
    readonly hospitalId: string | null;
    readonly createdBy: string | null;
    readonly createdAt: string;
    readonly expiresAt: string | null;
    readonly usedAt: string | null;
  };
  readonly workstations: {
    readonly id: string;
    readonly hospitalId: string;
    readonly name: string;
    readonly publicKey: string;
    readonly enrolledAt: string;
    readonly revokedAt: string | null;
    readonly lastSeenAt: string | null;
    readonly clockSkewMs: number | null;
    readonly appVersion: string | null;
    /** Other hospitals that the same PC belonged to before: ids. What it sent there is theirs still. */
    readonly formerHospitals: Json;
  };
  /** What workstations sent, as it was sent. `id` is `<kind>:<item id>`, for audit entries `audit:<workstation>:<n>`. */
  readonly items: {
    readonly id: string;
    readonly kind: string;
    readonly itemId: string;
    readonly sessionId: string | null;
    readonly workstationId: string;
    readonly hospitalId: string;
    readonly counter: number;
    readonly sha256: string;
    readonly content: Json;
    readonly receivedAt: string;
    /** The registry's order of arrival. */
    readonly sequence: number;
  };
  readonly sessions: {
    readonly id: string;
    readonly hospitalId: string;
    readonly workstationId: string;
    readonly mode: string;
    readonly kind: string;
    readonly recordNumber: string | null;
    /** The record number as it is compared. */
    readonly recordKey: string | null;
    readonly createdAt: string;
    readonly receivedAt: string;
    readonly state: 'receiving' | 'received';
    readonly purposes: Json;
    readonly sequence: number;
  };
  readonly takes: {
    readonly id: string;
    readonly sessionId: string;
    /** Of the WAV, as announced. */
    readonly wavSha256: string;
    readonly wavBytes: number;
    /** `stored`: its audio is here and was compared with what was announced. */
    readonly state: 'announced' | 'stored';
    readonly encoding: string | null;
    readonly blobKey: string | null;
    readonly blobBytes: number | null;
    readonly storedAt: string | null;
  };
  /** A resumable upload; its bytes lie as parts under `uploads/<id>/` until it is whole. */
  readonly uploads: {
    readonly id: string;
    readonly takeId: string;
    readonly sessionId: string;
    readonly workstationId: string;
    readonly encoding: string;
    readonly sha256: string;
    readonly lengthBytes: number;
    readonly offsetBytes: number;
    /** Names of the parts in order, each a blob under `uploads/<id>/`. */
    readonly parts: Json;
    readonly state: 'open' | 'checking' | 'stored' | 'refused';
    /** Why it was refused, as a word; null in every other state. */
    readonly reason: string | null;
    readonly createdAt: string;
    readonly touchedAt: string;
  };
  /** Conflicts and items that could not be taken, for people to look at. */
  readonly reviews: {
    readonly id: string;
    readonly why: 'conflict' | 'invalid';
    readonly kind: string | null;
    readonly itemId: string | null;
    readonly sessionId: string | null;
    readonly workstationId: string;
    readonly hospitalId: string;
    readonly sha256: string;
    readonly offered: Json;
    readonly reason: string;
    readonly at: string;
    readonly resolvedAt: string | null;
    readonly resolvedBy: string | null;
    readonly resolution: string | null;
  };
  readonly receipts: {
    readonly id: string;
    readonly sessionId: string;
    readonly workstationId: string;
    readonly sequence: number;
    /** SHA-256 of the request's canonical JSON: the same request gets the same receipt. */
    readonly requestSha256: string;
    readonly signed: Json;
    readonly at: string;
  };
  /** `id` is the session's. Holds no content. */
  readonly tombstones: {
    readonly id: string;
    readonly kind: string;
    readonly hospitalId: string;
    readonly at: string;
    readonly by: string;
    /** Hashes of what was removed: proves it without holding it. */
    readonly removed: Json;
    /** Blobs that are still to be deleted from the blob store. */
    readonly pendingBlobs: Json;
  };
  /** The feed. `hospitalId` null: for every workstation. */
  readonly changes: {
    readonly id: string;
    readonly sequence: number;
    readonly hospitalId: string | null;
    readonly kind: string;
    readonly subjectId: string;
    readonly at: string;
    readonly content: Json;
  };
  readonly definitions: {
    readonly id: string;
    readonly kind: 'form' | 'protocol';
    readonly definitionId: string;
    readonly version: string;
    readonly sha256: string;
    readonly content: Json;
    readonly at: string;
    readonly by: string;
  };
  readonly models: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    readonly packageSha256: string;
    readonly packageBytes: number;
    readonly blobKey: string;
    readonly keyId: string;
    readonly signature: string;
    readonly manifest: Json;
    readonly card: string;
    readonly uploadedAt: string;
    readonly uploadedBy: string;
  };
  /** `id` is `<name>@<alias>`. */
  readonly aliases: {
    readonly id: string;
    readonly name: string;
    readonly alias: string;
    readonly modelId: string | null;
    readonly at: string;
  };
  readonly aliasHistory: {
    readonly id: string;
    readonly sequence: number;
    readonly name: string;
    readonly alias: string;
    readonly modelId: string | null;
    readonly version: string | null;
    readonly at: string;
    readonly by: string;
    readonly why: string;
  };
  /** `id` is the run's. `content` is the upload as it came last: record, metrics, curve. */
  readonly trainingRuns: {
    readonly id: string;
    /** Who brought it. */
    readonly accountId: string;
    readonly by: string;
    readonly parent: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly status: 'open' | 'failed' | 'complete';
    /** Of the model that it packaged. */
    readonly manifestSha256: string | null;
    readonly content: Json;
    readonly sequence: number;
  };
  /** Bytes that runs made and that are here. `id` is their SHA-256. */
  readonly trainingArtefacts: {
    readonly id: string;
    readonly sizeBytes: number;
    readonly blobKey: string;
    readonly storedAt: string;
  };
  /** What was said of sessions: append-only, but for a withdrawal, which removes all. */
  readonly labels: {
    readonly id: string;
    readonly sessionId: string;
    readonly hospitalId: string;
    readonly question: string;
    readonly version: string;
    /** Null: what it supersedes is taken back. */
    readonly value: string | null;
    readonly source: string;
    readonly via: string;
    /** The account that labelled; null for a form or an import. */
    readonly readerId: string | null;
    /** Account of the reader, of who filled in the form, or of who ran the import. */
    readonly byId: string;
    readonly byName: string | null;
    readonly at: string;
    readonly why: string | null;
    readonly reading: number | null;
    readonly isBlind: boolean;
    readonly supersedes: string | null;
    readonly sequence: number;
  };
  /** Who reads which session. `id` is `<question>:<sessionId>:<accountId>`. */
  readonly labelReadings: {
    readonly id: string;
    readonly sessionId: string;
    readonly hospitalId: string;
    readonly question: string;
    readonly readerId: string;
    readonly reading: number;
    readonly isBlind: boolean;
    readonly state: 'open' | 'given' | 'released';
    /** Null: the reader took it from the queue. */
    readonly assignedBy: string | null;
    readonly openedAt: string;
    readonly sequence: number;
  };
  /** Where each session stands on its way to a label. `id` is `<question>:<sessionId>`; `sequence` is the session's. */
  readonly labelStages: {
    readonly id: string;
    readonly sessionId: string;
    readonly hospitalId: string;
    readonly question: string;
    readonly stage: string;
    readonly sequence: number;
  };
  /** To whom the registry has shown what was said of a session. `id` is `<accountId>:<sessionId>`. */
  readonly labelViews: {
    readonly id: string;
    readonly accountId: string;
    readonly sessionId: string;
    readonly at: string;
  };
  readonly trainingSchedules: {
    readonly id: string;
    readonly kind: string;
    readonly occasion: Json;
    readonly isEnabled: boolean;
    readonly configuration: Json;
    readonly limits: Json;
    readonly changedAt: string;
    readonly changedBy: string;
    readonly nextAt: string | null;
    /** The last label at the last snapshot, or when the schedule was made: sessions first labelled after it count. */
    readonly labelsSeen: number;
    readonly lastJobId: string | null;
  };
  readonly trainingJobs: {
    readonly id: string;
    readonly kind: string;
    readonly scheduleId: string | null;
    /** Of the event that it is made by. */
    readonly eventId: string | null;
    readonly trigger: Json;
    readonly configuration: Json;
    readonly limits: Json;
    /** Usernames of who asked for it and of who wrote its schedule: the model is approved by somebody else. */
    readonly trainers: Json;
    readonly runId: string;
    readonly state:
      'queued' | 'running' | 'cancelling' | 'cancelled' | 'succeeded' | 'failed' | 'refused-by-gate';
    readonly attempts: number;
    readonly nextAttemptAt: string | null;
    /** When it was chosen as the one of its kind; null while it waits. */
    readonly chosenAt: string | null;
    /** When it was last put on the queue; null: not yet. */
    readonly queuedAt: string | null;
    /** Which try is at it; whoever finds another name here stops. */
    readonly holder: string | null;
    /** The holder's last sign of life. */
    readonly aliveAt: string | null;
    readonly step: string | null;
    readonly progress: Json;
    readonly problem: Json;
    readonly requestedAt: string;
    readonly requestedBy: string;
    readonly startedAt: string | null;
    readonly finishedAt: string | null;
    readonly cancelledBy: string | null;
    readonly sequence: number;
  };
  /** Features of a run, announced to workers in portions. */
  readonly portionSets: {
    readonly id: string;
    /** Who announced them. */
    readonly accountId: string;
    readonly state: 'open' | 'failed';
    readonly problem: string | null;
    readonly portions: number;
    readonly createdAt: string;
  };
  readonly portions: {
    readonly id: string;
    readonly setId: string;
    readonly orderSha256: string;
    readonly codeSha256: string;
    readonly first: number;
    readonly count: number;
    /** `offered`: handed out by the queue, to be leased. `over`: its set has failed. */
    readonly state: 'queued' | 'offered' | 'leased' | 'done' | 'over';
    readonly attempts: number;
    /** Which lease is at it, or has done it; whoever has another one has lost it. */
    readonly lease: string | null;
    readonly worker: string | null;
    readonly aliveAt: string | null;
    readonly resultSha256: string | null;
    /** Among those of its set that are done, from 1; 0 until then. */
    readonly donePlace: number;
    readonly sequence: number;
  };
  /** When workers of a code last asked for portions. `id` is the SHA-256 of the code. */
  readonly portionDemand: { readonly id: string; readonly askedAt: string };
  /** What the published API calls a model: a name and the channel on which it is answered. */
  readonly channels: {
    readonly id: string;
    readonly name: string;
    readonly publishingChannel: string;
    /** The model store's name and alias that answer it; null: a service of someone else on the bus does. */
    readonly modelName: string | null;
    readonly alias: string | null;
    readonly createdAt: string;
  };
  readonly inferences: {
    readonly id: string;
    readonly userId: string;
    readonly channelId: string;
    /** The form of the request as it came. */
    readonly fields: Json;
    /** Recording key to blob key. */
    readonly files: Json;
    readonly status: 'processing' | 'completed' | 'error';
    readonly createdAt: string;
    /** When it was last put on the queue; null: not yet. */
    readonly queuedAt: string | null;
    readonly deadlineAt: string;
  };
  /** `id` is the inference's: one answer each, made with it. */
  readonly inferenceResults: {
    readonly id: string;
    readonly resultId: string;
    readonly output: Json;
    readonly diagnosis: string;
    readonly model: Json;
    readonly errorCode: string | null;
    readonly errorReason: string | null;
    readonly timing: Json;
    readonly at: string | null;
  };
  /** The embedded work queue. `id` is `<topic>:<message id>`. */
  readonly jobs: {
    readonly id: string;
    readonly topic: string;
    readonly payload: Json;
    readonly state: 'ready' | 'leased' | 'done' | 'dead';
    readonly attempts: number;
    readonly availableAt: string;
    readonly lease: string | null;
    readonly sequence: number;
    readonly at: string;
  };
  readonly audit: {
    readonly id: string;
    readonly sequence: number;
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly subjectId: string | null;
    readonly hospitalId: string | null;
    readonly outcome: 'done' | 'refused';
    readonly details: Json;
    readonly previousHash: string;
    readonly hash: string;
  };
}

export type TableName = keyof Tables;
export type Row<T extends TableName> = Tables[T];
export type Column<T extends TableName> = keyof Row<T> & string;

/** Conditions are joined by and. Null meets none but null; texts compare by their UTF-8 bytes. */
export type Condition =
  | string
  | number
  | boolean
  | null
  | { readonly in: readonly (string | number)[] }
  | { readonly above: string | number }
  | { readonly below: string | number }
  | { readonly atMost: string | number };

export interface Query<T extends TableName> {
  readonly where?: { readonly [C in Column<T>]?: Condition };
  /** Null is less than all. Equal rows, or all without an order, stand by their ids, in the last direction. */
  readonly order?: readonly (readonly [column: Column<T>, direction: 'ascending' | 'descending'])[];
  readonly limit?: number;
}

export interface StoreReader {
  get<T extends TableName>(table: T, id: string): Promise<Row<T> | undefined>;
  find<T extends TableName>(table: T, query: Query<T>): Promise<readonly Row<T>[]>;
  count<T extends TableName>(table: T, where: Query<T>['where']): Promise<number>;
}

export interface StoreTransaction extends StoreReader {
  /** Throws StoreFailure `exists` where the key (or a unique column: `usernameKey`) is taken. */
  insert<T extends TableName>(table: T, row: Row<T>): Promise<void>;
  /** Inserts, or replaces the row of the same key. */
  put<T extends TableName>(table: T, row: Row<T>): Promise<void>;
  /** False where there is no such row. */
  update<T extends TableName>(table: T, id: string, change: Partial<Omit<Row<T>, 'id'>>): Promise<boolean>;
  delete(table: TableName, id: string): Promise<boolean>;
  /** Removes all that match; returns how many. */
  deleteWhere<T extends TableName>(table: T, where: NonNullable<Query<T>['where']>): Promise<number>;
  /** 1, 2, 3 ... in the order of commits, without gaps in what is committed. */
  next(counter: string): Promise<number>;
}

export interface Store {
  /**
   * Runs `work` as one transaction, one writer at a time over all processes; a throw rolls everything back. `work` may
   * be run again after a lost connection, so it touches nothing but the transaction.
   */
  write<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  /** A consistent view. */
  read<T>(work: (reader: StoreReader) => Promise<T>): Promise<T>;
  /** One question by itself, about the state of its moment: a single way to the database, of which `read` takes three. */
  readonly look: StoreReader;
  /** Rejects when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export class StoreFailure extends Error {
  readonly kind: 'exists' | 'unavailable' | 'full' | 'damaged';

  constructor(kind: StoreFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFailure';
    this.kind = kind;
  }
}
