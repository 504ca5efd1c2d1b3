import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { exportedSession, type ExportWishes } from '../../core/sessions.ts';
import type { Row } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call, World } from '../world.ts';
import { storedSession } from './read-sessions.ts';

const sessionsPerPage = 50;

/**
 * Received sessions of the caller's hospitals whose consent covers the purpose, a JSON text and a line feed each, in
 * the order of their arrival. The consent recording is named only where it was asked for. A session that is withdrawn
 * while the export runs is left out of every page that is read after that.
 */
export async function exportSessions(
  call: Call,
  wishes: ExportWishes,
): Promise<Outcome<AsyncIterable<string>>> {
  const { world, caller } = call;
  if (!may(caller, 'sessions.export')) {
    await recordRefusal(call, { action: 'sessions.export', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  const hospitals = hospitalsOf(caller);
  const where = {
    state: 'received',
    ...(hospitals === 'all' ? {} : { hospitalId: { in: hospitals } }),
  } as const;
  const lastSequence = await world.store.write(async (transaction) => {
    const [last] = await transaction.find('sessions', {
      where,
      order: [['sequence', 'descending']],
      limit: 1,
    });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'sessions-exported',
      details: { ...wishes, upTo: last?.sequence ?? 0 },
    });
    return last?.sequence ?? 0;
  });
  return done(linesOf(world, where, lastSequence, wishes));
}

async function* linesOf(
  world: World,
  where: { readonly state: 'received'; readonly hospitalId?: { readonly in: readonly string[] } },
  lastSequence: number,
  wishes: ExportWishes,
): AsyncGenerator<string, void> {
  for (let after = 0; after < lastSequence;) {
    const { rows, lines } = await world.store.read(async (reader) => {
      const page: readonly Row<'sessions'>[] = await reader.find('sessions', {
        where: { ...where, sequence: { above: after } },
        order: [['sequence', 'ascending']],
        limit: sessionsPerPage,
      });
      const pageLines: string[] = [];
      for (const row of page) {
        if (row.sequence > lastSequence) break;
        const stored = await storedSession(reader, row);
        const line = stored && exportedSession(stored, wishes);
        if (line !== undefined) pageLines.push(`${JSON.stringify(line)}\n`);
      }
      return { rows: page, lines: pageLines };
    });
    yield* lines;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}
