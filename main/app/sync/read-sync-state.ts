import { ok } from '../../../contract/result.ts';
import type { SyncState } from '../../../contract/sync-state.ts';
import { bytesPerS } from '../../core/speed.ts';
import type { Caller, Output } from '../caller.ts';
import type { World } from '../world.ts';

export function readSyncState({ world }: Caller): Output<'sync.state'> {
  return ok(syncStateOf(world));
}

export function syncStateOf({ store, memory, clock }: World): SyncState {
  const { sync } = memory;
  return store.read((transaction) => {
    const facts = transaction.sync.facts();
    const { enrolment, settings, lastContactAt, lastReceiptAt, clockSkewMs } = facts;
    const isSending = sync.activity === 'sending';
    return {
      enrolment:
        enrolment === null
          ? null
          : {
              registryUrl: enrolment.registryUrl,
              registryId: enrolment.registryId,
              hospital: enrolment.hospital.name,
              workstationName: enrolment.workstationName,
              enrolledAt: enrolment.enrolledAt,
            },
      settings,
      activity: enrolment === null ? 'off' : sync.activity === 'off' ? 'idle' : sync.activity,
      waiting: { ...transaction.sync.waiting() },
      needAttention: transaction.sync.countNeedingAttention(),
      lastContactAt,
      lastReceiptAt,
      speedBytesPerS: isSending ? bytesPerS(sync.speed, clock.monotonicMs()) : null,
      clockSkewMs,
      nextTryAt: sync.nextTryAt,
      problem:
        sync.problem === null ? null : { code: sync.problem.code, details: { ...sync.problem.details } },
    };
  });
}
