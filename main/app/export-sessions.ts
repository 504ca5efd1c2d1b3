import { ok } from '../../contract/result.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { ScreeningResult, Take } from '../../contract/session.ts';
import { csvLine } from '../../contract/csv.ts';
import {
  columnsOf,
  headerRow,
  sessionRow,
  type ExportedSession,
  type TableColumns,
} from '../core/session-table.ts';
import { usedTakes } from '../core/session-rules.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import type { World } from './world.ts';

const sessionsPerSlice = 100;

/**
 * One table of all sessions that the query finds: answers, decisions, hashes. No audio; nothing of the spoken consent but
 * its text, time and purposes. Every session's own history says that it was exported.
 */
export async function exportSessions(
  { world, account }: Caller,
  query: Input<'sessions.export'>,
): Promise<Output<'sessions.export'>> {
  const consentSteps = await consentKeys(world);
  const exportId = newId.entry(world);
  const sessions: ExportedSession[] = [];
  let columns: TableColumns = { fields: [], steps: [], models: [] };
  for (const ids of slices(idsOf(world, query))) {
    const slice = world.store.read((transaction) =>
      ids.flatMap((id) => exportedSession(transaction, id, consentSteps) ?? []),
    );
    columns = columnsOf(slice, columns);
    sessions.push(...slice);
    await world.clock.breathe();
  }
  const lines = [csvLine(headerRow(columns))];
  for (const slice of slices(sessions)) {
    world.store.write((transaction) => {
      for (const session of slice) {
        recordDeed(transaction, {
          at: world.clock.now(),
          by: account.username,
          action: 'session-exported',
          sessionId: session.id,
          details: { exportId },
        });
      }
    });
    lines.push(...slice.map((session) => csvLine(sessionRow(session, columns))));
    await world.clock.breathe();
  }
  const at = world.clock.now();
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'session-exported',
      details: { exportId, sessions: sessions.length },
    }),
  );
  const stamp = at.at.replace(/[-:]/gu, '').slice(0, 13);
  return ok({ fileName: `spira-sessions-${stamp}Z.csv`, csv: lines.join('') });
}

/** By id from here on: a session that comes or goes meanwhile must not shift the pages. */
function idsOf(world: World, query: Input<'sessions.export'>): readonly SessionId[] {
  return world.store.read((transaction) => {
    const ids: SessionId[] = [];
    for (;;) {
      const { rows } = transaction.sessions.list({ ...query, offset: ids.length, limit: 500 });
      ids.push(...rows.map((row) => row.id));
      if (rows.length < 500) return ids;
    }
  });
}

async function consentKeys(world: World): Promise<ReadonlySet<string>> {
  const definitions = await world.definitions.list();
  const protocols = definitions.ok ? definitions.value.protocols : [];
  return new Set(
    protocols.flatMap(({ steps }) => steps.filter((step) => step.role === 'consent').map((step) => step.key)),
  );
}

function exportedSession(
  transaction: StoreTransaction,
  id: SessionId,
  consentSteps: ReadonlySet<string>,
): ExportedSession | undefined {
  const record = transaction.sessions.get(id);
  if (record === undefined) return undefined;
  const isConsent = (take: Take): boolean =>
    take.id === record.consent?.takeId || consentSteps.has(take.stepKey);
  const newest = new Map<string, ScreeningResult>();
  for (const result of transaction.screenings.ofSession(id)) {
    newest.set(`${result.model.name}@${result.model.version}`, result);
  }
  return {
    ...record,
    createdBy: transaction.accounts.get(record.createdBy)?.username ?? record.createdBy,
    takes: [...usedTakes(transaction.takes.ofSession(id), record.skips).values()].filter(
      (take) => !isConsent(take),
    ),
    results: [...newest.values()],
  };
}

function slices<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / sessionsPerSlice) }, (_, index) =>
    items.slice(index * sessionsPerSlice, (index + 1) * sessionsPerSlice),
  );
}
