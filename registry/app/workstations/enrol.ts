import type { WorkstationId, HospitalId } from '../../../contract/registry/ids.ts';
import type { EnrolAnswer, Enrolment, HelloAnswer } from '../../../contract/registry/sync.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call } from '../world.ts';

/** What a workstation asks first: which registry this is, and what time it is there. */
export function hello({ world }: Call): Outcome<HelloAnswer> {
  return done({ registryId: world.registryId, serverTime: nowOf(world), apiVersion: 1 });
}

/**
 * Takes a workstation in for a code, once. The same workstation (by its key) that asks again with its own code, because
 * the answer was lost on the way, gets the same answer.
 */
export async function enrol(call: Call, input: Enrolment): Promise<Outcome<EnrolAnswer>> {
  const { world, caller } = call;
  const { code, name, publicKey, appVersion } = input;
  const now = nowOf(world);
  return world.store.write(async (transaction): Promise<Outcome<EnrolAnswer>> => {
    const row = await transaction.get('codes', world.hashing.sha256(code));
    const hospital = row?.hospitalId == null ? undefined : await transaction.get('hospitals', row.hospitalId);
    const [known] = await transaction.find('workstations', { where: { publicKey }, limit: 1 });
    const isGood = row?.purpose === 'enrolment' && hospital !== undefined && (row.expiresAt ?? '') > now;
    const isAgain =
      isGood &&
      known !== undefined &&
      known.revokedAt === null &&
      known.enrolledAt === row.usedAt &&
      known.hospitalId === hospital.id;
    if (!isAgain && (!isGood || row.usedAt !== null || known !== undefined)) {
      const reason = !isGood ? 'code' : row.usedAt !== null ? 'code-used' : 'key-known';
      await recordDeed(world, transaction, {
        by: caller,
        action: 'workstations.enrol',
        hospitalId: row?.hospitalId ?? null,
        outcome: 'refused',
        details: { reason, requestId: call.requestId },
      });
      return refuse('wrong-credentials', 'The enrolment code is not valid: it is wrong, used or too old');
    }
    const workstationId = isAgain ? known.id : world.randomness.id(world.clock.now());
    if (!isAgain) {
      await transaction.update('codes', row.id, { usedAt: now });
      await transaction.insert('workstations', {
        id: workstationId,
        hospitalId: hospital.id,
        name,
        publicKey,
        enrolledAt: now,
        revokedAt: null,
        lastSeenAt: null,
        clockSkewMs: null,
        appVersion,
      });
      await recordDeed(world, transaction, {
        by: caller,
        action: 'workstation-enrolled',
        subjectId: workstationId,
        hospitalId: hospital.id,
        details: { invitedBy: row.createdBy ?? '' },
      });
    }
    return done({
      registryId: world.registryId,
      workstationId: workstationId as WorkstationId,
      hospital: { id: hospital.id as HospitalId, name: hospital.name },
      answerKey: world.signing.answerKey,
      modelKeys: [...world.signing.modelKeys],
      serverTime: now,
    });
  });
}
