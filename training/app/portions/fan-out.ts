/**
 * The coordinator of features on several machines: announces what is missing, waits for workers, looks at what they
 * made, and does portions itself where none comes. Whatever becomes of it, the step afterwards works out what is not in
 * the store: fanning out changes how long it takes, and never a bit of what comes out.
 */
import type { FeaturesOrder } from '../../../contract/training/features-order.ts';
import {
  mostPortions,
  type PortionSet,
  type PortionSetId,
} from '../../../contract/registry/feature-portions.ts';
import { cutPortions } from '../../core/features/portions.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Timers } from '../../ports/timers.ts';
import type { Portions } from '../../ports/portions.ts';
import {
  cancelled,
  jsonOutput,
  type FeaturesWork,
  type RecordingFeatures,
  type StepContext,
} from '../steps/step.ts';
import { featureCode, resultHash, workPortion } from './work-portion.ts';

export interface FanOut {
  readonly portions: Portions;
  readonly timers: Timers;
  /** UUID of this process, which may work too. */
  readonly worker: string;
  /** Of the engine. */
  readonly threads: number;
  /** Without any worker for so long, the coordinator works itself; a registry that is silent for so long is left. */
  readonly patienceMs: number;
}

const lookEveryMs = 500;

/** Answers where there is nothing more to wait for; refuses what must not be mixed, and a set that has failed. */
export async function fanOutFeatures(
  work: FeaturesWork,
  context: StepContext,
  fanOut: FanOut,
): Promise<Outcome<null>> {
  const { ports, progress } = context;
  const missing: number[] = [];
  for (let place = 0; place < work.recordings; place++) {
    const known = await work.known(place);
    if (!known.ok) return known;
    if (known.value === undefined) missing.push(place);
  }
  if (missing.length === 0) return done(null);
  const order = await ports.contents.put(jsonOutput(ports, orderOf(context, fanOut)));
  if (!order.ok) return order;
  const portions = cutPortions(missing, mostPortions);
  const codeSha256 = featureCode(ports, ports.program);
  const announced = await fanOut.portions.announce({ orderSha256: order.value.sha256, codeSha256, portions });
  if (!announced.ok) {
    progress(`no worker is asked: ${announced.refusal.what}; all is worked out here`);
    return done(null);
  }
  progress(`${portions.length} portions of ${missing.length} recordings are announced to workers`);
  try {
    const setId = announced.value;
    return await new Coordinator({ work, context, fanOut, codeSha256, setId, missing }).follow();
  } finally {
    // What cannot be removed now, the registry drops by itself.
    await fanOut.portions.remove(announced.value);
  }
}

function orderOf(
  { configuration: { features, noise, data }, inputs }: StepContext,
  { threads }: FanOut,
): FeaturesOrder {
  return {
    format: 1,
    features,
    noise,
    isTraced: data.kind === 'registry',
    snapshotSha256: inputs['snapshot.json']!.sha256,
    splitSha256: inputs['split.json']!.sha256,
    threads,
  };
}

interface Coordination {
  readonly work: FeaturesWork;
  readonly context: StepContext;
  readonly fanOut: FanOut;
  readonly codeSha256: string;
  readonly setId: PortionSetId;
  /** Places of what was not in the store before. */
  readonly missing: readonly number[];
}

class Coordinator {
  readonly #given: Coordination;
  readonly #startedMs: number;
  readonly #trusted = new Set<string>();
  #seen = 0;
  #othersMs: number;
  #isAlone = false;
  #told = '';

  constructor(given: Coordination) {
    this.#given = given;
    this.#startedMs = given.fanOut.timers.nowMs();
    this.#othersMs = this.#startedMs;
    this.#trusted.add(given.fanOut.worker);
  }

  async follow(): Promise<Outcome<null>> {
    const { context, fanOut, setId } = this.#given;
    const { portions, timers, patienceMs } = fanOut;
    let answeredMs = timers.nowMs();
    for (;;) {
      if (context.ports.isCancelled?.() === true) return cancelled;
      const looked = await portions.look(setId, this.#seen);
      if (!looked.ok) {
        if (timers.nowMs() - answeredMs > patienceMs)
          return this.#goOnAlone(`the registry is silent (${looked.refusal.what})`);
        await timers.pause(lookEveryMs);
        continue;
      }
      answeredMs = timers.nowMs();
      if (looked.value === undefined) return this.#goOnAlone('the registry has dropped the portions');
      const taken = await this.#take(looked.value);
      if (!taken.ok) return taken;
      if (looked.value.state === 'failed') return refuseFailed(looked.value);
      if (this.#seen === looked.value.portions) return done(null);
      const isAtWork = (await this.#isOwnTurn()) && (await this.#workOne());
      if (!isAtWork) await timers.pause(lookEveryMs);
    }
  }

  #goOnAlone(why: string): Outcome<null> {
    this.#given.context.progress(`${why}; what is missing is worked out here`);
    return done(null);
  }

  /** Looks at what has come since, and tells how far it is. */
  async #take(set: PortionSet): Promise<Outcome<null>> {
    const { context, fanOut } = this.#given;
    const others = set.workers.filter((worker) => worker !== fanOut.worker);
    for (const result of set.results) {
      const verified = await this.#verify(result);
      if (!verified.ok) return verified;
      this.#seen = result.place;
      if (result.worker !== fanOut.worker) this.#othersMs = fanOut.timers.nowMs();
    }
    if (others.length > 0) {
      this.#othersMs = fanOut.timers.nowMs();
      this.#isAlone = false;
    }
    const told = `${this.#seen} of ${set.portions} portions, ${others.length} workers`;
    if (told !== this.#told) {
      this.#told = told;
      const perPortionMs = (fanOut.timers.nowMs() - this.#startedMs) / Math.max(1, this.#seen);
      const secondsLeft = Math.round(((set.portions - this.#seen) * perPortionMs) / 1000);
      context.progress(
        this.#seen === 0 ? told : `${told}, about ${secondsLeft} s left`,
        this.#seen === 0 ? {} : { secondsLeftAtMost: secondsLeft },
      );
    }
    return done(null);
  }

  /**
   * Compares what a worker says that it made with what is in the store, byte by byte of its hash; and, for the first
   * portion of a worker, one recording with what it comes to here.
   */
  async #verify({ range, worker, resultSha256 }: PortionSet['results'][number]): Promise<Outcome<null>> {
    const { work, context } = this.#given;
    const { ports, progress } = context;
    const results: RecordingFeatures[] = [];
    for (let place = range.first; place < range.first + range.count; place++) {
      const known = await work.known(place);
      if (!known.ok) return known;
      if (known.value === undefined) {
        progress(
          `worker ${worker} reports what is not in this store: it needs the same --store; it is worked out here`,
        );
        return done(null);
      }
      for (const { content } of [known.value.clean, known.value.noisy ?? known.value.clean]) {
        const bytes = await ports.contents.get(content.sha256);
        if (!bytes.ok) return bytes;
      }
      results.push(known.value);
    }
    if (resultHash(ports, results) !== resultSha256) return this.#refuseMixture(worker, range.first);
    if (this.#trusted.has(worker)) return done(null);
    const here = await work.hashAnew(range.first);
    if (!here.ok) return here;
    if (here.value !== results[0]!.clean.content.sha256) return this.#refuseMixture(worker, range.first);
    this.#trusted.add(worker);
    return done(null);
  }

  /** Takes out of the store all that came into it since the announcement, so that no later step builds on it. */
  async #refuseMixture(worker: string, place: number): Promise<Outcome<null>> {
    const { work, context, fanOut, setId, missing } = this.#given;
    await fanOut.portions.remove(setId);
    for (const one of missing) {
      const known = await work.known(one);
      if (!known.ok) return known;
      for (const entry of [known.value?.clean, known.value?.noisy]) {
        const removed = entry ? await context.ports.contents.remove(entry.content.sha256) : done(null);
        if (!removed.ok) return removed;
      }
    }
    return refuse(
      `worker ${worker} makes other features than this machine of recording ${place + 1}`,
      'End that worker, then run the step again: what workers made of it is out of the store. It needs a processor of the same kind.',
    );
  }

  async #isOwnTurn(): Promise<boolean> {
    const { context, fanOut } = this.#given;
    const { timers, patienceMs } = fanOut;
    const aloneMs = timers.nowMs() - this.#othersMs;
    if (aloneMs <= patienceMs) return false;
    if (!this.#isAlone) {
      this.#isAlone = true;
      context.progress(
        `no worker for ${Math.round(aloneMs / 1000)} s: portions are worked out here until one comes`,
      );
    }
    return true;
  }

  /** False where there is none to take. */
  async #workOne(): Promise<boolean> {
    const { work, context, fanOut, codeSha256, setId } = this.#given;
    const { portions, timers, worker } = fanOut;
    const leased = await portions.lease({ worker, codeSha256, setId });
    if (!leased.ok || leased.value.portion === null) return false;
    const { surroundings, isCancelled } = context.ports;
    const isStopped = (): boolean => isCancelled?.() === true;
    await workPortion(leased.value.portion, work, { surroundings, portions, timers, isStopped });
    return true;
  }
}

function refuseFailed({ problem }: PortionSet): Outcome<null> {
  return refuse(
    `workers could not work out a portion (${problem ?? 'unknown'})`,
    'Look at what the workers say, then run the step again; without --workers it is worked out here.',
  );
}
