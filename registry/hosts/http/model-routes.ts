/** Models as streams: up as tar by people, down as the stored package by workstations and people. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256Schema } from '../../../contract/ids.ts';
import { routes } from '../../../contract/registry/routes.ts';
import { syncPaths } from '../../../contract/registry/sync.ts';
import { readPackage, type ModelPackage } from '../../app/models/read-package.ts';
import { uploadModel } from '../../app/models/upload-model.ts';
import { refuse, type Outcome } from '../../core/outcome.ts';
import { arrivingBytes } from './arriving-bytes.ts';
import type { HttpTools } from './http-tools.ts';

export function mountModels(app: FastifyInstance, tools: HttpTools): void {
  void app.register((scope, _options, ready) => {
    mountUpload(scope, tools);
    ready();
  });
  app.get(syncPaths.modelPackage(':sha256'), tools.allow('sync.fetch-model'), async (request, reply) => {
    const sha256 = sha256Schema.safeParse((request.params as { sha256?: unknown }).sha256);
    if (!sha256.success) return tools.reply(reply, refuse('not-found', 'model not found'));
    return sendPackage(
      tools,
      request,
      reply,
      await readPackage(tools.call(request), { sha256: sha256.data }),
    );
  });
  app.route({
    ...tools.contractRoute('models.package'),
    handler: async (request, reply) => {
      const { name, version } = routes['models.package'].params.parse(request.params);
      return sendPackage(tools, request, reply, await readPackage(tools.call(request), { name, version }));
    },
  });
}

async function sendPackage(
  tools: HttpTools,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Outcome<ModelPackage>,
): Promise<FastifyReply> {
  if (!found.ok) return tools.refuse(reply, found.problem);
  const { sizeBytes, sha256 } = found.value;
  const etag = `"${sha256}"`;
  const range = wantedRange(request.headers.range, sizeBytes);
  // RFC 9110, section 14.2: a range of another content is no range of this one.
  const ifRange = request.headers['if-range'];
  const part = ifRange === undefined || ifRange === etag ? range : undefined;
  void reply.header('etag', etag).header('accept-ranges', 'bytes');
  if (part === 'none')
    return reply
      .code(416)
      .header('content-range', `bytes */${String(sizeBytes)}`)
      .send();
  const { start, end } = part ?? { start: 0, end: sizeBytes };
  const chunks = await found.value.chunks({ start, end });
  if (chunks === undefined) return tools.reply(reply, refuse('not-ready', 'The package cannot be read'));
  if (part !== undefined)
    void reply
      .code(206)
      .header('content-range', `bytes ${String(start)}-${String(end - 1)}/${String(sizeBytes)}`);
  return reply
    .header('content-type', 'application/x-tar')
    .header('content-length', end - start)
    .send(Readable.from(chunks, { objectMode: false }));
}

function mountUpload(app: FastifyInstance, tools: HttpTools): void {
  // The body is read by the handler, as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/x-tar', 'application/octet-stream'], (_request, _payload, done) =>
    done(null),
  );
  app.addHook('onSend', async (request, reply) => {
    // A sender that was refused in the middle must not go on sending what nobody reads.
    if (!request.raw.complete) reply.header('connection', 'close');
  });
  app.route({
    ...tools.contractRoute('models.upload'),
    handler: async (request, reply) => {
      const { keyId, signature } = routes['models.upload'].query.parse(request.query);
      const chunks = arrivingBytes(request.raw, { clock: tools.world.clock, seen: () => undefined });
      return tools.reply(reply, await uploadModel(tools.call(request), { chunks, keyId, signature }));
    },
  });
}

interface ByteRange {
  readonly start: number;
  /** Before this byte. */
  readonly end: number;
}

/** One range of RFC 9110; several, or another unit, are answered with the whole. `none`: nothing of it is there. */
function wantedRange(header: string | undefined, sizeBytes: number): ByteRange | 'none' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/u.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'none' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (start >= sizeBytes) return 'none';
  if (last === '') return { start, end: sizeBytes };
  return Number(last) < start ? undefined : { start, end: Math.min(Number(last) + 1, sizeBytes) };
}
