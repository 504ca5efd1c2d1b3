/** One registry of several processes over one store and one blob store; any of them may die and come back at any time. */
import { createHash, type Hash } from 'node:crypto';
import { createUploadTraffic } from '../../registry/app/uploads/traffic.ts';
import { tidyUploads } from '../../registry/app/uploads/tidy-uploads.ts';
import { sweepTombstones } from '../../registry/app/sessions/sweep-tombstones.ts';
import type { World } from '../../registry/app/world.ts';
import { memoryWorld } from '../../registry/app/world.memory.ts';
import { memoryAudioCheck } from '../../registry/ports/audio-check.memory.ts';
import { memoryBlobs, type MemoryBlobs } from '../../registry/ports/blobs.memory.ts';
import { memoryStore } from '../../registry/ports/store.memory.ts';
import { BlobFailure } from '../../registry/ports/blobs.ts';
import { StoreFailure, type Store } from '../../registry/ports/store.ts';
import { memoryLog, memoryRandomness } from '../../registry/ports/surroundings.memory.ts';
import type { Hashing } from '../../registry/ports/surroundings.ts';
import { openKeyRing, type KeyRing } from './keys.ts';
import { beginLife, type Life } from './life.ts';
import { answer, type OnBug } from './registry-door.ts';
import { processBlobs, processStore, type RegistryTroubles } from './registry-ports.ts';
import type { Chance, Timeline } from './timeline.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

/** True UTC at the beginning of the simulated world, epoch ms. */
export const beginningMs = Date.UTC(2026, 2, 9, 12);

export type Answerer = (
  world: World,
  request: WireRequest,
  body: AsyncIterable<Uint8Array>,
  usual: (request: WireRequest, body: AsyncIterable<Uint8Array>) => Promise<WireAnswer>,
) => Promise<WireAnswer>;

export interface ClusterOptions {
  readonly seed: number;
  readonly processes: number;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: (line: string) => void;
  readonly onBug: OnBug;
  /** Stands before every process, to plant a bug. */
  readonly answerer?: Answerer | undefined;
  /** Changes what every process works with, to plant a bug. */
  readonly flaw?: ((world: World) => World) | undefined;
}

export interface Cluster {
  /** As the checks see them: nothing fails here. */
  readonly store: Store;
  readonly blobs: MemoryBlobs;
  readonly keys: KeyRing;
  readonly world: World;
  readonly troubles: RegistryTroubles;
  /** Grows whenever something may have gone. */
  readonly losses: number;
  /** Undefined: nobody is there, or whoever was has died before the answer. */
  deliver(request: WireRequest, body: AsyncIterable<Uint8Array>): Promise<WireAnswer | undefined>;
  /** The world of a process that lives; undefined where none does. */
  anyWorld(): World | undefined;
  kill(index: number, downForMs: number): void;
  reviveAll(): void;
  /** What the registry does by itself now and then. */
  chores(): Promise<void>;
}

interface Process {
  life: Life;
  world: World;
  traffic: ReturnType<typeof createUploadTraffic>;
}

export const fastHashing: Hashing = {
  sha256: (data) => createHash('sha256').update(data).digest('hex'),
  startSha256() {
    const hash: Hash = createHash('sha256');
    return { update: (data) => void hash.update(data), end: () => hash.digest('hex') };
  },
};

/** Really every hour; a week of nights would be most of what is simulated. */
const choreEveryMs = 12 * 3_600_000;

export function openCluster(options: ClusterOptions): Cluster {
  const { seed, timeline, chance, trace, onBug } = options;
  const store = memoryStore();
  const blobs = memoryBlobs({ sha256: fastHashing.sha256 });
  const keys = openKeyRing(seed);
  const troubles: RegistryTroubles = { roughness: 0, isStoreAway: false, areBlobsAway: false };
  const log = memoryLog();
  const audio = memoryAudioCheck(fastHashing.sha256);
  const ideal: World = {
    ...memoryWorld({ seed }),
    store,
    blobs,
    signing: keys.registry,
    proofs: keys.proofs,
    hashing: fastHashing,
    audio,
    log,
    clock: { now: () => beginningMs + timeline.now(), after: timeline.after },
    randomness: memoryRandomness(seed ^ 0x5eed),
  };
  let losses = 0;
  let made = 0;

  const start = (): Process => {
    const life = beginLife();
    const surroundings = { life, timeline, chance, troubles, onLoss: () => void (losses += 1) };
    // Servers keep their time by the network: seconds off, never hours.
    const skewMs = chance.between(-20_000, 20_000);
    made += 1;
    const world: World = {
      ...ideal,
      store: processStore(store, surroundings),
      blobs: processBlobs(blobs, surroundings),
      clock: {
        now: () => beginningMs + skewMs + timeline.now(),
        after: (ms, call) => timeline.after(ms, () => (life.isAlive ? call() : undefined)),
      },
      randomness: memoryRandomness(seed * 1000 + made),
    };
    const seen = options.flaw === undefined ? world : options.flaw(world);
    return { life, world: seen, traffic: createUploadTraffic() };
  };
  const processes = Array.from({ length: options.processes }, start);

  const runChores = async (world: World): Promise<void> => {
    for (const chore of [tidyUploads, sweepTombstones]) {
      try {
        await chore(world);
      } catch (cause) {
        const isAway = cause instanceof StoreFailure || cause instanceof BlobFailure;
        if (!isAway) onBug(`${chore.name} throws`, cause);
      }
    }
  };
  const alive = (): readonly Process[] => processes.filter(({ life }) => life.isAlive);
  const nowAndThen = (): void => {
    const [first] = alive();
    if (first !== undefined) void runChores(first.world);
    timeline.after(choreEveryMs, nowAndThen);
  };
  timeline.after(choreEveryMs, nowAndThen);

  const revive = (index: number): void => {
    if (processes[index]!.life.isAlive) return;
    processes[index] = start();
    trace(`R${String(index)} starts`);
    void runChores(processes[index].world);
  };

  return {
    store,
    blobs,
    keys,
    world: ideal,
    troubles,
    get losses() {
      return losses;
    },
    deliver(request, body) {
      const living = alive();
      if (living.length === 0) return Promise.resolve(undefined);
      const { life, world, traffic } = chance.pick(living);
      const usual = (asked: WireRequest, sent: AsyncIterable<Uint8Array>): Promise<WireAnswer> =>
        answer({ world, traffic, onBug }, asked, sent);
      const answering =
        options.answerer === undefined ? usual(request, body) : options.answerer(world, request, body, usual);
      return new Promise((resolve, reject) => {
        life.onEnd(() => resolve(undefined));
        answering.then((given) => (life.isAlive ? resolve(given) : undefined), reject);
      });
    },
    anyWorld() {
      const living = alive();
      return living.length === 0 ? undefined : chance.pick(living).world;
    },
    kill(index, downForMs) {
      const { life } = processes[index % processes.length]!;
      if (!life.isAlive) return;
      trace(`R${String(index % processes.length)} dies for ${String(Math.round(downForMs / 1000))}s`);
      life.end();
      timeline.after(downForMs, () => revive(index % processes.length));
    },
    reviveAll() {
      for (const index of processes.keys()) revive(index);
    },
    chores: () => runChores(ideal),
  };
}
