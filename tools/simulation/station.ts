/** A workstation that can lose its power at any moment: what is on its disk stays, what was in memory is gone. */
import type { AccountId, SessionId, TakeId } from '../../contract/ids.ts';
import { base64FromBytes } from '../../contract/base64.ts';
import type { CommandInput, CommandName, CommandOutput } from '../../contract/app-api.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { ItemKind } from '../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import { createDesk, type Desk } from '../../main/app/desk.ts';
import { dispatch } from '../../main/app/dispatch.ts';
import { createProcessMemory } from '../../main/app/process-memory.ts';
import { startWorkstation } from '../../main/app/start-workstation.ts';
import { runSync, type SyncEngine } from '../../main/app/sync/run-sync.ts';
import type { World } from '../../main/app/world.ts';
import { memoryAudioDecoding } from '../../main/ports/audio-decoding.memory.ts';
import type { Clock } from '../../main/ports/clock.ts';
import { memoryDefinitions } from '../../main/ports/definitions.memory.ts';
import type { Definitions } from '../../main/ports/definitions.ts';
import type { Hashing } from '../../main/ports/hashing.ts';
import { memoryInference } from '../../main/ports/inference.memory.ts';
import { memoryModelPackages } from '../../main/ports/model-packages.memory.ts';
import { memoryModels } from '../../main/ports/models.memory.ts';
import { memoryNetworkWatch, type MemoryNetworkWatch } from '../../main/ports/network-watch.memory.ts';
import { memoryPasswordHashing } from '../../main/ports/password-hashing.memory.ts';
import { memoryRecordings } from '../../main/ports/recordings.memory.ts';
import { memoryRegistryPeople } from '../../main/ports/registry-people.memory.ts';
import type { Recordings } from '../../main/ports/recordings.ts';
import { StoreFailure } from '../../main/ports/store-failure.ts';
import { memoryStore } from '../../main/ports/store.memory.ts';
import type { AccountRecord, Store, StoreTransaction } from '../../main/ports/store.ts';
import type { ModelStanding, OfferRecord } from '../../main/ports/store-sync.ts';
import { packForTwin } from '../../registry/ports/audio-check.memory.ts';
import { answersOf, consentStep, form, protocol, vowelStep } from './definitions.ts';
import { fastHashing } from './hashing.ts';
import type { KeyRing } from './keys.ts';
import { beginLife, Crash, never, type Life } from './life.ts';
import { openLine, type LineOptions, type LineState } from './line.ts';
import { golden, goldenPath, shipped, unpacked } from './models.ts';
import { beginningMs, type Cluster } from './registry-cluster.ts';
import type { Chance, Timeline } from './timeline.ts';

/** What a workstation has written down about where things are, in the order of its commits. */
export type Claim =
  | { readonly kind: 'completed' | 'synced' | 'noted' | 'buried'; readonly sessionId: SessionId }
  | { readonly kind: 'done'; readonly item: ItemKind; readonly id: string }
  | { readonly kind: 'take'; readonly takeId: TakeId; readonly sessionId: SessionId }
  | { readonly kind: 'sent' | 'removed'; readonly takeId: TakeId }
  /** Somebody of the registry's as they may sign in here from now on; `workstationId`: who this PC was at that moment. */
  | { readonly kind: 'account'; readonly account: AccountRecord; readonly workstationId: string }
  | { readonly kind: 'offered'; readonly record: OfferRecord }
  | { readonly kind: 'offer-removed'; readonly name: string; readonly alias: string }
  | { readonly kind: 'serves'; readonly standing: ModelStanding };

/** Planted bugs on the workstation's side. */
export interface StationFlaws {
  readonly world?: ((world: World) => World) | undefined;
  readonly misread?: LineOptions['misread'];
  readonly recordings?: ((recordings: Recordings) => Recordings) | undefined;
  /** What a loss of power leaves of a store. */
  readonly losesLastWrite?: boolean | undefined;
}

export interface StationOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly ring: KeyRing;
  readonly clusterAt: (url: string) => Cluster;
  readonly claim: (station: Station, claim: Claim) => void;
  readonly trace: (line: string) => void;
  readonly onBug: (what: string, cause: unknown) => void;
  readonly flaws: StationFlaws;
}

export interface Station {
  readonly name: string;
  readonly store: Store;
  readonly recordings: Recordings;
  readonly definitions: Definitions;
  readonly line: LineState;
  readonly network: MemoryNetworkWatch;
  readonly isOn: boolean;
  /** PCM of which the page was told that it is stored, by take. */
  readonly spoken: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Sessions that a person here asked to withdraw, whatever came of it. */
  readonly withdrawn: ReadonlySet<string>;
  /** Sets up accounts, enrols with this code. */
  begin(url: string, code: string, settings: CommandInput<'sync.save-settings'>): Promise<void>;
  /** A person records a session and completes it, as far as the PC lets them. */
  record(number: number): Promise<void>;
  addNote(): Promise<void>;
  /** A complete session is screened once more. */
  screen(): Promise<void>;
  /** Nobody goes on with what lies there half done. */
  setAsideDrafts(): Promise<void>;
  withdraw(): Promise<void>;
  /** IT enrols the PC anew. */
  enrol(url: string, code: string): Promise<void>;
  /** IT ends that the PC belongs to a registry. */
  leave(): Promise<void>;
  askSync(): Promise<void>;
  losePower(forMs: number): void;
  /** In the n-th write from now, or right after it. */
  losePowerInWrite(writes: number, forMs: number): void;
  /** The app is closed as it should be. */
  close(forMs: number): void;
  start(): void;
  setWallClock(offsetMs: number): void;
  setFull(isFull: boolean): void;
}

interface Running {
  readonly life: Life;
  readonly world: World;
  readonly engine: SyncEngine;
  readonly clinician: Desk;
  readonly it: Desk;
}

const password = 'a quiet ward at dawn';
const sampleRateHz = 8000;
const device = {
  label: 'Headset',
  echoCancellation: 'off',
  noiseSuppression: 'off',
  autoGainControl: 'off',
  channelCount: 1,
} as const;

const hashing: Hashing = { sha256: (data) => fastHashing.sha256(data) };

export function openStation(options: StationOptions): Station {
  const { name, timeline, chance, ring, clusterAt, trace, onBug, flaws } = options;
  const store = memoryStore({ hashing });
  const disk = memoryRecordings({ hashing });
  const network = memoryNetworkWatch();
  const passwordHashing = memoryPasswordHashing();
  const definitions = memoryDefinitions({ forms: [form], protocols: [protocol] });
  const models = memoryModels({ shipped: [shipped], golden: { [goldenPath]: golden } });
  const modelPackages = memoryModelPackages((bytes) => {
    const made = unpacked(bytes);
    if (made === undefined) return fail('model-invalid', { reason: 'not-a-tar' });
    const folder = `/packages/${made.model.sha256}`;
    models.offer(folder, made.model);
    return ok({ folder, model: { ...made.model, source: 'installed' }, manifestBytes: made.manifestBytes });
  });
  const line = openLine({
    name,
    timeline,
    chance,
    ring,
    clusterAt,
    trace,
    misread: flaws.misread,
  });
  const spoken = new Map<string, Uint8Array[]>();
  const withdrawn = new Set<string>();
  let wallOffsetMs = 0;
  let isFull = false;
  let running: Running | undefined;
  let life = beginLife();
  life.end();
  let comingBack = timeline.after(0, () => undefined);
  let isBusy = false;
  let crashAfterWrites = Number.POSITIVE_INFINITY;
  let crashForMs = 0;
  let hasPeople = false;

  function powerOff(forMs: number, how: string): void {
    comingBack.cancel();
    comingBack = timeline.after(forMs, () => station.start());
    if (!life.isAlive) return;
    trace(`${name} ${how} for ${String(Math.round(forMs / 1000))}s`);
    life.end();
    running = undefined;
    isBusy = false;
    disk.restart();
    crashAfterWrites = Number.POSITIVE_INFINITY;
  }

  function storeOf(own: Life): Store {
    let claims: Claim[] = [];
    const watch = (transaction: StoreTransaction): StoreTransaction =>
      watched(transaction, (claim) => claims.push(claim));
    return {
      write(work) {
        own.mustLive();
        crashAfterWrites -= 1;
        const isLast = crashAfterWrites <= 0;
        const isBefore = isLast && chance.is(0.5);
        claims = [];
        const result = store.write((transaction) => {
          const value = work(watch(transaction));
          if (isFull) throw new StoreFailure({ code: 'disk-full' });
          if (isBefore || (isLast && flaws.losesLastWrite === true)) {
            powerOff(crashForMs, 'loses power in a transaction');
            throw new Crash('the power is gone');
          }
          return value;
        });
        for (const claim of claims) options.claim(station, claim);
        if (isLast) {
          powerOff(crashForMs, 'loses power after a commit');
          throw new Crash('the power is gone');
        }
        return result;
      },
      read(work) {
        own.mustLive();
        return store.read(work);
      },
      state: () => store.state(),
      close: () => undefined,
    };
  }

  function recordingsOf(life: Life): Recordings {
    const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
      if (!life.isAlive) return never<T>();
      if (chance.is(0.1)) await timeline.sleep(chance.between(1, 300));
      if (!life.isAlive) return never<T>();
      return life.whileAlive(work());
    };
    return {
      open: (take) => slowly(() => disk.open(take)),
      append: (takeId, chunk) => slowly(() => disk.append(takeId, chunk)),
      finish: (takeId) => slowly(() => disk.finish(takeId)),
      unfinished: () => slowly(() => disk.unfinished()),
      keep: (takeId, wav) => slowly(() => disk.keep(takeId, wav)),
      read: (takeId) => slowly(() => disk.read(takeId)),
      readSlice: (takeId, slice) => slowly(() => disk.readSlice(takeId, slice)),
      remove: (takeId) =>
        slowly(() => {
          options.claim(station, { kind: 'removed', takeId });
          return disk.remove(takeId);
        }),
      stage: (importId, chunk) => slowly(() => disk.stage(importId, chunk)),
      takeStaged: (importId) => slowly(() => disk.takeStaged(importId)),
      space: () => slowly(() => disk.space()),
    };
  }

  function clockOf(life: Life): Clock {
    const bootMs = timeline.now();
    return {
      now: () => ({
        at: new Date(beginningMs + timeline.now() + wallOffsetMs).toISOString(),
        zone: 'America/Sao_Paulo',
      }),
      monotonicMs: () => timeline.now() - bootMs,
      after: (ms, call) => timeline.after(ms, () => (life.isAlive ? call() : undefined)),
      breathe: () => life.whileAlive(Promise.resolve()),
    };
  }

  function worldOf(life: Life): World {
    const recordings = recordingsOf(life);
    const packsFlac = chance.is(0.7);
    const world: World = {
      store: storeOf(life),
      recordings: flaws.recordings === undefined ? recordings : flaws.recordings(recordings),
      inference: memoryInference(),
      models,
      modelPackages,
      definitions,
      audioDecoding: memoryAudioDecoding(),
      passwordHashing,
      clock: clockOf(life),
      randomness: { bytes: (length) => chance.bytes(length) },
      hashing,
      events: { publish: () => undefined },
      registry: gated(life, line),
      registryPeople: memoryRegistryPeople(),
      signing: ring.station,
      // Another version of the program may pack otherwise: then the registry is offered another file.
      audioPacking: {
        pack: (wav) =>
          Promise.resolve(
            packsFlac ? { encoding: 'flac', bytes: packForTwin(wav) } : { encoding: 'wav', bytes: wav },
          ),
      },
      network,
      host: 'node',
      appVersion: '0.1.0',
      dataFolder: '/data',
      keyProtection: 'file',
      recoveryKey: () => 'words',
      notices: [],
      memory: createProcessMemory(),
    };
    return flaws.world === undefined ? world : flaws.world(world);
  }

  /** What a person wants done; a PC that goes off in the middle ends the matter. */
  async function attempt(what: string, work: (now: Running) => Promise<void>): Promise<void> {
    const now = running;
    if (now === undefined) return;
    try {
      await Promise.race([now.life.whileAlive(work(now)), new Promise<void>((end) => now.life.onEnd(end))]);
    } catch (cause) {
      if (cause instanceof Refused) return trace(`${name} ${what}: ${cause.message}`);
      if (now.life.isAlive) onBug(`${name} ${what}`, cause);
    }
  }

  async function call<Name extends CommandName>(
    { world }: Running,
    desk: Desk,
    command: Name,
    input: CommandInput<Name>,
  ): Promise<CommandOutput<Name>> {
    // What dispatch answers has passed the command's output schema.
    const result = (await dispatch(world, desk, command, input)) as Result<CommandOutput<Name>>;
    if (result.ok) return result.value;
    throw new Refused(`${command} ${result.problem.code} ${JSON.stringify(result.problem.details ?? {})}`);
  }

  async function signIn(now: Running): Promise<void> {
    if (!hasPeople) return;
    if (now.it.account === null) {
      await call(now, now.it, 'people.sign-in', { username: 'ines', password });
    }
    if (now.clinician.account === null) {
      await call(now, now.clinician, 'people.sign-in', { username: 'clara', password });
    }
  }

  /** Models that a new session may name. */
  async function serving(now: Running): Promise<ModelReference[]> {
    const states = await call(now, now.clinician, 'models.list', {});
    const found = states.filter(({ service }) => service === 'in-service');
    return found.map(({ manifest }) => ({ name: manifest.name, version: manifest.version }));
  }

  async function plan(now: Running): Promise<Pick<CommandInput<'sessions.create'>, 'mode' | 'models'>> {
    const wanted = chance.is(0.5) ? await serving(now) : [];
    return wanted.length === 0 ? { mode: 'collection', models: [] } : { mode: 'inference', models: wanted };
  }

  async function take(now: Running, sessionId: SessionId, stepKey: string): Promise<TakeId> {
    const { clinician } = now;
    const start = { sessionId, stepKey, sampleRateHz, device };
    const { takeId } = await call(now, clinician, 'recording.start', start);
    const chunks = chance.between(1, 2);
    let frames = 0;
    for (let sequence = 0; sequence < chunks; sequence += 1) {
      const pcm = chance.bytes(2 * chance.between(40, 400));
      const chunk = { takeId, sequence, firstFrame: frames, pcm: base64FromBytes(pcm) };
      await call(now, clinician, 'recording.append', chunk);
      spoken.set(takeId, [...(spoken.get(takeId) ?? []), pcm]);
      frames += pcm.length / 2;
    }
    const elapsedMs = (frames / sampleRateHz) * 1000;
    const finish = { takeId, chunks, elapsedMs, interruption: 'none' } as const;
    await call(now, clinician, 'recording.finish', finish);
    return takeId;
  }

  function sessionsOf(statuses: Parameters<StoreTransaction['sessions']['withStatus']>[0]): SessionId[] {
    return store.read((transaction) => transaction.sessions.withStatus(statuses).map(({ id }) => id));
  }

  const station: Station = {
    name,
    store,
    recordings: disk,
    definitions,
    line: line.state,
    network,
    spoken,
    withdrawn,
    get isOn() {
      return life.isAlive;
    },
    async begin(url, code, settings) {
      await attempt('begins', async (now) => {
        const first = { username: 'ines', displayName: 'Ines', password, language: 'pt-BR' } as const;
        await call(now, now.it, 'people.create-first', first);
        const person = { username: 'clara', displayName: 'Clara', roles: ['clinician'], language: 'en' };
        await call(now, now.it, 'people.create', { ...person, password } as CommandInput<'people.create'>);
        hasPeople = true;
        await signIn(now);
        await call(now, now.it, 'sync.enrol', { url, code, name });
        await call(now, now.it, 'sync.save-settings', settings);
      });
    },
    async record(number) {
      // One person, one session at a time.
      if (isBusy) return;
      isBusy = true;
      try {
        await attempt('records', async (now) => {
          await signIn(now);
          const { id: sessionId } = await call(now, now.clinician, 'sessions.create', {
            ...(await plan(now)),
            kind: 'PATIENT',
            form: { id: form.id, version: form.version },
            protocol: { id: protocol.id, version: protocol.version },
          });
          await call(now, now.clinician, 'sessions.save-draft', {
            sessionId,
            answers: answersOf(`${name}-${String(number)}`),
            confirmedWarnings: [],
            currentStep: 'form',
          });
          const takeId = await take(now, sessionId, consentStep);
          await call(now, now.clinician, 'sessions.accept-consent', {
            sessionId,
            takeId,
            textId: protocol.consent.id,
            textVersion: protocol.consent.version,
            language: 'pt-BR',
            purposes: ['care'],
            witness: 'Rui',
          });
          await take(now, sessionId, vowelStep);
          if (chance.is(0.2)) await take(now, sessionId, vowelStep);
          await call(now, now.clinician, 'sessions.complete', { sessionId });
          now.engine.wake('changed');
        });
      } finally {
        isBusy = false;
      }
    },
    addNote: () =>
      attempt('notes', async (now) => {
        const ids = sessionsOf(['recorded', 'completed', 'error']);
        if (ids.length === 0) return;
        await signIn(now);
        const note = { sessionId: chance.pick(ids), text: `note ${String(chance.between(1, 1e9))}` };
        await call(now, now.clinician, 'sessions.add-note', note);
        now.engine.wake('changed');
      }),
    screen: () =>
      attempt('screens', async (now) => {
        const ids = store.read(({ sessions }) =>
          sessions
            .withStatus(['completed', 'error'])
            .filter(({ mode }) => mode === 'inference')
            .map(({ id }) => id),
        );
        if (ids.length === 0) return;
        await signIn(now);
        const wanted = await serving(now);
        if (wanted.length === 0) return;
        await call(now, now.clinician, 'sessions.screen', { sessionId: chance.pick(ids), models: wanted });
        now.engine.wake('changed');
      }),
    setAsideDrafts: () =>
      attempt('sets drafts aside', async (now) => {
        const ids = sessionsOf(['draft']);
        if (ids.length > 0) await signIn(now);
        for (const sessionId of ids) {
          await call(now, now.clinician, 'sessions.discard', { sessionId, reason: 'left' });
        }
      }),
    withdraw: () =>
      attempt('withdraws', async (now) => {
        const ids = sessionsOf(['draft', 'recorded', 'processing', 'completed', 'error']);
        if (ids.length === 0) return;
        await signIn(now);
        const sessionId = chance.pick(ids);
        withdrawn.add(sessionId);
        trace(`${name} withdraws ${sessionId.slice(-6)}`);
        const kind = chance.is(0.5) ? 'withdrawal' : 'deletion';
        await call(now, now.clinician, 'sessions.withdraw', { sessionId, kind });
        now.engine.wake('changed');
      }),
    enrol: (url, code) =>
      attempt('enrols again', async (now) => {
        await signIn(now);
        await call(now, now.it, 'sync.enrol', { url, code, name });
      }),
    leave: () =>
      attempt('leaves', async (now) => {
        await signIn(now);
        await call(now, now.it, 'sync.leave', {});
      }),
    askSync: () =>
      attempt('asks', async (now) => {
        await signIn(now);
        await call(now, now.it, 'sync.now', {});
      }),
    losePower: (forMs) => powerOff(forMs, 'loses power'),
    losePowerInWrite(writes, forMs) {
      crashAfterWrites = writes;
      crashForMs = forMs;
    },
    close(forMs) {
      const now = running;
      if (now === undefined) return;
      void now.engine.stop().then(() => {
        if (running === now) powerOff(forMs, 'is closed');
      });
    },
    start() {
      if (life.isAlive) return;
      comingBack.cancel();
      trace(`${name} starts`);
      const own = beginLife();
      life = own;
      const world = worldOf(own);
      const guarded = (what: string) => (cause: unknown) => {
        if (own.isAlive && !(cause instanceof StoreFailure)) onBug(`${name} ${what}`, cause);
      };
      const starting = startWorkstation(world);
      starting.then((started) => started.background).catch(guarded('start'));
      const engine = runSync(world, { onFault: guarded('sync') });
      if (own.isAlive) running = { life: own, world, engine, it: createDesk(), clinician: createDesk() };
    },
    setWallClock(offsetMs) {
      wallOffsetMs = offsetMs;
    },
    setFull(next) {
      isFull = next;
      disk.setFreeBytes(next ? 0 : 2 ** 40);
      modelPackages.setFull(next);
    },
  };
  return station;
}

/** A command that was answered with a problem. */
class Refused extends Error {}

function watched(transaction: StoreTransaction, note: (claim: Claim) => void): StoreTransaction {
  const { sessions, notes, outbox, sync, takes, audit, accounts } = transaction;
  return {
    ...transaction,
    audit: {
      ...audit,
      append(entry) {
        audit.append(entry);
        const account =
          entry.action === 'account-received'
            ? accounts.get(String(entry.details['accountId']) as AccountId)
            : undefined;
        const workstationId = sync.facts().enrolment?.workstationId ?? '';
        if (account !== undefined) note({ kind: 'account', account, workstationId });
      },
    },
    sessions: {
      ...sessions,
      mark(id, mark) {
        sessions.mark(id, mark);
        if (mark.state === 'synced') note({ kind: 'synced', sessionId: id });
      },
      remove(id) {
        if (sessions.get(id) !== undefined) note({ kind: 'buried', sessionId: id });
        sessions.remove(id);
      },
    },
    notes: {
      ...notes,
      insert(added) {
        notes.insert(added);
        note({ kind: 'noted', sessionId: added.sessionId });
      },
    },
    outbox: {
      ...outbox,
      settle(kind, id, fate) {
        outbox.settle(kind, id, fate);
        if (fate.state === 'done') note({ kind: 'done', item: kind, id });
      },
    },
    sync: {
      ...sync,
      keepContent(content) {
        sync.keepContent(content);
        note({ kind: 'completed', sessionId: content.id });
      },
      putAudio(audio) {
        sync.putAudio(audio);
        if (audio.fate.state === 'sent') note({ kind: 'sent', takeId: audio.takeId });
      },
      putOffer(record) {
        sync.putOffer(record);
        if (record.state === 'open') note({ kind: 'offered', record });
      },
      removeOffer(offer) {
        sync.removeOffer(offer);
        note({ kind: 'offer-removed', name: offer.name, alias: offer.alias });
      },
      putStanding(standing) {
        sync.putStanding(standing);
        if (standing.service === 'in-service') note({ kind: 'serves', standing });
      },
    },
    takes: {
      ...takes,
      open(opened) {
        takes.open(opened);
        note({ kind: 'take', takeId: opened.id, sessionId: opened.sessionId });
      },
    },
  };
}

type Line = ReturnType<typeof openLine>;

/** A PC without power hears no answer. */
function gated(life: Life, line: Line): World['registry'] {
  return {
    hello: (...asked) => life.whileAlive(line.hello(...asked)),
    enrol: (...asked) => life.whileAlive(line.enrol(...asked)),
    sendItems: (...asked) => life.whileAlive(line.sendItems(...asked)),
    createUpload: (...asked) => life.whileAlive(line.createUpload(...asked)),
    uploadOffset: (...asked) => life.whileAlive(line.uploadOffset(...asked)),
    upload: (peers, body, cancellation) =>
      life.whileAlive(
        line.upload(
          peers,
          {
            ...body,
            pace: (bytes) => (life.isAlive ? life.whileAlive(body.pace(bytes)) : never()),
            onProgress: (offset) => (life.isAlive ? body.onProgress(offset) : undefined),
          },
          cancellation,
        ),
      ),
    askReceipt: (...asked) => life.whileAlive(line.askReceipt(...asked)),
    feed: (...asked) => life.whileAlive(line.feed(...asked)),
    modelPackage: (peers, wanted, receive, cancellation) =>
      life.whileAlive(
        line.modelPackage(
          peers,
          wanted,
          (piece) => (life.isAlive ? life.whileAlive(receive(piece)) : never()),
          cancellation,
        ),
      ),
  };
}
