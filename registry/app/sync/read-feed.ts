import type { FeedAnswer } from '../../../contract/registry/sync.ts';
import { feedSlice } from '../../core/feed.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { nowOf, type Call } from '../world.ts';

const changesPerAnswer = 200;

/**
 * What is new for a workstation after the sequence that it has: changes for its hospital and for everybody, and what
 * was withdrawn at hospitals that it belonged to before. A workstation that is ahead of the registry (which was put back
 * to an older state) gets everything again.
 */
export async function readFeed({ world, caller }: Call, after: number): Promise<Outcome<FeedAnswer>> {
  if (caller.kind !== 'workstation' || !may(caller, 'sync.feed')) {
    return refuse('forbidden', 'only a workstation reads the feed');
  }
  const slice = await world.store.read(async (reader) => {
    const [newest] = await reader.find('changes', { order: [['sequence', 'descending']], limit: 1 });
    const from = after > (newest?.sequence ?? 0) ? 0 : after;
    const changesFor = (hospitalId: string | null, kind?: 'tombstone') =>
      reader.find('changes', {
        where: { hospitalId, sequence: { above: from }, ...(kind === undefined ? {} : { kind }) },
        order: [['sequence', 'ascending']],
        limit: changesPerAnswer + 1,
      });
    const rows = [...(await changesFor(caller.hospitalId)), ...(await changesFor(null))];
    for (const former of caller.formerHospitals ?? []) rows.push(...(await changesFor(former, 'tombstone')));
    return feedSlice(rows, { from, limit: changesPerAnswer });
  });
  return done({ ...slice, serverTime: nowOf(world) });
}
