/**
 * From the queue to workers that call over HTTP. Each code has a topic of its own, so that portions that nobody can work
 * out stand in nobody's way; a process of the registry listens to those that workers have asked for lately. Whichever
 * process gets a portion's message offers the portion in its row, and keeps the message for as long as a worker is at
 * it. When that process dies, the queue gives the message to another, and the worker goes on undisturbed.
 */
import type { Json } from '../../../contract/canonical-json.ts';
import { portionIdSchema } from '../../../contract/registry/feature-portions.ts';
import { judgePortion } from '../../core/feature-portions.ts';
import type { Consumer, Delivery, Verdict } from '../../ports/work-queue.ts';
import type { World } from '../world.ts';
import { endLease, portionTopicOf, standingOf, wantedWithinMs, type PortionRow } from './rows.ts';

export interface PortionService {
  /** Lets go of what it holds: other processes offer it. */
  stop(): Promise<void>;
}

type HoldingWorld = Pick<World, 'store' | 'queue' | 'clock' | 'log'>;

/** Portions of one code that one process offers and watches at once. */
const concurrency = 16;
/** Codes that one process listens to at once: those that were asked for last. */
const mostCodes = 8;
const acknowledgeWithinMs = 30_000;
const workingEveryMs = 10_000;
const lookEveryMs = 1000;
/** The row counts the leases, not the queue. */
const maximumDeliveries = 1_000_000;

interface Listening {
  /** Offers nothing more; what is leased is watched to its end. */
  isWanted: boolean;
  readonly consumer: Consumer;
}

export function startPortionService(world: HoldingWorld): PortionService {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const listening = new Map<string, Listening>();
  const ending = new Set<Promise<void>>();
  let isStopped = false;
  let timer = { cancel: (): void => undefined };

  const listen = async (code: string): Promise<void> => {
    const one: { isWanted: boolean } = { isWanted: true };
    const options = { concurrency, acknowledgeWithinMs, maximumDeliveries };
    const consumer = await world.queue.consume(portionTopicOf(code), options, (delivery) =>
      holdPortion(world, delivery, { released, isWanted: () => one.isWanted }),
    );
    listening.set(code, Object.assign(one, { consumer }));
  };
  const leave = (code: string, one: Listening): void => {
    one.isWanted = false;
    listening.delete(code);
    const end = one.consumer.stop().finally(() => ending.delete(end));
    ending.add(end);
  };
  const look = async (): Promise<void> => {
    try {
      const wanted = await wantedCodes(world);
      for (const [code, one] of listening) if (!wanted.includes(code)) leave(code, one);
      for (const code of wanted) if (!isStopped && !listening.has(code)) await listen(code);
    } catch (cause) {
      // Storage or queue that is away now may be back at the next look.
      world.log.error('portion-round-failed', cause);
    }
    if (isStopped) return;
    timer = world.clock.after(lookEveryMs, () => {
      round = look();
    });
  };
  let round = look();
  return {
    async stop() {
      isStopped = true;
      timer.cancel();
      release();
      await round;
      for (const [code, one] of listening) leave(code, one);
      await Promise.all(ending);
    },
  };
}

async function wantedCodes({ store, clock }: HoldingWorld): Promise<readonly string[]> {
  const since = new Date(clock.now() - wantedWithinMs).toISOString();
  const wanted = await store.read((reader) =>
    reader.find('portionDemand', {
      where: { askedAt: { above: since } },
      order: [['askedAt', 'descending']],
      limit: mostCodes,
    }),
  );
  return wanted.map(({ id }) => id);
}

interface Hold {
  readonly released: Promise<void>;
  isWanted(): boolean;
}

async function holdPortion(
  world: HoldingWorld,
  { payload, working }: Delivery,
  { released, isWanted }: Hold,
): Promise<Verdict> {
  const id = portionIdIn(payload);
  if (id === undefined) return { kind: 'dead', reason: 'not a portion' };
  let workingMs = world.clock.now();
  for (;;) {
    const portion = await lookAt(world, id);
    if (portion === undefined) return { kind: 'done' };
    if (!isWanted() && (await takeBack(world, id))) return { kind: 'retry', afterMs: 0 };
    const nowMs = world.clock.now();
    if (nowMs - workingMs > workingEveryMs) {
      workingMs = nowMs;
      await working();
    }
    const pause = Promise.withResolvers<boolean>();
    const timer = world.clock.after(lookEveryMs, () => pause.resolve(false));
    const isReleased = await Promise.race([released.then(() => true), pause.promise]);
    timer.cancel();
    if (isReleased) return { kind: 'retry', afterMs: 0 };
  }
}

/** The portion as it stands after what had to be done about it; undefined where there is nothing left to do. */
async function lookAt({ store, clock, log }: HoldingWorld, id: string): Promise<PortionRow | undefined> {
  const judge = (portion: PortionRow): ReturnType<typeof judgePortion> =>
    judgePortion(standingOf(portion), clock.now());
  const seen = await store.read((reader) => reader.get('portions', id));
  if (seen === undefined || judge(seen) === 'drop') return undefined;
  if (judge(seen) === 'wait') return seen;
  return store.write(async (transaction) => {
    const portion = await transaction.get('portions', id);
    if (portion === undefined) return undefined;
    const verdict = judge(portion);
    if (verdict === 'offer') await transaction.update('portions', id, { state: 'offered' });
    if (verdict === 'lost') {
      log.warn('portion-worker-lost', { portionId: id, attempts: portion.attempts });
      await endLease(transaction, portion, 'worker-lost');
    }
    return verdict === 'drop' ? undefined : transaction.get('portions', id);
  });
}

/** False where somebody holds it. */
function takeBack({ store }: HoldingWorld, id: string): Promise<boolean> {
  return store.write(async (transaction) => {
    const portion = await transaction.get('portions', id);
    if (portion?.state !== 'offered') return false;
    return transaction.update('portions', id, { state: 'queued' });
  });
}

function portionIdIn(payload: Json): string | undefined {
  const id: unknown =
    typeof payload === 'object' && payload !== null
      ? (payload as Readonly<Record<string, unknown>>)['portionId']
      : undefined;
  return portionIdSchema.safeParse(id).data;
}
