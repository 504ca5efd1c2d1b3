/** Labels as a table: a CSV that is read as it comes. */
import type { FastifyInstance } from 'fastify';
import { maximumLabelCsvBytes } from '../../../contract/registry/labels.ts';
import { routes } from '../../../contract/registry/routes.ts';
import { CsvFault, readAnyCsv } from '../../adapters/csv/read-csv.ts';
import { importLabels } from '../../app/labels/import-labels.ts';
import { refuse } from '../../core/outcome.ts';
import { arrivingBytes } from './arriving-bytes.ts';
import type { HttpTools } from './http-tools.ts';

export function mountLabels(app: FastifyInstance, tools: HttpTools): void {
  // The body is read by the handler, as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', (_request, _payload, parsed) => parsed(null));
  app.addHook('onSend', async (request, reply) => {
    // A sender that was refused in the middle must not go on sending what nobody reads.
    if (!request.raw.complete) reply.header('connection', 'close');
  });
  app.route({
    ...tools.contractRoute('labels.import'),
    bodyLimit: maximumLabelCsvBytes,
    handler: async (request, reply) => {
      const { question, apply, via } = routes['labels.import'].query.parse(request.query);
      const { clock } = tools.world;
      let bytes = 0;
      const chunks = arrivingBytes(request.raw, { clock, seen: (more) => void (bytes += more) });
      const records = readAnyCsv(limited(chunks, () => bytes));
      try {
        const wishes = { question, apply: apply === 'true', via, records };
        return tools.reply(reply, await importLabels(tools.call(request), wishes));
      } catch (cause) {
        if (cause instanceof TableTooLarge) {
          return tools.reply(reply, refuse('too-large', 'The table is too large: send it in parts'));
        }
        if (!(cause instanceof CsvFault)) throw cause;
        const facts = cause.line === null ? {} : { facts: { line: cause.line } };
        return tools.reply(reply, refuse('invalid-input', 'the table cannot be read further', facts));
      }
    },
  });
}

class TableTooLarge extends Error {}

async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  soFar: () => number,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    if (soFar() > maximumLabelCsvBytes) throw new TableTooLarge();
    yield chunk;
  }
}
