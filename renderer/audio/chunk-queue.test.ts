import { expect, it } from 'vitest';
import { fail, ok, type Result } from '../../contract/result.ts';
import { ChunkQueue, type ChunkQueueState } from './chunk-queue.ts';
import type { PcmChunk } from './chunker.ts';

const chunk = (sequence: number): PcmChunk => ({
  sequence,
  firstFrame: sequence * 10,
  pcm: new Int16Array(10),
});

/** A desk on the other side that answers as it is told, one answer per attempt, and then always with success. */
function desk(...answers: (Result<unknown> | Error)[]) {
  const attempts: number[] = [];
  const waits: number[] = [];
  const states: ChunkQueueState[] = [];
  const queue = new ChunkQueue({
    send: async ({ sequence }) => {
      attempts.push(sequence);
      const answer = answers.shift() ?? ok({});
      if (answer instanceof Error) throw answer;
      return answer;
    },
    wait: async (durationMs) => {
      waits.push(durationMs);
    },
    changed: (state) => states.push(state),
  });
  return { queue, attempts, waits, states };
}

it('sends every chunk once and in order', async () => {
  const { queue, attempts } = desk();
  queue.add([chunk(0), chunk(1)]);
  queue.add([chunk(2)]);
  expect(await queue.drained()).toBe(true);
  expect(attempts).toEqual([0, 1, 2]);
});

it('tries the same chunk again, more and more patiently, when the answer is lost or busy', async () => {
  const { queue, attempts, waits } = desk(new Error('gone'), fail('store-busy'), fail('internal'), ok({}));
  queue.add([chunk(0), chunk(1)]);
  expect(await queue.drained()).toBe(true);
  expect([attempts, waits]).toEqual([
    [0, 0, 0, 0, 1],
    [200, 400, 800],
  ]);
  expect(queue.state).toEqual({ waiting: 0, failures: 0, stopped: undefined });
});

it('never waits longer than two seconds between tries', async () => {
  const { queue, waits } = desk(...Array.from({ length: 8 }, () => fail('internal')));
  queue.add([chunk(0)]);
  await queue.drained();
  expect(Math.max(...waits)).toBe(2000);
});

it('stops at a full disk, keeps what was not written, and goes on from there when there is space again', async () => {
  const { queue, attempts } = desk(ok({}), fail('disk-full'));
  queue.add([chunk(0), chunk(1), chunk(2)]);
  expect(await queue.drained()).toBe(false);
  expect(queue.state).toEqual({ waiting: 2, failures: 0, stopped: { code: 'disk-full' } });
  queue.resume();
  expect(await queue.drained()).toBe(true);
  expect(attempts).toEqual([0, 1, 1, 2]);
});

it('reports each change, so that a page can say that saving is behind', async () => {
  const { queue, states } = desk(fail('store-busy'));
  queue.add([chunk(0)]);
  await queue.drained();
  expect(states.map((state) => [state.waiting, state.failures])).toEqual([
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
});
