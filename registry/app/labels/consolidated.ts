import type { SessionId } from '../../../contract/ids.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { consolidate } from '../../core/labels/labels.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordDeed } from '../record-deed.ts';
import type { Call } from '../world.ts';
import { refusedHospital, whereOfCaller } from './hospitals.ts';
import { labelsInForce } from './label-rows.ts';

/**
 * One label for each received session of the caller's hospitals whose consent covers the purpose, in order of arrival,
 * also where none is decided. A page may hold fewer sessions than `limit`: the others are not for this purpose.
 */
export async function listConsolidated(
  call: Call,
  { question, hospitalId, policy, purpose, after, limit }: RouteInput<'labels.consolidated'>['query'],
): Promise<Outcome<RouteAnswer<'labels.consolidated'>>> {
  const { world, caller } = call;
  if (after !== undefined && !/^\d{1,15}$/u.test(after)) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  const foreign = await refusedHospital(call, 'labels.export', hospitalId);
  if (foreign !== undefined) return foreign;
  const answer = await world.store.read(async (reader) => {
    const rows = await reader.find('sessions', {
      where: {
        state: 'received',
        ...whereOfCaller(caller, hospitalId),
        sequence: { above: Number(after ?? 0) },
      },
      order: [['sequence', 'ascending']],
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const wanted = page.filter(
      ({ kind, purposes }) => kind !== 'TEST' && (purposes as readonly string[]).includes(purpose),
    );
    const standing = await labelsInForce(
      reader,
      wanted.map(({ id }) => id),
      question,
    );
    return {
      labels: wanted.map(({ id, hospitalId: ofSession }) => {
        const labels = standing.get(id) ?? [];
        return {
          sessionId: id as SessionId,
          hospitalId: ofSession as HospitalId,
          question,
          consolidated: consolidate(question, labels, policy),
          labels: labels.map(({ source, value, at, reading }) => ({ source, value, at, reading })),
        };
      }),
      next: rows.length > limit ? String(page.at(-1)?.sequence) : null,
    };
  });
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action: 'labels-exported',
      hospitalId: hospitalId ?? null,
      details: { question, policy, purpose, sessions: answer.labels.length },
    }),
  );
  return done(answer);
}
