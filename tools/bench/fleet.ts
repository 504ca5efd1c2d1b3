/**
 * Workstations that are simulated and a wire that is not: each enrols with a key of its own, signs every call, sends
 * items, uploads FLAC by tus, and believes a receipt only after checking its signature and all that it lists.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as nextIn } from 'node:timers/promises';
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import {
  accountIdSchema,
  resultIdSchema,
  sessionIdSchema,
  takeIdSchema,
  type SessionId,
} from '../../contract/ids.ts';
import type { EnrolAnswer, Item, ReceiptRequest, SessionContent } from '../../contract/registry/sync.ts';
import type { Result } from '../../contract/result.ts';
import type { ScreeningResult, Take } from '../../contract/session.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { flacPacking } from '../../main/adapters/audio-files/audio-packing.ts';
import { registryHttp, type RegistryHttp } from '../../main/adapters/registry-http/registry-http.ts';
import { systemSigning } from '../../main/adapters/system/signing.ts';
import { systemClock, systemHashing } from '../../main/adapters/system/system.ts';
import { receiptFault } from '../../main/core/receipt.ts';
import { itemOf } from '../../main/core/sync-items.ts';
import { createCanceller } from '../../main/ports/cancellation.ts';
import type { PackedAudio } from '../../main/ports/audio-packing.ts';
import type { RegistryPeers } from '../../main/ports/registry.ts';
import type { KnownSession } from './kept-there.ts';
import type { BenchRecording } from './recordings.ts';
import type { RegistryPeople } from './registry-process.ts';

const signing = systemSigning();
const hashing = systemHashing();
const clock = systemClock();
const cancellation = createCanceller();
const sha256 = (data: string | Uint8Array): string => hashing.sha256(data);

/** A recording as the fleet keeps it in memory: several sessions send the same sound under their own ids. */
export interface FleetRecording extends PackedAudio {
  readonly stepKey: string;
  /** Of the packed file. */
  readonly sha256: string;
  readonly wavSha256: string;
  readonly wavBytes: number;
  readonly seconds: number;
}

const headerBytes = 44;
const bytesPerSecond = 96_000;

export async function packRecordings(
  recordings: readonly BenchRecording[],
): Promise<readonly FleetRecording[]> {
  const packing = flacPacking();
  const packed: FleetRecording[] = [];
  for (const { stepKey, wav } of recordings) {
    const made = await packing.pack(wav);
    packed.push({
      ...made,
      stepKey,
      sha256: sha256(made.bytes),
      wavSha256: sha256(wav),
      wavBytes: wav.length,
      seconds: (wav.length - headerBytes) / bytesPerSecond,
    });
  }
  return packed;
}

export interface FleetSession extends KnownSession {
  /** From its first call to the receipt that was checked. */
  readonly ms: number;
  readonly sentBytes: number;
}

export interface FleetStation {
  /** Sends one session; settles with its receipt, however often a call has to be repeated. */
  send(recordings: readonly FleetRecording[]): Promise<FleetSession>;
  /** Calls that had to be made again, by why. */
  readonly repeats: ReadonlyMap<string, number>;
  close(): void;
}

export async function enrolStation(people: RegistryPeople, url: string, name: string): Promise<FleetStation> {
  const registry = registryHttp({ signing, clock });
  const keys = signing.makeKeyPair();
  const address = { url, allowsPlainHttp: false };
  const request = { code: await people.invite(), name, publicKey: keys.publicKey, appVersion: '0.0.0' };
  const enrolled = valueOf('enrolment', await registry.enrol(address, request, cancellation));
  const { registryId, workstationId, answerKey, serverTime } = enrolled;
  const offsetMs = Date.parse(serverTime) - Date.now();
  const peers: RegistryPeers = {
    ...address,
    registryId,
    workstationId,
    answerKey,
    privateKey: keys.privateKey,
    registryNowMs: () => Date.now() + offsetMs,
  };
  let counter = 0;
  const repeats = new Map<string, number>();
  return {
    send: (recordings) =>
      sendSession({ registry, peers, enrolled, repeats, count: () => (counter += 1) }, recordings),
    repeats,
    close: () => registry.close(),
  };
}

interface Station {
  readonly registry: RegistryHttp;
  readonly peers: RegistryPeers;
  readonly enrolled: EnrolAnswer;
  readonly repeats: Map<string, number>;
  readonly count: () => number;
}

async function sendSession(station: Station, recordings: readonly FleetRecording[]): Promise<FleetSession> {
  const startMs = performance.now();
  const { registry, peers } = station;
  const { items, takes, id } = makeSession(recordings, station.count);
  await again(station, 'items', async () => {
    const sent = await registry.sendItems(
      peers,
      { clock: moment(), appVersion: '0.0.0', items },
      cancellation,
    );
    if (!sent.ok) return sent;
    const bad = sent.value.answers.filter(({ outcome }) => outcome !== 'stored' && outcome !== 'already');
    if (bad.length > 0 || sent.value.answers.length !== items.length) {
      throw new Error(`items were not taken: ${JSON.stringify(bad)}`);
    }
    return sent;
  });
  await Promise.all(takes.map((take, index) => upload(station, take, recordings[index]!)));
  await takeReceipt(station, { id, items, takes });
  return {
    id,
    takes: takes.map((take) => ({ id: take.id, sha256: take.sha256 })),
    resultCount: 1,
    ms: performance.now() - startMs,
    sentBytes: recordings.reduce((total, { bytes }) => total + bytes.length, 0),
  };
}

async function upload(station: Station, take: Take, recording: FleetRecording): Promise<void> {
  const { registry, peers } = station;
  const { bytes, encoding } = recording;
  const metadata = { takeId: take.id, sessionId: take.sessionId, encoding, sha256: recording.sha256 };
  await again(station, 'upload', async () => {
    const place = await registry.createUpload(peers, { metadata, sizeBytes: bytes.length }, cancellation);
    if (!place.ok || place.value.offsetBytes === bytes.length) return place;
    const sent = await registry.upload(
      peers,
      { ...place.value, bytes, pace: () => Promise.resolve(), onProgress: () => undefined },
      cancellation,
    );
    if (sent.ok && sent.value.offsetBytes !== bytes.length) throw new Error('an upload ended in the middle');
    return sent;
  });
}

interface SentSession {
  readonly id: SessionId;
  readonly items: readonly Item[];
  readonly takes: readonly Take[];
}

async function takeReceipt(station: Station, { id, items, takes }: SentSession): Promise<void> {
  const { registry, peers, enrolled } = station;
  const listed = items.map(({ kind, id: itemId, sha256: hash }) => ({ kind, id: itemId, sha256: hash }));
  const request = { items: listed } as ReceiptRequest;
  const answer = await again(station, 'receipt', () => registry.askReceipt(peers, id, request, cancellation));
  if (answer.status !== 'complete') throw new Error(`no receipt: ${JSON.stringify(answer.lacking)}`);
  const { receipt, keyId, signature } = answer.signed;
  const { answerKey } = enrolled;
  const isSigned =
    keyId === answerKey.keyId && signing.verify(answerKey.publicKey, canonicalJson(receipt), signature);
  const { registryId, workstationId } = peers;
  const expected = { registryId, workstationId, sessionId: id, items: request.items, takes };
  const fault = isSigned ? receiptFault(receipt, expected) : 'signature';
  if (fault !== undefined) throw new Error(`a receipt that cannot be believed: ${fault}`);
}

const mostTries = 30;

/** Busy, or a line that broke, is asked again; anything else is a fault that ends the measurement. */
async function again<T>({ repeats }: Station, what: string, call: () => Promise<Result<T>>): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    const answer = await call();
    if (answer.ok) return answer.value;
    const { code, details = {} } = answer.problem;
    const isPassing = code === 'registry-busy' || code === 'registry-unreachable';
    if (!isPassing || turn === mostTries) return valueOf(what, answer);
    const why = `${what}: ${String(details['code'] ?? details['reason'] ?? code)}`;
    repeats.set(why, (repeats.get(why) ?? 0) + 1);
    const told = details['retryAfterMs'];
    const waitMs = typeof told === 'number' ? told : Math.min(5_000, 100 * 2 ** turn);
    await nextIn(waitMs * (0.5 + Math.random()));
  }
}

function valueOf<T>(what: string, result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
}

function moment(): { readonly at: string; readonly zone: string } {
  return { at: new Date().toISOString(), zone: 'America/Sao_Paulo' };
}

function newId(): string {
  return uuidV7(Date.now(), randomBytes(10));
}

function makeSession(recordings: readonly FleetRecording[], count: () => number): SentSession {
  const id = sessionIdSchema.parse(newId());
  const by = accountIdSchema.parse(newId());
  const takes = recordings.map((recording) => takeOf(id, recording));
  const consentTake = takes.find(({ stepKey }) => stepKey === 'aceite');
  const session: SessionContent = {
    id,
    mode: 'inference',
    kind: 'PATIENT',
    hospital: 'Hospital São Marcos',
    recordNumber: '14259401E',
    createdAt: moment(),
    completedAt: moment(),
    createdBy: { accountId: by, username: 'ana' },
    form: { id: 'spira-patient', version: '1.1.0' },
    protocol: { id: 'spira', version: '1.0.0' },
    models: [{ name: 'spira', version: '1.0.0' }],
    answers: { rgh: '14259401E', sex: 'FEMALE', age: 61, covidStatus: 'UNKNOWN', maskType: 'NONE', spo2: 94 },
    confirmedWarnings: [],
    consent:
      consentTake === undefined
        ? null
        : {
            textId: 'spira-sample-consent',
            textVersion: '1.0.0',
            language: 'pt-BR',
            purposes: ['care', 'research'],
            takeId: consentTake.id,
            witness: 'Ana',
            at: moment(),
            by,
          },
    skips: [{ stepKey: 'frase', reason: 'cannot-read' }],
    takeIds: takes.map((take) => take.id),
  };
  const result = resultOf(session, by);
  const contents: readonly (readonly [Item['kind'], string, unknown])[] = [
    ['session', id, session],
    ...takes.map((take) => ['take', take.id, take] as const),
    ['result', result.id, result],
  ];
  const items = contents.map(([kind, itemId, content]) =>
    itemOf({ kind, id: itemId, sessionId: id, counter: count(), content: content as Json }, sha256),
  );
  return { id, takes, items };
}

function takeOf(sessionId: SessionId, { stepKey, wavSha256, wavBytes, seconds }: FleetRecording): Take {
  const frameCount = (wavBytes - headerBytes) / 2;
  return {
    id: takeIdSchema.parse(newId()),
    sessionId,
    stepKey,
    version: 1,
    source: 'microphone',
    startedAt: moment(),
    sampleRateHz: 48_000,
    bitDepth: 16,
    frameCount,
    durationS: seconds,
    sha256: wavSha256,
    sizeBytes: wavBytes,
    sourceSha256: null,
    device: {
      label: 'Headset',
      echoCancellation: 'off',
      noiseSuppression: 'off',
      autoGainControl: 'off',
      channelCount: 1,
    },
    continuity: {
      elapsedMs: seconds * 1000,
      missingFrames: 0,
      gaps: [],
      shortfallMs: 0,
      interruption: 'none',
    },
    quality: {
      durationS: seconds,
      peakDbfs: -6,
      levelDbfs: -20,
      loudestFrameDbfs: -12,
      clippedShare: 0,
      signalToNoiseDb: 38,
      gates: [],
      passed: true,
    },
    override: null,
    isChosen: true,
  };
}

/** As a model of windows of one second answers. */
function resultOf(
  { id: sessionId, models }: SessionContent,
  by: SessionContent['createdBy']['accountId'],
): ScreeningResult {
  const windows = Array.from({ length: 15 }, (_, row) => row);
  return {
    id: resultIdSchema.parse(newId()),
    sessionId,
    at: moment(),
    by,
    model: { ...models[0]!, sha256: 'ab'.repeat(32), isDemonstration: true },
    appVersion: '0.0.0',
    inputs: { takes: [], fields: [61], ageYears: 61, refusedRecordings: [] },
    outcome: {
      status: 'completed',
      provider: 'cpu',
      labels: ['negative', 'positive'],
      positiveLabel: 'positive',
      scores: [0.25, 0.75],
      windowScores: windows.map((row) => [1 - row / 15, row / 15]),
      evidence: windows.map((row) => ({
        stepKey: 'sustentada',
        startS: row,
        endS: row + 1,
        score: row / 15,
      })),
      thresholds: { positive: 0.7, negative: 0.3 },
      shownScore: 0.75,
      decision: 'positive',
      reasons: ['at-or-above-positive-threshold'],
      timing: { resampleMs: 1, inferenceMs: 39, totalMs: 41 },
    },
  };
}
