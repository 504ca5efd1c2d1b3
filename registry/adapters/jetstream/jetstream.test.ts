import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWorkQueue } from '../../ports/work-queue.contract.ts';
import { natsMissing, skipFor, startNats, type Service } from '../fixtures/services.ts';
import { openJetStreamQueue } from './jetstream.ts';

describe.skipIf(skipFor(await natsMissing()))('with NATS,', () => {
  let service: Service;
  let names = 0;
  beforeAll(async () => {
    service = await startNats();
  }, 60_000);
  afterAll(() => service.stop());

  const open = async () => {
    const name = `test${(names += 1)}`;
    const queue = await openJetStreamQueue({ url: service.url, name });
    return {
      queue,
      another: () => openJetStreamQueue({ url: service.url, name }),
      pass: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      end: () => queue.close(),
    };
  };
  describeWorkQueue('JetStream', open, { countsExactly: false });

  it('work goes on when the server crashes and comes back, and nothing that was taken is lost', async () => {
    const own = await startNats();
    const queue = await openJetStreamQueue({ url: own.url, patienceMs: 60_000 });
    const seen = new Set<string>();
    const half = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    await queue.consume(
      't',
      { concurrency: 4, acknowledgeWithinMs: 3000, maximumDeliveries: 20 },
      async ({ messageId }) => {
        seen.add(messageId);
        if (seen.size === 50) half.resolve();
        if (seen.size === 100) all.resolve();
        return { kind: 'done' };
      },
    );
    const published = (async () => {
      for (let index = 0; index < 100; index += 1) {
        await queue.publish('t', `m${index}`, index);
        if (index === 60) await half.promise;
      }
    })();
    await half.promise;
    await own.kill();
    await own.restart();
    await published;
    await all.promise;
    while ((await queue.depth('t')) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.size).toBe(100);
    await queue.close();
    await own.stop();
  }, 120_000);

  it('an address where nothing answers is refused', async () => {
    await expect(openJetStreamQueue({ url: 'nats://127.0.0.1:1', patienceMs: 10 })).rejects.toThrow();
  });
});
