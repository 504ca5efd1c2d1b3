/**
 * From the queue to workers that call over HTTP: whichever process of the registry gets a portion's message offers the
 * portion in its row, and keeps the message for as long as a worker is at it. When that process dies, the queue gives
 * the message to another, and the worker goes on undisturbed.
 */
import type { Json } from '../../../contract/canonical-json.ts';
import { portionIdSchema } from '../../../contract/registry/feature-portions.ts';
import { judgePortion } from '../../core/feature-portions.ts';
import type { Delivery, Verdict } from '../../ports/work-queue.ts';
import type { World } from '../world.ts';
import { endLease, standingOf, type PortionRow } from './rows.ts';
import { portionTopic } from './sets.ts';

export interface PortionService {
  /** Lets go of what it holds: other processes offer it. */
  stop(): Promise<void>;
}

type HoldingWorld = Pick<World, 'store' | 'queue' | 'clock' | 'log'>;

/** Portions that one process offers and watches at once. */
const concurrency = 16;
const acknowledgeWithinMs = 30_000;
const workingEveryMs = 10_000;
const lookEveryMs = 1000;
/** One that nobody leases makes room for others, which may be wanted by other workers. */
const mostUnleasedMs = 15_000;
const againAfterMs = 500;
/** The row counts the leases, not the queue. */
const maximumDeliveries = 1_000_000;

export async function startPortionService(
  world: HoldingWorld,
  { watch }: { readonly watch?: { watchTopic(topic: string): void } } = {},
): Promise<PortionService> {
  watch?.watchTopic(portionTopic);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const options = { concurrency, acknowledgeWithinMs, maximumDeliveries };
  const consumer = await world.queue.consume(portionTopic, options, (delivery) =>
    holdPortion(world, delivery, released),
  );
  return {
    async stop() {
      release();
      await consumer.stop();
    },
  };
}

async function holdPortion(
  world: HoldingWorld,
  { payload, working }: Delivery,
  released: Promise<void>,
): Promise<Verdict> {
  const id = portionIdIn(payload);
  if (id === undefined) return { kind: 'dead', reason: 'not a portion' };
  let workingMs = world.clock.now();
  let unleasedSinceMs = workingMs;
  for (;;) {
    const portion = await lookAt(world, id);
    if (portion === undefined) return { kind: 'done' };
    const nowMs = world.clock.now();
    if (portion.state !== 'offered') unleasedSinceMs = nowMs;
    if (nowMs - unleasedSinceMs > mostUnleasedMs && (await takeBack(world, id)))
      return { kind: 'retry', afterMs: againAfterMs };
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

/** False where somebody has just leased it. */
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
