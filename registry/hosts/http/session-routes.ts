/** What of sessions leaves the registry as a stream: recordings and exports. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { routes } from '../../../contract/registry/routes.ts';
import { exportSessions } from '../../app/sessions/export-sessions.ts';
import { readRecording } from '../../app/sessions/read-recording.ts';
import type { HttpTools } from './http-tools.ts';

export function mountSessions(app: FastifyInstance, tools: HttpTools): void {
  app.route({
    ...tools.contractRoute('recordings.read'),
    handler: async (request, reply) => {
      const recording = await readRecording(
        tools.call(request),
        routes['recordings.read'].params.parse(request.params),
      );
      if (!recording.ok) return tools.refuse(reply, recording.problem);
      const { takeId, sizeBytes, chunks } = recording.value;
      return reply
        .header('content-type', 'audio/wav')
        .header('content-length', sizeBytes)
        .header('content-disposition', `attachment; filename="${takeId}.wav"`)
        .header('cache-control', 'no-store')
        .send(Readable.from(chunks, { objectMode: false }));
    },
  });
  app.route({
    ...tools.contractRoute('sessions.export'),
    handler: async (request, reply) => {
      const { purpose, includeConsent } = routes['sessions.export'].query.parse(request.query);
      const lines = await exportSessions(tools.call(request), {
        purpose,
        includeConsent: includeConsent === 'true',
      });
      if (!lines.ok) return tools.refuse(reply, lines.problem);
      return reply
        .header('content-type', 'application/jsonl; charset=utf-8')
        .header('content-disposition', 'attachment; filename="spira-sessions.jsonl"')
        .header('cache-control', 'no-store')
        .send(Readable.from(lines.value, { objectMode: false }));
    },
  });
}
