import type { Handlers } from '../handlers.ts';
import { listAudit } from './list-audit.ts';

export const auditHandlers = {
  'audit.list': (call, { query }) => listAudit(call, query),
} as const satisfies Handlers;
