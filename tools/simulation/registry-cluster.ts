/** One registry of several processes over one store and one blob store; any of them may die and come back at any time. */
import type { Change } from '../../contract/registry/sync.ts';
import { createUploadTraffic } from '../../registry/app/uploads/traffic.ts';
import { tidyUploads } from '../../registry/app/uploads/tidy-uploads.ts';
import { sweepTombstones } from '../../registry/app/sessions/sweep-tombstones.ts';
import { reportAuditGaps } from '../../registry/app/sync/report-audit-gaps.ts';
import type { World } from '../../registry/app/world.ts';
import { memoryWorld } from '../../registry/app/world.memory.ts';
import { memoryAudioCheck } from '../../registry/ports/audio-check.memory.ts';
import { memoryBlobs, type MemoryBlobs } from '../../registry/ports/blobs.memory.ts';
import { memoryModelPackages } from '../../registry/ports/model-packages.memory.ts';
import type { Signing } from '../../registry/ports/signing.ts';
import { memoryStore } from '../../registry/ports/store.memory.ts';
import { BlobFailure } from '../../registry/ports/blobs.ts';
import { StoreFailure, type Row, type Store } from '../../registry/ports/store.ts';
import { memoryLog, memoryRandomness } from '../../registry/ports/surroundings.memory.ts';
import { fastHashing } from './hashing.ts';
import type { KeyRing } from './keys.ts';
import { beginLife, type Life } from './life.ts';
import { packedModels } from './models.ts';
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
  /** As it stands in what happened. */
  readonly name: string;
  readonly seed: number;
  readonly ring: KeyRing;
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
  readonly signing: Signing;
  readonly world: World;
  /** Everything that ever stood on its feed, in the order of the commits. */
  readonly told: readonly ToldChange[];
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

export type ToldChange = Pick<Row<'changes'>, 'sequence' | 'hospitalId' | 'subjectId' | 'content'> & {
  readonly kind: Change['kind'];
};

interface Process {
  life: Life;
  world: World;
  traffic: ReturnType<typeof createUploadTraffic>;
}

/** Really every hour; a week of nights would be most of what is simulated. */
const choreEveryMs = 12 * 3_600_000;

export function openCluster(options: ClusterOptions): Cluster {
  const { name, seed, ring, timeline, chance, trace, onBug } = options;
  const told: ToldChange[] = [];
  const store = listening(memoryStore(), (row) => told.push({ ...row, kind: row.kind as Change['kind'] }));
  const blobs = memoryBlobs({ sha256: fastHashing.sha256 });
  const signing = ring.makeRegistry();
  const troubles: RegistryTroubles = { roughness: 0, isStoreAway: false, areBlobsAway: false };
  const log = memoryLog();
  const audio = memoryAudioCheck(fastHashing.sha256);
  const ideal: World = {
    ...memoryWorld({ seed }),
    store,
    blobs,
    signing,
    proofs: ring.proofs,
    packages: memoryModelPackages(packedModels),
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
    for (const chore of [tidyUploads, sweepTombstones, reportAuditGaps]) {
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
    trace(`${name}${String(index)} starts`);
    void runChores(processes[index].world);
  };

  return {
    store,
    blobs,
    signing,
    world: ideal,
    told,
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
      trace(`${name}${String(index % processes.length)} dies for ${String(Math.round(downForMs / 1000))}s`);
      life.end();
      timeline.after(downForMs, () => revive(index % processes.length));
    },
    reviveAll() {
      for (const index of processes.keys()) revive(index);
    },
    chores: () => runChores(ideal),
  };
}

/** Tells of changes on the feed once they are committed. */
function listening(store: Store, tell: (row: Row<'changes'>) => void): Store {
  return {
    ...store,
    async write(work) {
      let rows: Row<'changes'>[] = [];
      const result = await store.write((transaction) => {
        rows = [];
        return work({
          ...transaction,
          put(table, row) {
            if (table === 'changes') rows.push(row as unknown as Row<'changes'>);
            return transaction.put(table, row);
          },
        });
      });
      for (const row of rows) tell(row);
      return result;
    },
  };
}
