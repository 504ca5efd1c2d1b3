import type { FastifyInstance } from 'fastify';
import {
  enrolAnswerSchema,
  enrolSchema,
  helloAnswerSchema,
  syncPaths,
  type Enrolment,
} from '../../../contract/registry/sync.ts';
import { enrol, hello } from '../../app/workstations/enrol.ts';
import type { HttpTools } from './http-tools.ts';

export function mountWorkstationRoutes(app: FastifyInstance, tools: HttpTools): void {
  app.get(
    syncPaths.hello,
    {
      ...tools.allow('sync.hello'),
      schema: { response: { 200: helloAnswerSchema } },
    },
    (request, reply) => tools.reply(reply, hello(tools.call(request))),
  );
  app.post(
    syncPaths.enrol,
    {
      ...tools.allow('workstations.enrol'),
      schema: { body: enrolSchema, response: { 200: enrolAnswerSchema } },
    },
    async (request, reply) => tools.reply(reply, await enrol(tools.call(request), request.body as Enrolment)),
  );
}
