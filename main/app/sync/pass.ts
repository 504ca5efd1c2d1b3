/** One pass of work with the registry: who speaks, whether it should go on, and what came of it. */
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import { backoffMs } from '../../core/backoff.ts';
import { randomShare } from '../../core/random-share.ts';
import type { Cancellation } from '../../ports/cancellation.ts';
import type { RegistryPeers } from '../../ports/registry.ts';
import type { Enrolment } from '../../ports/store-sync.ts';
import type { World } from '../world.ts';
import { changeFacts } from './change-facts.ts';

export interface Pass {
  readonly world: World;
  readonly enrolment: Enrolment;
  readonly peers: RegistryPeers;
  readonly cancellation: Cancellation;
  /** Something is in the registry, or of a model here, that was not there before. */
  hasProgressed: boolean;
  /** What went wrong with one thing only; the first of it. */
  sideProblem: Problem | undefined;
  /** Answers that were not the registry's, in a row. */
  strayAnswers: number;
}

export function beginPass(world: World, enrolment: Enrolment, cancellation: Cancellation): Pass {
  const { registryUrl: url, allowsPlainHttp, registryId, answerKey, workstationId, keys } = enrolment;
  return {
    world,
    enrolment,
    peers: {
      url,
      allowsPlainHttp,
      registryId,
      answerKey,
      workstationId,
      privateKey: keys.privateKey,
      registryNowMs: () => registryNowMs(world),
    },
    cancellation,
    hasProgressed: false,
    sideProblem: undefined,
    strayAnswers: 0,
  };
}

/** The registry's time: by this PC's monotonic clock, so that setting the wall clock changes nothing. */
export function registryNowMs({ clock, memory }: Pick<World, 'clock' | 'memory'>): number {
  const offset = memory.sync.registryOffsetMs;
  return offset === undefined ? Date.parse(clock.now().at) : offset + clock.monotonicMs();
}

/** Problems after which nothing else is tried: they are not about the thing that was asked for. */
const stopping: readonly Problem['code'][] = [
  'registry-unreachable',
  'registry-busy',
  'registry-refused',
  'registry-clock',
  'registry-other',
  'registry-address-invalid',
];
const mostStrayAnswers = 3;

/** Whether the pass ends here. One odd answer may be one odd thing; several in a row are somebody else on the line. */
export function stopsPass(pass: Pass, problem: Problem): boolean {
  if (pass.cancellation.isCancelled || stopping.includes(problem.code)) return true;
  if (problem.code === 'registry-answer-invalid') {
    pass.strayAnswers += 1;
    if (pass.strayAnswers >= mostStrayAnswers) return true;
  }
  pass.sideProblem ??= problem;
  return false;
}

/** Says hello: is it the registry, what time is it there, and how wrong is this PC's clock. */
export async function greet(pass: Pass): Promise<Result<null>> {
  const { world, peers, cancellation } = pass;
  const startMs = world.clock.monotonicMs();
  const answer = await world.registry.hello(peers, cancellation);
  if (!answer.ok) return answer;
  const endMs = world.clock.monotonicMs();
  const serverMs = Date.parse(answer.value.serverTime);
  const now = world.clock.now().at;
  world.memory.sync.registryOffsetMs = serverMs - (startMs + endMs) / 2;
  const clockSkewMs = Math.round(Date.parse(now) - (endMs - startMs) / 2 - serverMs);
  world.store.write((transaction) => changeFacts(transaction, { lastContactAt: now, clockSkewMs }));
  return ok(null);
}

const triesOnABadLine = 3;

/**
 * Asks something that may be asked again. A proof that was dated wrong is dated anew; a line that broke is given another
 * chance or two, at once, before the whole pass gives up.
 */
export async function ask<T>(pass: Pass, call: () => Promise<Result<T>>): Promise<Result<T>> {
  let hasGreeted = false;
  for (let tries = 1; ; tries += 1) {
    if (pass.cancellation.isCancelled) return fail('registry-unreachable', { reason: 'cancelled' });
    const answer = await call();
    if (answer.ok) {
      pass.strayAnswers = 0;
      return answer;
    }
    const { code } = answer.problem;
    if (code === 'registry-clock' && !hasGreeted) {
      hasGreeted = true;
      const greeted = await greet(pass);
      if (!greeted.ok) return greeted;
      continue;
    }
    if (code !== 'registry-unreachable' || tries >= triesOnABadLine) return answer;
    await pause(pass, backoffMs(tries - 1, randomShare(pass.world.randomness.bytes(4))));
  }
}

/** Waits, or less where the pass is to end. */
export function pause(
  { world, cancellation }: Pick<Pass, 'world' | 'cancellation'>,
  ms: number,
): Promise<void> {
  if (cancellation.isCancelled) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = world.clock.after(ms, done);
    const leave = cancellation.subscribe(done);
    function done(): void {
      timer.cancel();
      leave();
      resolve();
    }
  });
}
