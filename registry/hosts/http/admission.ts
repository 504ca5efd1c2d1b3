/**
 * How many calls of workstations are worked on at once. More would share the processor until each takes longer than its
 * sender waits: then all are given up, asked again, and nothing is ever done. So the others wait in line, and whoever
 * waits long is told when to come back, before anything is looked up for them.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createLine, type Leave } from '../../app/waiting-line.ts';
import type { World } from '../../app/world.ts';
import { sendRefusal } from './refusals.ts';

const prefix = '/sync/v1/';
const callsAtOnce = 48;
/** Of the half minute that a workstation waits for an answer. */
const patienceMs = 8_000;
const comeBackAfterS = { least: 10, most: 60 };

/** To be added before whatever else is done with a request. */
export function admitInTurn(app: FastifyInstance, world: Pick<World, 'clock' | 'randomness'>): void {
  const line = createLine(callsAtOnce);
  const inside = new WeakMap<FastifyRequest, Leave>();
  app.addHook('onRequest', async (request, reply) => {
    if (!isCounted(request)) return;
    const leave = await line.enter(1, {
      clock: world.clock,
      patienceMs,
      whenInterrupted: (call) => void reply.raw.once('close', call),
    });
    if (leave !== undefined) return void inside.set(request, leave);
    const { least, most } = comeBackAfterS;
    const share = world.randomness.bytes(1)[0]! / 256;
    return sendRefusal(world, reply, {
      code: 'not-ready',
      detail: 'Too many workstations are calling: try again later',
      facts: { retryAfterS: Math.round(least + (most - least) * share) },
    });
  });
  // Also when whoever called is gone, and the work has come to its end for nobody.
  app.addHook('onResponse', (request, _reply, done) => {
    inside.get(request)?.();
    done();
  });
}

/** Calls whose work begins when they are here. Bytes of recordings come as slowly as their line, and have a line of their own. */
function isCounted({ method, raw, headers }: FastifyRequest): boolean {
  const isOfWorkstation = raw.url?.startsWith(prefix) ?? false;
  return (
    method === 'POST' && isOfWorkstation && headers['content-type'] !== 'application/offset+octet-stream'
  );
}
