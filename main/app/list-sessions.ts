import { ok } from '../../contract/result.ts';
import type { Caller, Input, Output } from './caller.ts';

export function listSessions({ world }: Caller, query: Input<'sessions.list'>): Output<'sessions.list'> {
  const { rows, total } = world.store.read((transaction) => transaction.sessions.list(query));
  return ok({ rows: [...rows], total });
}
