import type { Handlers } from '../handlers.ts';
import { inviteWorkstation, listWorkstations, revokeWorkstation } from './workstations.ts';

export const workstationHandlers = {
  'workstations.list': (call) => listWorkstations(call),
  'workstations.invite': (call, input) => inviteWorkstation(call, input),
  'workstations.revoke': (call, { params }) => revokeWorkstation(call, params),
} as const satisfies Handlers;
