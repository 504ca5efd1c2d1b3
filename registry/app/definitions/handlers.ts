import type { Handlers } from '../handlers.ts';
import { listDefinitions, publishDefinition } from './definitions.ts';

export const definitionsHandlers = {
  'forms.publish': (call, { body }) => publishDefinition(call, { kind: 'form', content: body }),
  'protocols.publish': (call, { body }) => publishDefinition(call, { kind: 'protocol', content: body }),
  'definitions.list': (call) => listDefinitions(call),
} as const satisfies Handlers;
