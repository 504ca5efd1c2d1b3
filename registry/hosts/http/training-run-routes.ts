/** Artefacts of training runs as streams, up and down. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { routes } from '../../../contract/registry/routes.ts';
import { keepArtefact, readArtefact } from '../../app/training-runs/artefacts.ts';
import { arrivingBytes } from './arriving-bytes.ts';
import type { HttpTools } from './http-tools.ts';

export function mountTrainingRuns(app: FastifyInstance, tools: HttpTools): void {
  void app.register((scope, _options, ready) => {
    mountUpload(scope, tools);
    ready();
  });
  app.route({
    ...tools.contractRoute('training-artefacts.read'),
    handler: async (request, reply) => {
      const named = routes['training-artefacts.read'].params.parse(request.params);
      const found = await readArtefact(tools.call(request), named);
      if (!found.ok) return tools.refuse(reply, found.problem);
      const { type, sizeBytes, chunks } = found.value;
      return (
        reply
          .header('content-type', type)
          .header('content-length', sizeBytes)
          // A report is a page that somebody uploaded: never run as one of the registry's own.
          .header('content-disposition', `attachment; filename="${named.sha256}"`)
          .send(Readable.from(chunks, { objectMode: false }))
      );
    },
  });
}

function mountUpload(app: FastifyInstance, tools: HttpTools): void {
  // The body is read by the handler, as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  app.addHook('onSend', async (request, reply) => {
    // A sender that was refused, or whose bytes are here already, must not go on sending what nobody reads.
    if (!request.raw.complete) reply.header('connection', 'close');
  });
  app.route({
    ...tools.contractRoute('training-artefacts.put'),
    handler: async (request, reply) => {
      const named = routes['training-artefacts.put'].params.parse(request.params);
      const chunks = arrivingBytes(request.raw, { clock: tools.world.clock, seen: () => undefined });
      return tools.reply(reply, await keepArtefact(tools.call(request), { ...named, chunks }));
    },
  });
}
