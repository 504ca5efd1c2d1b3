/** A worker: takes portions as they come, works them out into the shared store, gives back what it holds when it stops. */
import type { LeasedPortion } from '../../../contract/registry/feature-portions.ts';
import { featuresOrderSchema, type FeaturesOrder } from '../../../contract/training/features-order.ts';
import { snapshotSchema, splitSchema } from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ProgramFacts } from '../../ports/program.ts';
import type { TensorEngine } from '../../ports/tensor-engine.ts';
import { openFeaturesWork } from '../steps/features-work.ts';
import { readInput, type FeaturesWork, type StepPorts } from '../steps/step.ts';
import { featureCode, isWithin, workPortion, type PortionEnd, type PortionPorts } from './work-portion.ts';

export interface Worker extends PortionPorts {
  /** UUID of this process. */
  readonly id: string;
  readonly contents: StepPorts['contents'];
  /** The engine by its number of threads. */
  tensors(threads: number): TensorEngine;
  readonly program: ProgramFacts;
  /** When it ends by itself: after one portion, or after so many milliseconds without any; null: never. */
  readonly until: { readonly kind: 'once' } | { readonly kind: 'idle'; readonly idleMs: number } | null;
  isStopped(): boolean;
  /** Resolves when it is told to stop. */
  readonly stopped: Promise<void>;
  say(line: string): void;
}

/** Between two questions while there is nothing to do: longer each time. */
const pauseMs = { first: 250, longest: 4000, factor: 1.5 };

/** How many portions it has worked out; refuses where the first call is refused, or the store is not the shared one. */
export async function workOnPortions(worker: Worker): Promise<Outcome<number>> {
  const { portions, timers, until } = worker;
  const codeSha256 = featureCode(worker, worker.program);
  let opened: { readonly orderSha256: string; readonly work: FeaturesWork } | undefined;
  let [count, hasAsked, waitMs, idleSinceMs] = [0, false, pauseMs.first, timers.nowMs()];
  let told = '';
  const tell = (line: string): void => {
    if (line !== told) worker.say(line);
    told = line;
  };
  try {
    while (!worker.isStopped()) {
      const leased = await portions.lease({ worker: worker.id, codeSha256 });
      if (!leased.ok && !hasAsked) return leased;
      hasAsked = true;
      const portion = leased.ok ? leased.value.portion : null;
      if (portion === null) {
        if (!leased.ok) tell(`${leased.refusal.what}; asking again`);
        else if (leased.value.isOtherCodeWanted)
          tell('portions wait for another version of this program, of Node, or another kind of processor');
        else tell('waiting for portions');
        if (until?.kind === 'idle' && timers.nowMs() - idleSinceMs >= until.idleMs) return done(count);
        await timers.pause(waitMs, worker.stopped);
        waitMs = Math.min(pauseMs.longest, waitMs * pauseMs.factor);
        continue;
      }
      if (opened?.orderSha256 !== portion.orderSha256) {
        await opened?.work.release();
        opened = undefined;
        const work = await openOrder(worker, portion);
        if (!work.ok) {
          // Not the portion's fault: another worker sees the store.
          await portions.release(portion);
          return work;
        }
        opened = { orderSha256: portion.orderSha256, work: work.value };
      }
      tell(`${nameOf(portion)}: begun`);
      const end = isWithin(portion, opened.work)
        ? await workPortion(portion, opened.work, worker)
        : await failOutside(worker, portion);
      tell(lineOf(portion, end));
      if (end.kind === 'done') count += 1;
      if (until?.kind === 'once') return done(count);
      [waitMs, idleSinceMs] = [pauseMs.first, timers.nowMs()];
    }
    return done(count);
  } finally {
    await opened?.work.release();
  }
}

async function openOrder(worker: Worker, { orderSha256 }: LeasedPortion): Promise<Outcome<FeaturesWork>> {
  const order = await readOrder(worker, orderSha256);
  if (!order.ok) return order;
  const { features, noise, isTraced, snapshotSha256, splitSha256, threads } = order.value;
  const inputs = {
    'snapshot.json': { sha256: snapshotSha256, sizeBytes: 0 },
    'split.json': { sha256: splitSha256, sizeBytes: 0 },
  };
  const snapshot = await readInput({ inputs, ports: worker }, 'snapshot.json', snapshotSchema);
  if (!snapshot.ok) return snapshot;
  const split = await readInput({ inputs, ports: worker }, 'split.json', splitSchema);
  if (!split.ok) return split;
  const { contents, surroundings } = worker;
  return openFeaturesWork({
    ports: { contents, surroundings, tensors: worker.tensors(threads) },
    codeSha256: worker.program.codeOf.features,
    recipe: { features, noise, isTraced },
    snapshot: snapshot.value,
    split: split.value,
  });
}

async function readOrder(
  worker: Worker,
  sha256: LeasedPortion['orderSha256'],
): Promise<Outcome<FeaturesOrder>> {
  const isThere = await worker.contents.has(sha256);
  if (!isThere.ok) return isThere;
  if (!isThere.value) {
    return refuse(
      'the store does not hold what is to be worked out',
      'Give --store the folder that the coordinator has, as this machine sees it.',
    );
  }
  return readInput(
    { inputs: { order: { sha256, sizeBytes: 0 } }, ports: worker },
    'order',
    featuresOrderSchema,
  );
}

async function failOutside({ portions }: Worker, portion: LeasedPortion): Promise<PortionEnd> {
  const code = 'not-worked-out';
  await portions.fail(portion, code);
  const refusal = { what: 'it names recordings that the snapshot has not got', wayOut: 'Announce it anew.' };
  return { kind: 'failed', code, refusal };
}

function lineOf(leased: LeasedPortion, end: PortionEnd): string {
  const portion = nameOf(leased);
  switch (end.kind) {
    case 'done':
      return `${portion}: done`;
    case 'lost':
      return `${portion}: taken from this worker, which drops its report`;
    case 'released':
      return `${portion}: given back`;
    case 'failed':
      return `${portion}: ${end.refusal.what}`;
  }
}

function nameOf({ range: { first, count } }: LeasedPortion): string {
  return `recordings ${first + 1} to ${first + count}`;
}
