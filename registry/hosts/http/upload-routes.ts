/**
 * Recordings by tus 1.0.0 (https://tus.io/protocols/resumable-upload), with the extensions creation, creation-with-upload
 * and termination, and the receipt for a session. X-HTTP-Method-Override is not honoured: a method that is not the
 * request's own would pass by the table of rights.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sessionIdSchema } from '../../../contract/ids.ts';
import { uploadIdSchema } from '../../../contract/registry/ids.ts';
import {
  maximumUploadBytes,
  receiptRequestSchema,
  syncPaths,
  uploadMetadataSchema,
  type UploadMetadata,
} from '../../../contract/registry/sync.ts';
import { giveReceipt } from '../../app/receipts/give-receipt.ts';
import { appendToUpload, type Appended } from '../../app/uploads/append-to-upload.ts';
import { createUpload } from '../../app/uploads/create-upload.ts';
import { findUpload } from '../../app/uploads/find-upload.ts';
import { terminateUpload } from '../../app/uploads/terminate-upload.ts';
import { createUploadTraffic, type UploadTraffic } from '../../app/uploads/traffic.ts';
import type { Call } from '../../app/world.ts';
import { refuse, type Outcome } from '../../core/outcome.ts';
import { readUploadMetadata } from '../../core/uploads.ts';
import { arrivingBytes } from './arriving-bytes.ts';
import type { HttpTools } from './http-tools.ts';

const tusVersion = '1.0.0';
const tusExtensions = 'creation,creation-with-upload,termination';
const partType = 'application/offset+octet-stream';
/** 5000 items at their longest. */
const maximumReceiptRequestBytes = 2 * 1024 * 1024;

interface Tus {
  readonly tools: HttpTools;
  readonly traffic: UploadTraffic;
}

export function mountUploads(app: FastifyInstance, tools: HttpTools): void {
  const traffic = createUploadTraffic();
  void app.register((tus, _options, ready) => {
    mountTus(tus, { tools, traffic });
    ready();
  });
  app.post(
    syncPaths.receipt(':sessionId'),
    { ...tools.allow('sync.send'), bodyLimit: maximumReceiptRequestBytes },
    async (request, reply) => {
      const sessionId = sessionIdSchema.safeParse((request.params as { sessionId?: unknown }).sessionId);
      if (!sessionId.success) return tools.reply(reply, refuse('not-found', 'There is no such session.'));
      const asked = receiptRequestSchema.safeParse(request.body);
      if (!asked.success) {
        return tools.reply(reply, refuse('invalid-input', 'This is no list of items with their hashes.'));
      }
      return tools.reply(reply, await giveReceipt(tools.call(request), sessionId.data, asked.data), 200);
    },
  );
}

function mountTus(app: FastifyInstance, tus: Tus): void {
  const { tools, traffic } = tus;
  // The body is read by the handlers, as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onSend', async (request, reply) => {
    reply.header('tus-resumable', tusVersion);
    // A sender that was refused in the middle must not go on sending what nobody reads.
    if (!request.raw.complete) reply.header('connection', 'close');
  });
  app.addHook('preHandler', async (request, reply) => {
    if (request.method === 'OPTIONS' || request.headers['tus-resumable'] === tusVersion) return;
    await reply.code(412).header('tus-version', tusVersion).send();
  });

  for (const url of [syncPaths.uploads, syncPaths.upload(':id')]) {
    app.options(url, tools.allow('sync.hello'), async (_request, reply) =>
      reply
        .code(204)
        .header('tus-version', tusVersion)
        .header('tus-extension', tusExtensions)
        .header('tus-max-size', String(maximumUploadBytes))
        .send(),
    );
  }

  app.post(syncPaths.uploads, tools.allow('sync.send'), (request, reply) => create(tus, request, reply));

  app.route({
    method: 'HEAD',
    url: syncPaths.upload(':id'),
    ...tools.allow('sync.send'),
    handler: async (request, reply) => {
      const found = await withUpload(request, (id) => findUpload(tools.call(request), traffic, id));
      reply.header('cache-control', 'no-store');
      if (!found.ok) return tools.reply(reply, found);
      return reply
        .code(200)
        .header('upload-offset', String(found.value.offsetBytes))
        .header('upload-length', String(found.value.lengthBytes))
        .send();
    },
  });

  app.patch(syncPaths.upload(':id'), tools.allow('sync.send'), async (request, reply) => {
    const offsetBytes = wholeNumber(request.headers['upload-offset']);
    if (!isPart(request)) return tools.reply(reply, notAPart());
    if (offsetBytes === undefined) {
      return tools.reply(reply, refuse('invalid-input', 'Upload-Offset must be a number of bytes.'));
    }
    const appended = await withUpload(request, (id) => append(tus, request, id, offsetBytes));
    if (!appended.ok) return tools.reply(reply, appended);
    return reply.code(204).header('upload-offset', String(appended.value.offsetBytes)).send();
  });

  app.delete(syncPaths.upload(':id'), tools.allow('sync.send'), async (request, reply) => {
    const ended = await withUpload(request, (id) => terminateUpload(tools.call(request), traffic, id));
    return ended.ok ? reply.code(204).send() : tools.reply(reply, ended);
  });
}

async function create(tus: Tus, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { tools, traffic } = tus;
  const { headers } = request;
  const refused = (problem: ReturnType<typeof refuse>) => tools.reply(reply, problem);
  if (headers['upload-defer-length'] !== undefined) {
    return refused(
      refuse('invalid-input', 'The length must be known: Upload-Defer-Length is not supported.'),
    );
  }
  const lengthBytes = wholeNumber(headers['upload-length']);
  if (lengthBytes === undefined) {
    return refused(refuse('invalid-input', 'Upload-Length must be a number of bytes.'));
  }
  const metadata = metadataOf(headers['upload-metadata']);
  if (metadata === undefined) {
    const keys = Object.keys(uploadMetadataSchema.shape).join(', ');
    return refused(refuse('invalid-input', `Upload-Metadata must hold exactly ${keys}.`));
  }
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && !isPart(request)) return refused(notAPart());

  const call: Call = tools.call(request);
  const created = await createUpload(call, traffic, { metadata, lengthBytes });
  if (!created.ok) return tools.reply(reply, created);
  const { id, isNew } = created.value;
  reply.header('location', syncPaths.upload(id));
  let { offsetBytes } = created.value;
  // An upload that has begun goes on where it stands, which these bytes are not.
  if (hasBody && offsetBytes === 0) {
    const appended = await append(tus, request, id, 0);
    if (!appended.ok) return tools.reply(reply, appended);
    ({ offsetBytes } = appended.value);
  }
  return reply
    .code(isNew ? 201 : 200)
    .header('upload-offset', String(offsetBytes))
    .send();
}

async function append(
  { tools, traffic }: Tus,
  request: FastifyRequest,
  uploadId: string,
  offsetBytes: number,
): Promise<Outcome<Appended>> {
  const { world, metrics } = tools;
  let received = 0;
  const seen = (bytes: number): void => {
    received += bytes;
    metrics.addUploadedBytes(bytes);
  };
  const appended = await appendToUpload(tools.call(request), traffic, {
    uploadId,
    offsetBytes,
    contentLength: wholeNumber(request.headers['content-length']),
    chunks: arrivingBytes(request.raw, { clock: world.clock, seen }),
  });
  if (received > 0) {
    if (appended.ok && appended.value.isStored) metrics.countUpload('stored');
    if (!appended.ok && appended.problem.code === 'content-mismatch') metrics.countUpload('refused');
  }
  return appended;
}

function withUpload<T>(
  request: FastifyRequest,
  use: (id: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const id = uploadIdSchema.safeParse((request.params as { id?: unknown }).id);
  return id.success ? use(id.data) : Promise.resolve(refuse('not-found', 'There is no such upload.'));
}

function isPart(request: FastifyRequest): boolean {
  return request.headers['content-type']?.trim().toLowerCase() === partType;
}

const notAPart = () => refuse('unsupported-media', `The body must be ${partType}.`);

function metadataOf(header: string | readonly string[] | undefined): UploadMetadata | undefined {
  return typeof header === 'string' ? readUploadMetadata(header) : undefined;
}

function wholeNumber(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/u.test(header) ? Number(header) : undefined;
}
