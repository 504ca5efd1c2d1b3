/** The engine: sits beside the work, sends when it may, waits when it must, and wakes for what concerns it. */
import type { Problem } from '../../../contract/result.ts';
import type { SyncActivity } from '../../../contract/sync-state.ts';
import { backoffMs } from '../../core/backoff.ts';
import { randomShare } from '../../core/random-share.ts';
import { noSpeed } from '../../core/speed.ts';
import { untilAllowedMs } from '../../core/sync-schedule.ts';
import { createCanceller, type Canceller } from '../../ports/cancellation.ts';
import { StoreFailure } from '../../ports/store-failure.ts';
import type { World } from '../world.ts';
import type { WakeReason } from './sync-memory.ts';
import { syncOnce, type SyncPass } from './sync-once.ts';
import { tellSync } from './tell-sync.ts';

/** Where nothing is to be sent: how often the registry is asked for news, give or take a fifth. */
const idleMs = 5 * 60_000;
/** How often a metered line is looked at again. */
const meteredMs = 60_000;
/** A failure of this PC's own: no need to hurry. */
const ownFailureMs = 60_000;

export interface SyncEngine {
  wake(reason: WakeReason): void;
  /** Ends the pass under way, as a cut line would. */
  interrupt(): void;
  /** Ends for good; settles when nothing is under way any more. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** A bug: the engine goes on, and somebody should write it down. */
  readonly onFault?: (cause: unknown) => void;
}

interface Rest {
  readonly activity: SyncActivity;
  /** Null: until something happens. */
  readonly ms: number | null;
  readonly problem: Problem | null;
  readonly wakesFor: readonly WakeReason[];
}

export function runSync(world: World, options: EngineOptions = {}): SyncEngine {
  let isStopped = false;
  let canceller: Canceller = createCanceller();
  let failures = 0;
  let asked = false;
  let rouse: ((reason: WakeReason) => void) | undefined;
  /** What came while a pass was under way. */
  let missed: WakeReason[] = [];
  const { sync } = world.memory;

  const engine: SyncEngine = {
    wake(reason) {
      if (reason === 'asked') asked = true;
      if (rouse === undefined) missed.push(reason);
      else rouse(reason);
    },
    interrupt: () => canceller.cancel(),
    async stop() {
      isStopped = true;
      stopWatching();
      canceller.cancel();
      engine.wake('settings');
      await loop;
      if (sync.engine === engine) sync.engine = undefined;
    },
  };
  sync.engine = engine;
  const stopWatching = world.network.onChange(() => engine.wake('network'));
  const loop = run();
  return engine;

  async function run(): Promise<void> {
    while (!isStopped) {
      const rest = await work();
      await restFor(rest);
    }
  }

  /** One turn, and how to rest after it. Bugs are told and waited out: this loop never ends by itself. */
  async function work(): Promise<Rest> {
    const isAsked = asked;
    asked = false;
    try {
      comeBackFromSending();
      const pause = await whyNot(isAsked);
      if (pause !== undefined) return pause;
      show('sending', null, null);
      canceller = createCanceller();
      const pass = await syncOnce(world, { cancellation: canceller });
      return after(pass);
    } catch (cause) {
      if (cause instanceof StoreFailure) return ownFailure(cause.problem);
      options.onFault?.(cause);
      return ownFailure({ code: 'internal' });
    } finally {
      sync.speed = noSpeed;
      sync.sentShare.clear();
      sync.shownAtMs.clear();
    }
  }

  async function whyNot(isAsked: boolean): Promise<Rest | undefined> {
    const { enrolment, refusal, settings } = world.store.read((transaction) => transaction.sync.facts());
    if (enrolment === null) return rest('off', null, null, ['asked', 'settings']);
    if (refusal !== null && !isAsked) {
      const problem: Problem = { code: 'registry-refused', details: { code: refusal.code } };
      return rest('refused', null, problem, ['asked', 'settings']);
    }
    if (isAsked) return undefined;
    const waitMs = untilAllowedMs(settings.schedule, world.clock.now());
    if (waitMs > 0) return rest('paused-schedule', waitMs, null, ['asked', 'settings']);
    if (settings.pausesOnMetered && (await world.network.isMetered()) === true) {
      return rest('paused-metered', meteredMs, null, ['asked', 'settings', 'network']);
    }
    return undefined;
  }

  function after({ problem, hasProgressed }: SyncPass): Rest {
    if (problem === undefined) {
      failures = 0;
      const { enrolment } = world.store.read((transaction) => transaction.sync.facts());
      const all: readonly WakeReason[] = ['asked', 'changed', 'network', 'settings'];
      return enrolment === null
        ? rest('off', null, null, ['asked', 'settings'])
        : rest('idle', Math.round(idleMs * (0.8 + 0.4 * random())), null, all);
    }
    if (problem.code === 'registry-refused' || problem.code === 'registry-other') {
      failures = 0;
      return rest('refused', null, problem, ['asked', 'settings']);
    }
    failures = hasProgressed ? 0 : failures + 1;
    const told = problem.details?.['retryAfterMs'];
    const leastMs = typeof told === 'number' ? told : 0;
    const ms = Math.max(leastMs, backoffMs(failures, random()));
    const isBusy = problem.code === 'registry-busy';
    const activity = isBusy ? 'waiting-for-registry' : 'waiting-for-network';
    return rest(activity, ms, problem, isBusy ? ['asked', 'settings'] : ['asked', 'settings', 'network']);
  }

  function ownFailure(problem: Problem): Rest {
    return rest('waiting-for-network', ownFailureMs, problem, ['asked', 'settings']);
  }

  function random(): number {
    return randomShare(world.randomness.bytes(4));
  }

  function show(activity: SyncActivity, problem: Problem | null, restMs: number | null): void {
    sync.activity = activity;
    sync.problem = problem;
    const nowMs = Date.parse(world.clock.now().at);
    sync.nextTryAt = restMs === null ? null : new Date(nowMs + restMs).toISOString();
    tellSync(world);
  }

  function restFor({ activity, ms, problem, wakesFor }: Rest): Promise<void> {
    if (isStopped) return Promise.resolve();
    show(activity, problem, ms);
    if (missed.some((reason) => wakesFor.includes(reason) && isWorth(reason))) {
      missed = [];
      return Promise.resolve();
    }
    missed = [];
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : world.clock.after(ms, wakeUp);
      rouse = (reason) => {
        if (isStopped || (wakesFor.includes(reason) && isWorth(reason))) wakeUp();
      };
      function wakeUp(): void {
        rouse = undefined;
        timer?.cancel();
        resolve();
      }
    });
  }

  /** Much changes of which nothing is to be sent yet. */
  function isWorth(reason: WakeReason): boolean {
    if (reason !== 'changed') return true;
    return world.store.read(
      ({ sync: rows, outbox }) => rows.countOpen() > 0 || outbox.waiting('withdrawal', 1).length > 0,
    );
  }

  /** A program that was killed while it sent left sessions that look as if they were still on their way. */
  function comeBackFromSending(): void {
    world.store.write((transaction) => {
      const { enrolment } = transaction.sync.facts();
      const state = enrolment === null ? 'local-only' : 'waiting';
      for (const id of transaction.sync.open(1000)) {
        if (transaction.sessions.get(id)?.sync !== 'sending') continue;
        transaction.sessions.mark(id, { state, progress: null, reason: null });
      }
    });
  }
}

function rest(
  activity: SyncActivity,
  ms: number | null,
  problem: Problem | null,
  wakesFor: readonly WakeReason[],
): Rest {
  return { activity, ms, problem, wakesFor };
}
