import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { RunUpload } from '../../../contract/registry/training-runs.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import { rowOf, runDetail, uploadOf } from './run-rows.ts';

/**
 * Keeps a run as it stands. Again with another state of the run: that one is kept; a curve that grows while a fit goes
 * on is no deed of its own in the audit trail, which would be full of them. `conflict` where the id stands for a
 * run of another account, or for one that was made at another time.
 */
export async function keepRun(
  call: Call,
  { params: { runId }, body }: RouteInput<'training-runs.put'>,
): Promise<Outcome<RouteAnswer<'training-runs.put'>>> {
  const { world, caller } = call;
  if (caller.kind !== 'account' || !may(caller, 'runs.write')) {
    await recordRefusal(call, { action: 'runs.write', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  const { record } = body;
  if (record.id !== runId) {
    return refuse('invalid-input', 'the record is that of another run', { facts: { field: 'record.id' } });
  }
  const { accountId, username } = caller;
  return world.store.write(async (transaction) => {
    const before = await transaction.get('trainingRuns', runId);
    if (before !== undefined) {
      if (!may(caller, 'runs.write', { accountId: before.accountId as typeof accountId })) {
        return refuse('conflict', 'another account keeps a run of this id', { facts: { runId } });
      }
      if (uploadOf(before).record.createdAt !== record.createdAt) {
        return refuse('conflict', 'a run of this id was made at another time', { facts: { runId } });
      }
    }
    const row = rowOf(body, {
      accountId,
      by: username,
      updatedAt: nowOf(world),
      sequence: before?.sequence ?? (await transaction.next('training-runs')),
    });
    await transaction.put('trainingRuns', row);
    if (before === undefined || !isSameButForCurve(uploadOf(before), body)) {
      await recordDeed(world, transaction, {
        by: caller,
        action: 'training-run-kept',
        subjectId: runId,
        details: { status: row.status, manifestSha256: row.manifestSha256 ?? 'none' },
      });
    }
    return done(await runDetail(transaction, row));
  });
}

function isSameButForCurve(one: RunUpload, other: RunUpload): boolean {
  const text = ({ record, metrics }: RunUpload): string =>
    canonicalJson({ record, metrics } as unknown as Json);
  return text(one) === text(other);
}
