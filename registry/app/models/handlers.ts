import type { Handlers } from '../handlers.ts';
import { aliasHistory, listModels, setAlias } from './models.ts';

export const modelHandlers = {
  'models.list': (call) => listModels(call),
  'aliases.set': (call, input) => setAlias(call, input),
  'aliases.history': (call, input) => aliasHistory(call, input),
} as const satisfies Handlers;
