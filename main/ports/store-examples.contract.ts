/** Values for the tests of stores: every field filled, anything replaceable. */
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { memoryRandomness } from './randomness.memory.ts';
import {
  accountIdSchema,
  entryIdSchema,
  resultIdSchema,
  sessionIdSchema,
  takeIdSchema,
} from '../../contract/ids.ts';
import { registryIdSchema, workstationIdSchema } from '../../contract/registry/ids.ts';
import type { SessionContent, SignedReceipt } from '../../contract/registry/sync.ts';
import type { Decision } from '../../contract/model-manifest.ts';
import type { ScreeningResult, Take } from '../../contract/session.ts';
import type { AccountRecord, NewAuditEntry, OpenTake, SessionNote, SessionRecord } from './store.ts';

const randomness = memoryRandomness(42);
const newId = (): string => uuidV7(Date.parse('2026-03-09T12:00:00.000Z'), randomness.bytes(10));

export const newSessionId = () => sessionIdSchema.parse(newId());
export const newTakeId = () => takeIdSchema.parse(newId());
export const newResultId = () => resultIdSchema.parse(newId());
export const newAccountId = () => accountIdSchema.parse(newId());
export const newEntryId = () => entryIdSchema.parse(newId());

export function moment(at = '2026-03-09T12:00:00.000Z') {
  return { at, zone: 'America/Sao_Paulo' };
}

export const exampleClinician = newAccountId();

export function exampleSession(replaced: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: newSessionId(),
    mode: 'inference',
    kind: 'PATIENT',
    status: 'draft',
    hospital: 'Hospital das Clínicas',
    recordNumber: '14259401E',
    createdAt: moment(),
    updatedAt: moment('2026-03-09T12:05:00.000Z'),
    createdBy: exampleClinician,
    form: { id: 'spira-patient', version: '1.0.0' },
    protocol: { id: 'spira', version: '1.0.0' },
    models: [{ name: 'baseline', version: '1.0.0' }],
    answers: { rgh: '14259401E', age: 71, spo2: 91.5, comorbidities: ['asthma', 'copd'], hospitalized: true },
    confirmedWarnings: ['spo2'],
    currentStep: 'sustentada',
    consent: {
      textId: 'sample',
      textVersion: '1.0.0',
      language: 'pt-BR',
      purposes: ['care', 'research'],
      takeId: newTakeId(),
      witness: 'Enf. Conceição',
      at: moment(),
      by: exampleClinician,
    },
    skips: [{ stepKey: 'frase', reason: 'cannot-read' }],
    sync: 'local-only',
    ...replaced,
  };
}

const quietMicrophone = {
  label: 'USB Audio',
  echoCancellation: 'off',
  noiseSuppression: 'off',
  autoGainControl: 'unknown',
  channelCount: 1,
} as const;

export function exampleOpenTake(replaced: Partial<OpenTake> & Pick<OpenTake, 'sessionId'>): OpenTake {
  return {
    id: newTakeId(),
    stepKey: 'sustentada',
    version: 1,
    startedAt: moment(),
    sampleRateHz: 48_000,
    device: quietMicrophone,
    by: exampleClinician,
    ...replaced,
  };
}

export function exampleTake(replaced: Partial<Take> & Pick<Take, 'sessionId'>): Take {
  return {
    id: newTakeId(),
    stepKey: 'sustentada',
    version: 1,
    source: 'microphone',
    startedAt: moment(),
    sampleRateHz: 48_000,
    bitDepth: 16,
    frameCount: 480_001,
    durationS: 480_001 / 48_000,
    sha256: 'ab'.repeat(32),
    sizeBytes: 960_046,
    sourceSha256: null,
    device: quietMicrophone,
    continuity: {
      elapsedMs: 10_012.25,
      missingFrames: 128,
      gaps: [{ atS: 1.5, frames: 128 }],
      shortfallMs: 12.25,
      interruption: 'none',
    },
    quality: {
      durationS: 10.00002,
      peakDbfs: -3.1,
      levelDbfs: -22.7,
      loudestFrameDbfs: -18.2,
      clippedShare: 0,
      signalToNoiseDb: null,
      gates: [{ gate: 'too-short', passed: true, measured: 10.00002, limit: 2 }],
      passed: true,
    },
    override: null,
    isChosen: true,
    ...replaced,
  };
}

export function exampleResult(
  replaced: Partial<ScreeningResult> & Pick<ScreeningResult, 'sessionId'>,
  decision: Decision | 'error' = 'positive',
): ScreeningResult {
  return {
    id: newResultId(),
    at: moment('2026-03-09T12:30:00.000Z'),
    by: exampleClinician,
    model: { name: 'baseline', version: '1.0.0', sha256: 'cd'.repeat(32), isDemonstration: true },
    appVersion: '0.1.0',
    inputs: {
      takes: [{ stepKey: 'sustentada', takeId: newTakeId(), sha256: 'ab'.repeat(32) }],
      fields: [0.25, 1, 0],
      ageYears: 71,
      refusedRecordings: [],
    },
    outcome:
      decision === 'error'
        ? { status: 'error', problem: 'engine-crashed', details: { signal: 'SIGKILL' } }
        : {
            status: 'completed',
            provider: 'cpu',
            labels: ['negative', 'positive'],
            positiveLabel: 'positive',
            scores: [0.18750001, 0.81249999],
            windowScores: [[0.1, 0.9]],
            evidence: [{ stepKey: 'sustentada', startS: 0, endS: 4, score: 0.9 }],
            thresholds: { positive: 0.7, negative: 0.3 },
            shownScore: 0.81249999,
            decision,
            reasons: ['at-or-above-positive-threshold'],
            timing: { resampleMs: 1.5, inferenceMs: 39.25, totalMs: 44 },
          },
    ...replaced,
  };
}

export function exampleAccount(replaced: Partial<AccountRecord> = {}): AccountRecord {
  return {
    id: newAccountId(),
    username: 'Ana.Souza',
    displayName: 'Ana Souza',
    roles: ['clinician', 'researcher'],
    language: 'pt-BR',
    isDisabled: false,
    createdAt: moment('2026-01-02T08:00:00.000Z'),
    passwordHash: '$argon2id$v=19$m=47104,t=2,p=1$c2FsdA$aGFzaA',
    failures: 2,
    lockedOutUntilMs: null,
    origin: 'local',
    ...replaced,
  };
}

export function exampleNote(replaced: Partial<SessionNote> & Pick<SessionNote, 'sessionId'>): SessionNote {
  return {
    id: newEntryId(),
    text: 'Paciente cansado; repetir amanhã.',
    at: moment(),
    by: 'ana.souza',
    ...replaced,
  };
}

export function exampleContent(id: SessionRecord['id']): SessionContent {
  const session = exampleSession({ id });
  return {
    id,
    mode: session.mode,
    kind: session.kind,
    hospital: session.hospital,
    recordNumber: session.recordNumber,
    createdAt: session.createdAt,
    completedAt: moment(),
    createdBy: { accountId: exampleClinician, username: 'ana.souza' },
    form: session.form,
    protocol: session.protocol,
    models: [],
    answers: session.answers,
    confirmedWarnings: [],
    consent: null,
    skips: [],
    takeIds: [],
  };
}

/** A receipt that says nothing about files, dated as wished. */
export function exampleReceipt(sessionId: SessionRecord['id'], at: string, sequence = 1): SignedReceipt {
  return {
    receipt: {
      format: 'spira-receipt-1',
      registryId: registryIdSchema.parse(newId()),
      workstationId: workstationIdSchema.parse(newId()),
      sessionId,
      sequence,
      at,
      items: [{ kind: 'session', id: sessionId, sha256: 'ab'.repeat(32) }],
      files: [],
    },
    keyId: '0123456789abcdef',
    signature: 'A'.repeat(86),
  };
}

export function exampleAuditEntry(replaced: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    at: moment(),
    by: 'ana.souza',
    action: 'session-viewed',
    sessionId: null,
    details: { step: 'sustentada', attempts: 2, isRepeat: false },
    ...replaced,
  };
}
