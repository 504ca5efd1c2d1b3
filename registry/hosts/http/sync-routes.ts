/** Items upwards and the feed downwards. Uploads, receipts and model packages have plugins of their own. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { maximumItemsBytes, sendItemsSchema, syncPaths } from '../../../contract/registry/sync.ts';
import { readFeed } from '../../app/sync/read-feed.ts';
import { receiveItems } from '../../app/sync/receive-items.ts';
import { refuse } from '../../core/outcome.ts';
import type { HttpTools } from './http-tools.ts';

const feedQuerySchema = z.strictObject({ after: z.coerce.number().int().nonnegative().default(0) });

export function mountSync(app: FastifyInstance, tools: HttpTools): void {
  app.post(
    syncPaths.items,
    { ...tools.allow('sync.send'), bodyLimit: maximumItemsBytes },
    async (request, reply) => {
      const input = sendItemsSchema.safeParse(request.body);
      if (!input.success) return tools.refuse(reply, refusalOf('body', input.error));
      return tools.reply(reply, await receiveItems(tools.call(request), input.data));
    },
  );
  app.get('/sync/v1/feed', tools.allow('sync.feed'), async (request, reply) => {
    const query = feedQuerySchema.safeParse(request.query);
    if (!query.success) return tools.refuse(reply, refusalOf('query', query.error));
    return tools.reply(reply, await readFeed(tools.call(request), query.data.after));
  });
}

/** Where it is wrong, never with what. */
function refusalOf(part: string, error: z.ZodError) {
  const field = [part, ...(error.issues[0]?.path ?? [])].map(String).join('.').slice(0, 200);
  return refuse('invalid-input', 'the call is not as the contract has it', { facts: { field } }).problem;
}
