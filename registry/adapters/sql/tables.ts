/** The one description of the database: what is created, written and read follows from it, on every make of SQL. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { Column, Row, TableName } from '../../ports/store.ts';

/** `?` may be null. `json` is kept as text, so that it comes back as it went in, its keys in their order. */
export type ColumnKind = 'text' | 'text?' | 'integer' | 'integer?' | 'number?' | 'boolean' | 'json';

type KindOf<V> = [Json] extends [V]
  ? 'json'
  : [V] extends [boolean]
    ? 'boolean'
    : [V] extends [number]
      ? 'integer'
      : [V] extends [number | null]
        ? 'integer?' | 'number?'
        : [V] extends [string]
          ? 'text'
          : 'text?';

interface Described<T extends TableName> {
  readonly columns: { readonly [C in Column<T>]: KindOf<Row<T>[C]> };
  /** Besides `id`, which is the primary key. */
  readonly unique?: readonly Column<T>[];
  /** Every index ends with `id`, as every order does. */
  readonly indices?: readonly (readonly Column<T>[])[];
  readonly since?: number;
}

/** The description as code that does not know the table sees it. `since`: the schema version that brought the part. */
export interface TableDescription {
  readonly columns: { readonly [column: string]: ColumnKind };
  readonly unique?: readonly string[];
  readonly indices?: readonly (readonly string[])[];
  readonly since?: number;
  /** Columns that came after their table; all but those that may be null need a value for rows that are there. */
  readonly added?: {
    readonly [column: string]: { readonly since: number; readonly value?: string | number };
  };
}
export type Description = { readonly [table: string]: TableDescription };

/**
 * How many numbered migrations there are. A change to `tables` after a release raises it and marks the new table by
 * `since`, the new column in `added`; a released part is never edited.
 */
export const schemaVersion = 2;

export const tables = {
  facts: { columns: { id: 'text', value: 'json' } },
  hospitals: { columns: { id: 'text', name: 'text', createdAt: 'text' } },
  accounts: {
    columns: {
      id: 'text',
      usernameKey: 'text',
      username: 'text',
      displayName: 'text',
      email: 'text?',
      passwordHash: 'text',
      roles: 'json',
      isForAllHospitals: 'boolean',
      language: 'text',
      isDisabled: 'boolean',
      createdAt: 'text',
    },
    unique: ['usernameKey'],
  },
  memberships: {
    columns: { id: 'text', accountId: 'text', hospitalId: 'text' },
    indices: [['accountId'], ['hospitalId']],
  },
  signInFailures: {
    columns: { id: 'text', failures: 'integer', lockedOutUntil: 'text?', lastAt: 'text' },
    indices: [['lastAt']],
  },
  refreshTokens: {
    columns: {
      id: 'text',
      accountId: 'text',
      family: 'text',
      issuedAt: 'text',
      expiresAt: 'text',
      usedAt: 'text?',
      revokedAt: 'text?',
    },
    indices: [['accountId'], ['family'], ['expiresAt']],
  },
  codes: {
    columns: {
      id: 'text',
      purpose: 'text',
      hospitalId: 'text?',
      createdBy: 'text?',
      createdAt: 'text',
      expiresAt: 'text?',
      usedAt: 'text?',
    },
    indices: [['purpose']],
  },
  workstations: {
    columns: {
      id: 'text',
      hospitalId: 'text',
      name: 'text',
      publicKey: 'text',
      enrolledAt: 'text',
      revokedAt: 'text?',
      lastSeenAt: 'text?',
      clockSkewMs: 'number?',
      appVersion: 'text?',
      formerHospitals: 'json',
    },
    indices: [['hospitalId']],
  },
  items: {
    columns: {
      id: 'text',
      kind: 'text',
      itemId: 'text',
      sessionId: 'text?',
      workstationId: 'text',
      hospitalId: 'text',
      counter: 'integer',
      sha256: 'text',
      content: 'json',
      receivedAt: 'text',
      sequence: 'integer',
    },
    indices: [
      ['sessionId', 'kind', 'sequence'],
      ['workstationId', 'counter'],
      ['hospitalId', 'sequence'],
      ['sequence'],
    ],
  },
  sessions: {
    columns: {
      id: 'text',
      hospitalId: 'text',
      workstationId: 'text',
      mode: 'text',
      kind: 'text',
      recordNumber: 'text?',
      recordKey: 'text?',
      createdAt: 'text',
      receivedAt: 'text',
      state: 'text',
      purposes: 'json',
      sequence: 'integer',
    },
    indices: [['hospitalId', 'sequence'], ['sequence'], ['workstationId'], ['hospitalId', 'recordKey']],
  },
  takes: {
    columns: {
      id: 'text',
      sessionId: 'text',
      wavSha256: 'text',
      wavBytes: 'integer',
      state: 'text',
      encoding: 'text?',
      blobKey: 'text?',
      blobBytes: 'integer?',
      storedAt: 'text?',
    },
    indices: [['sessionId']],
  },
  uploads: {
    columns: {
      id: 'text',
      takeId: 'text',
      sessionId: 'text',
      workstationId: 'text',
      encoding: 'text',
      sha256: 'text',
      lengthBytes: 'integer',
      offsetBytes: 'integer',
      parts: 'json',
      state: 'text',
      reason: 'text?',
      createdAt: 'text',
      touchedAt: 'text',
    },
    indices: [['takeId'], ['sessionId'], ['state', 'touchedAt']],
  },
  reviews: {
    columns: {
      id: 'text',
      why: 'text',
      kind: 'text?',
      itemId: 'text?',
      sessionId: 'text?',
      workstationId: 'text',
      hospitalId: 'text',
      sha256: 'text',
      offered: 'json',
      reason: 'text',
      at: 'text',
      resolvedAt: 'text?',
      resolvedBy: 'text?',
      resolution: 'text?',
    },
    indices: [['hospitalId', 'at'], ['sessionId'], ['itemId']],
  },
  receipts: {
    columns: {
      id: 'text',
      sessionId: 'text',
      workstationId: 'text',
      sequence: 'integer',
      requestSha256: 'text',
      signed: 'json',
      at: 'text',
    },
    indices: [['sessionId', 'sequence'], ['requestSha256']],
  },
  tombstones: {
    columns: {
      id: 'text',
      kind: 'text',
      hospitalId: 'text',
      at: 'text',
      by: 'text',
      removed: 'json',
      pendingBlobs: 'json',
    },
    indices: [['hospitalId']],
  },
  changes: {
    columns: {
      id: 'text',
      sequence: 'integer',
      hospitalId: 'text?',
      kind: 'text',
      subjectId: 'text',
      at: 'text',
      content: 'json',
    },
    indices: [['hospitalId', 'sequence'], ['sequence']],
  },
  definitions: {
    columns: {
      id: 'text',
      kind: 'text',
      definitionId: 'text',
      version: 'text',
      sha256: 'text',
      content: 'json',
      at: 'text',
      by: 'text',
    },
    indices: [['kind', 'definitionId']],
  },
  models: {
    columns: {
      id: 'text',
      name: 'text',
      version: 'text',
      sha256: 'text',
      packageSha256: 'text',
      packageBytes: 'integer',
      blobKey: 'text',
      keyId: 'text',
      signature: 'text',
      manifest: 'json',
      card: 'text',
      uploadedAt: 'text',
      uploadedBy: 'text',
    },
    indices: [['name', 'version'], ['sha256']],
  },
  aliases: {
    columns: { id: 'text', name: 'text', alias: 'text', modelId: 'text?', at: 'text' },
    indices: [['name'], ['modelId']],
  },
  aliasHistory: {
    columns: {
      id: 'text',
      sequence: 'integer',
      name: 'text',
      alias: 'text',
      modelId: 'text?',
      version: 'text?',
      at: 'text',
      by: 'text',
      why: 'text',
    },
    indices: [['name', 'alias', 'sequence'], ['sequence']],
  },
  trainingRuns: {
    columns: {
      id: 'text',
      accountId: 'text',
      by: 'text',
      parent: 'text?',
      createdAt: 'text',
      updatedAt: 'text',
      status: 'text',
      manifestSha256: 'text?',
      content: 'json',
      sequence: 'integer',
    },
    indices: [['sequence'], ['status', 'sequence'], ['manifestSha256']],
  },
  trainingArtefacts: {
    columns: { id: 'text', sizeBytes: 'integer', blobKey: 'text', storedAt: 'text' },
  },
  labels: {
    columns: {
      id: 'text',
      sessionId: 'text',
      hospitalId: 'text',
      question: 'text',
      version: 'text',
      value: 'text?',
      source: 'text',
      via: 'text',
      readerId: 'text?',
      byId: 'text',
      byName: 'text?',
      at: 'text',
      why: 'text?',
      reading: 'integer?',
      isBlind: 'boolean',
      supersedes: 'text?',
      sequence: 'integer',
    },
    indices: [
      ['sessionId', 'sequence'],
      ['question', 'sequence'],
      ['hospitalId', 'question'],
    ],
  },
  labelReadings: {
    columns: {
      id: 'text',
      sessionId: 'text',
      hospitalId: 'text',
      question: 'text',
      readerId: 'text',
      reading: 'integer',
      isBlind: 'boolean',
      state: 'text',
      assignedBy: 'text?',
      openedAt: 'text',
      sequence: 'integer',
    },
    indices: [['sessionId'], ['readerId', 'state', 'sequence'], ['question', 'sequence']],
  },
  labelStages: {
    columns: {
      id: 'text',
      sessionId: 'text',
      hospitalId: 'text',
      question: 'text',
      stage: 'text',
      sequence: 'integer',
    },
    indices: [
      ['sessionId'],
      ['question', 'stage', 'sequence'],
      ['question', 'stage', 'hospitalId', 'sequence'],
    ],
  },
  labelViews: {
    columns: { id: 'text', accountId: 'text', sessionId: 'text', at: 'text' },
    indices: [['sessionId']],
  },
  trainingSchedules: {
    columns: {
      id: 'text',
      kind: 'text',
      occasion: 'json',
      isEnabled: 'boolean',
      configuration: 'json',
      limits: 'json',
      changedAt: 'text',
      changedBy: 'text',
      nextAt: 'text?',
      labelsSeen: 'integer',
      lastJobId: 'text?',
    },
  },
  trainingJobs: {
    columns: {
      id: 'text',
      kind: 'text',
      scheduleId: 'text?',
      eventId: 'text?',
      trigger: 'json',
      configuration: 'json',
      limits: 'json',
      trainers: 'json',
      runId: 'text',
      state: 'text',
      attempts: 'integer',
      nextAttemptAt: 'text?',
      chosenAt: 'text?',
      queuedAt: 'text?',
      holder: 'text?',
      aliveAt: 'text?',
      step: 'text?',
      progress: 'json',
      problem: 'json',
      requestedAt: 'text',
      requestedBy: 'text',
      startedAt: 'text?',
      finishedAt: 'text?',
      cancelledBy: 'text?',
      sequence: 'integer',
    },
    indices: [['sequence'], ['state', 'sequence'], ['kind', 'sequence'], ['scheduleId'], ['eventId']],
  },
  portionSets: {
    columns: {
      id: 'text',
      accountId: 'text',
      state: 'text',
      problem: 'text?',
      portions: 'integer',
      createdAt: 'text',
    },
    indices: [['createdAt']],
    since: 2,
  },
  portions: {
    columns: {
      id: 'text',
      setId: 'text',
      orderSha256: 'text',
      codeSha256: 'text',
      first: 'integer',
      count: 'integer',
      state: 'text',
      attempts: 'integer',
      lease: 'text?',
      worker: 'text?',
      aliveAt: 'text?',
      resultSha256: 'text?',
      donePlace: 'integer',
      sequence: 'integer',
    },
    indices: [
      ['setId', 'state', 'sequence'],
      ['setId', 'donePlace'],
      ['state', 'codeSha256', 'sequence'],
    ],
    since: 2,
  },
  portionDemand: { columns: { id: 'text', askedAt: 'text' }, since: 2 },
  channels: {
    columns: {
      id: 'text',
      name: 'text',
      publishingChannel: 'text',
      modelName: 'text?',
      alias: 'text?',
      createdAt: 'text',
    },
    indices: [['name'], ['publishingChannel']],
  },
  inferences: {
    columns: {
      id: 'text',
      userId: 'text',
      channelId: 'text',
      fields: 'json',
      files: 'json',
      status: 'text',
      createdAt: 'text',
      queuedAt: 'text?',
      deadlineAt: 'text',
    },
    indices: [
      ['userId', 'createdAt'],
      ['status', 'deadlineAt'],
      ['status', 'queuedAt'],
    ],
  },
  inferenceResults: {
    columns: {
      id: 'text',
      resultId: 'text',
      output: 'json',
      diagnosis: 'text',
      model: 'json',
      errorCode: 'text?',
      errorReason: 'text?',
      timing: 'json',
      at: 'text?',
    },
    indices: [['resultId']],
  },
  jobs: {
    columns: {
      id: 'text',
      topic: 'text',
      payload: 'json',
      state: 'text',
      attempts: 'integer',
      availableAt: 'text',
      lease: 'text?',
      sequence: 'integer',
      at: 'text',
    },
    indices: [
      ['topic', 'state', 'availableAt'],
      ['state', 'availableAt'],
      ['topic', 'state', 'sequence'],
    ],
  },
  audit: {
    columns: {
      id: 'text',
      sequence: 'integer',
      at: 'text',
      by: 'text',
      action: 'text',
      subjectId: 'text?',
      hospitalId: 'text?',
      outcome: 'text',
      details: 'json',
      previousHash: 'text',
      hash: 'text',
    },
    indices: [['sequence']],
  },
} as const satisfies { readonly [T in TableName]: Described<T> };
