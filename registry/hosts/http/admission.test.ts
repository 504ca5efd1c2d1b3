import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { memoryClock, memoryRandomness } from '../../ports/surroundings.memory.ts';
import { admitInTurn } from './admission.ts';

it('tells whoever waits long when to come back, and lets the others in one after the other', async () => {
  const clock = memoryClock();
  const app = Fastify();
  admitInTurn(app, { clock, randomness: memoryRandomness(1) });
  const working: (() => void)[] = [];
  const asks = { arrived: 0 };
  app.addHook('onRequest', (_request, _reply, done) => {
    asks.arrived += 1;
    done();
  });
  app.post('/sync/v1/items', () => new Promise<string>((resolve) => working.push(() => resolve('done'))));
  app.get('/sync/v1/feed', () => 'feed');
  await app.ready();
  const send = () => app.inject({ method: 'POST', url: '/sync/v1/items' }).then((answer) => answer);

  const first = Array.from({ length: 48 }, send);
  await expect.poll(() => working.length, { timeout: 20_000 }).toBe(48);
  const late = [send(), send()];
  expect((await app.inject({ method: 'GET', url: '/sync/v1/feed' })).statusCode).toBe(200);
  const admitted = asks.arrived;
  clock.advance(8_000);
  const refused = await Promise.all(late);
  expect(refused.map(({ statusCode }) => statusCode)).toEqual([503, 503]);
  expect(refused[0]?.json()).toMatchObject({ code: 'not-ready' });
  const waitS = Number(refused[0]?.headers['retry-after']);
  expect(waitS >= 10 && waitS <= 60).toBe(true);
  // Nothing else was done for them.
  expect(asks.arrived).toBe(admitted);

  const next = send();
  working.splice(0).forEach((end) => end());
  expect((await Promise.all(first)).map(({ statusCode }) => statusCode)).toEqual(first.map(() => 200));
  await expect.poll(() => working.length, { timeout: 20_000 }).toBe(1);
  working[0]?.();
  expect((await next).statusCode).toBe(200);
  await app.close();
});
