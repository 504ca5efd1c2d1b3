/** Entries of workstations' trails that never came: later ones did, so somebody should ask where they are. */
import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';
import { keepForReview } from './keep-for-review.ts';

/** Entries come in order, but a lost call may let a later one overtake; after this long nothing is on its way any more. */
const settledAfterMs = 24 * 60 * 60 * 1000;
const entriesPerPage = 500;
/** A trail with more holes than this has one fault, not many. */
const mostGaps = 50;
const reason = 'audit-missing';

/** Types, for both are kept as JSON. `since`: when the entry after it came. */
type Gap = { readonly from: number; readonly to: number; readonly since: string };
/** How far a trail was looked through, and what lacked by then. */
type Progress = { readonly to: number; readonly gaps: readonly Gap[] };

/**
 * Puts every gap that did not fill within a day up for review, once, and settles the review of one that filled after
 * all. Looks at what is new since the last time only. Any number of processes may do it at once.
 */
export async function reportAuditGaps(world: World): Promise<{ readonly open: number }> {
  const workstations = await world.store.read((reader) => reader.find('workstations', {}));
  let open = 0;
  for (const workstation of workstations) {
    const { before, now } = await world.store.read((reader) => lookOn(reader, workstation));
    const due = now.gaps.filter(({ since }) => Date.parse(since) < world.clock.now() - settledAfterMs);
    open += due.length;
    if (due.length === 0 && JSON.stringify(now) === JSON.stringify(before)) continue;
    await world.store.write(async (transaction) => {
      await transaction.put('facts', { id: factOf(workstation), value: now });
      for (const gap of due) await putUp(world, transaction, workstation, gap);
      await settleFilled(world, transaction, workstation, now.gaps);
    });
  }
  return { open };
}

type Workstation = Pick<Row<'workstations'>, 'id' | 'hospitalId'>;

const factOf = ({ id }: Workstation): string => `audit-looked-through:${id}`;
const itemIdOf = ({ from }: Gap): string => String(from);

async function lookOn(
  reader: StoreReader,
  workstation: Workstation,
): Promise<{ readonly before: Progress; readonly now: Progress }> {
  const fact = await reader.get('facts', factOf(workstation));
  const before = fact === undefined ? { to: 0, gaps: [] } : (fact.value as Progress);
  const gaps: Gap[] = [];
  for (const gap of before.gaps) {
    const left = await missingAfter(reader, workstation, gap.from - 1, gap.to);
    // The entry after it is here already, whoever comes into the gap later.
    gaps.push(...left.gaps.map((part) => ({ ...part, since: gap.since })));
    if (left.to < gap.to) gaps.push({ from: left.to + 1, to: gap.to, since: gap.since });
  }
  const further = await missingAfter(reader, workstation, before.to, Number.POSITIVE_INFINITY);
  return { before, now: { to: further.to, gaps: [...gaps, ...further.gaps].slice(0, mostGaps) } };
}

/** What lacks between `after` and the last entry that is here and not beyond `limit`. */
async function missingAfter(
  reader: StoreReader,
  { id: workstationId }: Workstation,
  after: number,
  limit: number,
): Promise<Progress> {
  const gaps: Gap[] = [];
  let to = after;
  for (;;) {
    const entries = await reader.find('items', {
      where: { workstationId, kind: 'audit', counter: { above: to } },
      order: [['counter', 'ascending']],
      limit: entriesPerPage,
    });
    for (const { counter, receivedAt } of entries) {
      if (counter > limit) return { to, gaps };
      if (counter > to + 1) gaps.push({ from: to + 1, to: counter - 1, since: receivedAt });
      to = counter;
    }
    if (entries.length < entriesPerPage) return { to, gaps };
  }
}

function putUp(
  world: World,
  transaction: StoreTransaction,
  { id, hospitalId }: Workstation,
  gap: Gap,
): Promise<void> {
  const { from, to } = gap;
  const sender = {
    kind: 'workstation',
    workstationId: id as WorkstationId,
    hospitalId: hospitalId as HospitalId,
  } as const;
  return keepForReview(world, transaction, sender, {
    why: 'invalid',
    kind: 'audit',
    id: itemIdOf(gap),
    sessionId: null,
    sha256: world.hashing.sha256(`${reason} ${String(from)} ${String(to)}`),
    offered: { from, to },
    reason,
  });
}

async function settleFilled(
  world: World,
  transaction: StoreTransaction,
  { id: workstationId }: Workstation,
  gaps: readonly Gap[],
): Promise<void> {
  const open = await transaction.find('reviews', { where: { workstationId, reason, resolvedAt: null } });
  const standing = new Set(gaps.map(({ from, to }) => `${String(from)} ${String(to)}`));
  for (const { id, offered } of open) {
    const { from, to } = offered as { readonly from: number; readonly to: number };
    if (standing.has(`${String(from)} ${String(to)}`)) continue;
    const resolution = 'entries of the gap came after all';
    await transaction.update('reviews', id, { resolvedAt: nowOf(world), resolution });
  }
}
