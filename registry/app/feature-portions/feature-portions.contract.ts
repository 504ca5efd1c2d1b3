/**
 * What the registry does with portions of features, over whatever store keeps their rows; two processes of the registry,
 * each with a connection of its own, share one queue.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  LeasedPortion,
  PortionProblem,
  PortionRange,
  PortionSet,
  PortionSetId,
} from '../../../contract/registry/feature-portions.ts';
import { newPortionSetSchema } from '../../../contract/registry/feature-portions.ts';
import { workerSilentAfterMs } from '../../core/feature-portions.ts';
import { accountIdSchema } from '../../../contract/ids.ts';
import type { StoreUnderTest } from '../../ports/store.contract.ts';
import { memoryRandomness } from '../../ports/surroundings.memory.ts';
import { personCaller, testRegistry, valueOf, type TestRegistry } from '../sync/fixtures/registry.ts';
import type { Call, World } from '../world.ts';
import { featurePortionHandlers as routes } from './handlers.ts';
import { startPortionService, type PortionService } from './hold-portions.ts';
import { portionTopicOf } from './rows.ts';
import { dropOldSets } from './sets.ts';

const patience = { timeout: 20_000, interval: 5 };
const [code, otherCode, order, result] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
const workers = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${String(n)}`);
const topic = portionTopicOf(code);
const stranger = {
  ...personCaller('researcher', 'all'),
  accountId: accountIdSchema.parse('019d0000-0000-7000-8000-0000000000c2'),
};
const ranges = (count: number): PortionRange[] =>
  Array.from({ length: count }, (_, index) => ({ first: 4 * index, count: 4 }));

export function describeFeaturePortions(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps portions of features:`, () => {
    let opened: StoreUnderTest;
    let registry: TestRegistry;
    let call: Call;
    /** This process of the registry and another one. */
    let worlds: readonly [World, World];
    const services: PortionService[] = [];
    beforeEach(async () => {
      opened = await open();
      registry = await testRegistry(opened.store);
      call = registry.callBy(personCaller('researcher', 'all'));
      const store = (await opened.another?.()) ?? opened.store;
      worlds = [registry.world, { ...registry.world, store, randomness: memoryRandomness(2) }];
    });
    afterEach(async () => {
      await Promise.all(services.splice(0).map((service) => service.stop()));
      if (worlds[1].store !== opened.store) await worlds[1].store.close();
      await opened.end();
    });

    const serve = (which: 0 | 1 = 0): PortionService => {
      const service = startPortionService(worlds[which]);
      services.push(service);
      return service;
    };
    const announce = async (portions: PortionRange[], codeSha256 = code): Promise<PortionSetId> => {
      const body = newPortionSetSchema.parse({ orderSha256: order, codeSha256, portions });
      const input = { params: undefined, query: undefined, body };
      return valueOf(await routes['portion-sets.announce'](call, input)).id as PortionSetId;
    };
    const look = (setId: PortionSetId, after = 0, by = call) =>
      routes['portion-sets.read'](by, { params: { setId }, query: { after }, body: undefined });
    const read = async (setId: PortionSetId, after = 0): Promise<PortionSet> =>
      valueOf(await look(setId, after)) as PortionSet;
    const remove = (setId: PortionSetId, by = call) =>
      routes['portion-sets.remove'](by, { params: { setId }, query: undefined, body: undefined });
    const ask = async (
      worker = workers[0]!,
      { by = call, ...more }: { codeSha256?: string; setId?: PortionSetId; by?: Call } = {},
    ) => {
      const body = { worker, codeSha256: code, ...more } as never;
      return routes['portions.lease'](by, { params: undefined, query: undefined, body });
    };
    const tryLease = async (worker?: string): Promise<LeasedPortion | null> =>
      valueOf(await ask(worker)).portion as LeasedPortion | null;
    /** As soon as the queue has offered one. */
    const lease = async (worker?: string): Promise<LeasedPortion> => {
      let portion: LeasedPortion | null = null;
      await expect
        .poll(async () => {
          portion = await tryLease(worker);
          if (portion === null) registry.clock.advance(100);
          return portion;
        }, patience)
        .not.toBeNull();
      return portion as unknown as LeasedPortion;
    };
    const inputOf = <T extends object>({ id, lease: held }: LeasedPortion, more: T) => ({
      params: { portionId: id },
      query: undefined,
      body: { lease: held, ...more },
    });
    const beat = (portion: LeasedPortion) => routes['portions.beat'](call, inputOf(portion, {}));
    const finish = (portion: LeasedPortion, resultSha256 = result) =>
      routes['portions.finish'](call, inputOf(portion, { resultSha256: resultSha256 as never }));
    const fail = (portion: LeasedPortion, problem: PortionProblem = 'not-worked-out') =>
      routes['portions.fail'](call, inputOf(portion, { code: problem }));
    const release = (portion: LeasedPortion) => routes['portions.release'](call, inputOf(portion, {}));
    const codeOf = (outcome: { ok: true } | { ok: false; problem: { code: string } }): string =>
      outcome.ok ? 'done' : outcome.problem.code;

    it('announced ones are offered by the queue, each once, to workers of the same code', async () => {
      serve();
      await announce(ranges(3));
      const first = await lease();
      expect(first).toMatchObject({ orderSha256: order, codeSha256: code, range: { count: 4 } });
      const second = await lease(workers[1]);
      expect(valueOf(await ask(workers[2], { codeSha256: otherCode }))).toEqual({
        portion: null,
        isOtherCodeWanted: true,
      });
      const third = await lease(workers[2]);
      expect([first, second, third].map(({ range }) => range.first).toSorted((a, b) => a - b)).toEqual([
        0, 4, 8,
      ]);
      expect(valueOf(await ask())).toEqual({ portion: null, isOtherCodeWanted: false });
    });

    it('none is leased before the queue has handed it out, but to its coordinator', async () => {
      const setId = await announce(ranges(2));
      expect(await tryLease()).toBeNull();
      expect(valueOf(await ask(workers[0], { setId })).portion).toMatchObject({ range: { first: 0 } });
      const other = registry.callBy(stranger);
      expect(codeOf(await ask(workers[1], { setId, by: other }))).toBe('not-found');
    });

    it('results are told to the coordinator once each, in the order in which they came', async () => {
      serve();
      const setId = await announce(ranges(2));
      const [first, second] = [await lease(workers[0]), await lease(workers[1])];
      expect((await read(setId)).workers.toSorted()).toEqual(workers.slice(0, 2));
      expect(codeOf(await finish(second))).toBe('done');
      expect(codeOf(await finish(second))).toBe('done');
      expect(await read(setId)).toMatchObject({
        state: 'open',
        portions: 2,
        done: 1,
        workers: [workers[0]],
        results: [{ place: 1, range: second.range, worker: workers[1], resultSha256: result }],
      });
      await finish(first);
      expect(await read(setId, 1)).toMatchObject({
        state: 'done',
        done: 2,
        workers: [],
        results: [{ place: 2, range: first.range, worker: workers[0] }],
      });
      await expect
        .poll(() => {
          registry.clock.advance(200);
          return registry.world.queue.depth(topic);
        }, patience)
        .toBe(0);
    });

    it('one whose worker falls silent is given to another, and the first one’s report is refused', async () => {
      serve();
      const setId = await announce(ranges(1));
      const silent = await lease(workers[0]);
      const [{ lease: next }, afterMs] = await untilLeasedAnew();
      expect(afterMs).toBeGreaterThan(workerSilentAfterMs);
      expect([
        codeOf(await beat(silent)),
        codeOf(await finish(silent)),
        codeOf(await release(silent)),
      ]).toEqual(['conflict', 'conflict', 'conflict']);
      expect(codeOf(await finish({ ...silent, lease: next }))).toBe('done');
      expect((await read(setId)).results).toMatchObject([{ worker: workers[1] }]);

      async function untilLeasedAnew(): Promise<[LeasedPortion, number]> {
        const startMs = registry.clock.now();
        let anew: LeasedPortion | null = null;
        await expect
          .poll(async () => {
            registry.clock.advance(200);
            return (anew = await tryLease(workers[1]));
          }, patience)
          .not.toBeNull();
        return [anew as unknown as LeasedPortion, registry.clock.now() - startMs];
      }
    });

    it('one whose worker gives signs of life stays its own, for however long', async () => {
      serve();
      await announce(ranges(1));
      const slow = await lease(workers[0]);
      for (let second = 0; second < 60; second += 4) {
        expect(codeOf(await beat(slow))).toBe('done');
        registry.clock.advance(4000);
        expect(await tryLease(workers[1])).toBeNull();
      }
      expect(codeOf(await finish(slow))).toBe('done');
    });

    it('the third failure of one ends all of its set, with the code; what is given back is none', async () => {
      serve();
      const setId = await announce(ranges(2));
      const other = await lease(workers[1]);
      for (let time = 0; time < 5; time += 1) await release(await lease(workers[0]));
      await fail(await lease(workers[0]));
      await fail(await lease(workers[0]));
      expect((await read(setId)).state).toBe('open');
      await fail(await lease(workers[0]), 'worker-lost');
      expect(await read(setId)).toMatchObject({ state: 'failed', problem: 'worker-lost', workers: [] });
      expect(codeOf(await finish(other))).toBe('conflict');
      expect(await tryLease()).toBeNull();
    });

    it('two processes that lease at once never give out the same one', async () => {
      serve(0);
      serve(1);
      await announce(ranges(12));
      const first = await lease();
      await expect
        .poll(async () => {
          registry.clock.advance(100);
          return countOf('offered');
        }, patience)
        .toBe(11);
      const calls = worlds.map((world) => ({ ...call, world }));
      const leased = await Promise.all(
        Array.from({ length: 11 }, async (_, index) =>
          valueOf(await ask(workers[0], { by: calls[index % 2]! })),
        ),
      );
      const given = [first, ...leased.map(({ portion }) => portion)].map((portion) => portion?.range.first);
      expect(new Set(given).size).toBe(12);
    });

    it('another process watches over workers when the one that offered their portions is gone', async () => {
      const gone = serve(0);
      await announce(ranges(1));
      const held = await lease(workers[0]);
      await gone.stop();
      serve(1);
      expect(codeOf(await beat(held))).toBe('done');
      await expect
        .poll(async () => {
          registry.clock.advance(200);
          return tryLease(workers[1]);
        }, patience)
        .toMatchObject({ range: held.range });
    });

    it('many of another code, which nobody works out, stand in nobody’s way', async () => {
      serve();
      await announce(ranges(40), otherCode);
      await announce(ranges(1));
      expect(await lease()).toMatchObject({ codeSha256: code });
    });

    it('a code that nobody asks for any more is left alone, until somebody does', async () => {
      serve();
      await announce(ranges(3));
      const held = await lease();
      await expect
        .poll(async () => {
          await beat(held);
          registry.clock.advance(2000);
          return countOf('offered');
        }, patience)
        .toBe(0);
      expect((await lease(workers[1])).range).not.toEqual(held.range);
      expect(codeOf(await finish(held))).toBe('done');
    });

    it('of a set that is removed nothing is held or offered any more; nobody else can see or remove it', async () => {
      serve();
      const setId = await announce(ranges(2));
      const held = await lease();
      const other = registry.callBy(stranger);
      expect([codeOf(await look(setId, 0, other)), codeOf(await remove(setId, other))]).toEqual([
        'not-found',
        'not-found',
      ]);
      expect(codeOf(await remove(setId))).toBe('done');
      expect([codeOf(await beat(held)), codeOf(await finish(held)), codeOf(await look(setId))]).toEqual([
        'not-found',
        'not-found',
        'not-found',
      ]);
      expect(await tryLease()).toBeNull();
      await expect
        .poll(() => {
          registry.clock.advance(200);
          return registry.world.queue.depth(topic);
        }, patience)
        .toBe(0);
    });

    it('what a coordinator left behind goes after two days', async () => {
      const setId = await announce(ranges(2));
      expect(await dropOldSets(registry.world)).toBe(0);
      registry.clock.advance(49 * 3_600_000);
      expect(await dropOldSets(registry.world)).toBe(1);
      expect(codeOf(await look(setId))).toBe('not-found');
      expect(await opened.store.read((reader) => reader.count('portions', {}))).toBe(0);
    });

    it('a message that names none is laid aside', async () => {
      serve();
      await announce(ranges(1));
      await registry.world.queue.publish(topic, 'odd', { portionId: 'x' });
      await lease();
      await expect
        .poll(() => registry.world.queue.deadLetters(topic), patience)
        .toMatchObject([{ reason: 'not a portion' }]);
    });

    const countOf = (state: 'offered'): Promise<number> =>
      opened.store.read((reader) => reader.count('portions', { state }));
  });
}
