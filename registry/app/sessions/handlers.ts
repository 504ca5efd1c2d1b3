import type { Handlers } from '../handlers.ts';
import { listSessions, readSession } from './read-sessions.ts';
import { withdrawSession } from './withdraw-session.ts';

/** Exports and recordings are streams: the host mounts them by themselves. */
export const sessionsHandlers = {
  'sessions.list': (call, { query }) => listSessions(call, query),
  'sessions.read': (call, { params }) => readSession(call, params.sessionId),
  'sessions.withdraw': (call, { params, body }) => withdrawSession(call, params.sessionId, body.kind),
} as const satisfies Handlers;
