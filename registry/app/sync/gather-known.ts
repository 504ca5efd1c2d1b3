import { itemRowId, type ItemReading } from '../../core/items.ts';
import type { Known, KnownSession } from '../../core/items-judgement.ts';
import { servedHospitals, type Caller } from '../../core/may.ts';
import type { AuditEntryContent, SessionContent } from '../../../contract/registry/sync.ts';
import type { Row, StoreReader } from '../../ports/store.ts';

/** What the registry knows about the items of one call, kept up to date while they are taken one after the other. */
export interface KnownItems extends Known {
  auditItem(sequence: number): Row<'items'> | undefined;
  auditEntry(sequence: number): AuditEntryContent | undefined;
  add(row: Row<'items'>): void;
  addSession(content: SessionContent): void;
  /** Of a session that is here or was; undefined where none is known. */
  hospitalOf(sessionId: string): string | undefined;
  bury(sessionId: string): void;
  takeOver(sessionId: string): void;
}

/** Looks up in a handful of queries whatever the items of a call will be compared with. */
export async function gatherKnown(
  reader: StoreReader,
  caller: Caller & { readonly kind: 'workstation' },
  readings: readonly ItemReading[],
): Promise<KnownItems> {
  const { workstationId, hospitalId } = caller;
  const hospitals = servedHospitals(caller);
  const sessionIds = sessionIdsOf(readings);
  const where = { id: { in: sessionIds } };
  const [items, sessionRows, tombstoneRows] = [
    await findByKey(reader, rowIdsOf(readings, sessionIds, workstationId)),
    sessionIds.length === 0 ? [] : await reader.find('sessions', { where }),
    sessionIds.length === 0 ? [] : await reader.find('tombstones', { where }),
  ];
  const leftBehind = await workstationsLeftBehind(reader, { workstationId, hospitals }, sessionRows);
  const sessions = new Map<string, KnownSession>(
    sessionRows.map((row) => [
      row.id,
      {
        workstationId: row.workstationId,
        hospitalId: row.hospitalId,
        takeIds: takeIdsOf(items.get(itemRowId('session', row.id, workstationId))),
        isLeftBehind: leftBehind.has(row.workstationId),
      },
    ]),
  );
  const tombstones = new Map(tombstoneRows.map((row) => [row.id, { hospitalId: row.hospitalId }]));
  const auditItem = (sequence: number): Row<'items'> | undefined =>
    items.get(itemRowId('audit', String(sequence), workstationId));
  return {
    workstationId,
    hospitals,
    item: (rowId) => items.get(rowId),
    session: (id) => sessions.get(id),
    tombstone: (id) => tombstones.get(id),
    auditItem,
    auditEntry: (sequence) => auditItem(sequence)?.content as AuditEntryContent | undefined,
    add: (row) => void items.set(row.id, row),
    addSession: ({ id, takeIds }) =>
      void sessions.set(id, { workstationId, hospitalId, takeIds, isLeftBehind: false }),
    hospitalOf: (id) => (sessions.get(id) ?? tombstones.get(id))?.hospitalId,
    bury(id) {
      // The first tombstone stays; what comes after it in this call is judged by it.
      const buriedAt = sessions.get(id)?.hospitalId ?? hospitalId;
      if (!tombstones.has(id)) tombstones.set(id, { hospitalId: buriedAt });
      sessions.delete(id);
    },
    takeOver(id) {
      const session = sessions.get(id);
      if (session !== undefined) sessions.set(id, { ...session, workstationId, isLeftBehind: false });
    },
  };
}

function sessionIdsOf(readings: readonly ItemReading[]): readonly string[] {
  const ids = readings.map((reading) => (reading.ok ? reading.item : reading.fault).sessionId);
  return [...new Set(ids.filter((id) => id !== null))];
}

function rowIdsOf(
  readings: readonly ItemReading[],
  sessionIds: readonly string[],
  workstationId: string,
): readonly string[] {
  const ids = new Set(sessionIds.map((id) => itemRowId('session', id, workstationId)));
  for (const reading of readings) {
    if (!reading.ok) continue;
    const { kind, id, content } = reading.item;
    ids.add(itemRowId(kind, id, workstationId));
    if (kind !== 'audit') continue;
    for (const neighbour of [content.sequence - 1, content.sequence + 1]) {
      ids.add(itemRowId('audit', String(neighbour), workstationId));
    }
  }
  return [...ids];
}

async function findByKey(reader: StoreReader, ids: readonly string[]): Promise<Map<string, Row<'items'>>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.find('items', { where: { id: { in: ids } } });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Workstations of the caller's hospitals that ended: a PC that was enrolled again goes on with their sessions. */
async function workstationsLeftBehind(
  reader: StoreReader,
  { workstationId, hospitals }: { readonly workstationId: string; readonly hospitals: readonly string[] },
  sessions: readonly Row<'sessions'>[],
): Promise<ReadonlySet<string>> {
  const others = new Set(sessions.map((row) => row.workstationId).filter((id) => id !== workstationId));
  if (others.size === 0) return new Set();
  const rows = await reader.find('workstations', {
    where: { id: { in: [...others] }, hospitalId: { in: hospitals } },
  });
  return new Set(rows.filter((row) => row.revokedAt !== null).map((row) => row.id));
}

function takeIdsOf(item: Row<'items'> | undefined): readonly string[] {
  return item === undefined ? [] : (item.content as unknown as SessionContent).takeIds;
}
