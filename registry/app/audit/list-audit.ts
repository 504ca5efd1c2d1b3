import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call } from '../world.ts';

/** The registry's own trail with its hashes, newest first. */
export async function listAudit(
  call: Call,
  { after, limit }: RouteInput<'audit.list'>['query'],
): Promise<Outcome<RouteAnswer<'audit.list'>>> {
  const { world, caller } = call;
  if (!may(caller, 'audit.read')) {
    await recordRefusal(call, { action: 'audit.read', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  const rows = await world.store.read((reader) =>
    reader.find('audit', {
      where: after === undefined ? {} : { sequence: { below: Number(after) } },
      order: [['sequence', 'descending']],
      limit: limit + 1,
    }),
  );
  const entries = rows.slice(0, limit);
  return done({ entries, next: rows.length > limit ? String(entries.at(-1)?.sequence) : null });
}
