import type { WorkstationId, HospitalId } from '../../../contract/registry/ids.ts';
import {
  successionText,
  type EnrolAnswer,
  type Enrolment,
  type HelloAnswer,
} from '../../../contract/registry/sync.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';

/** What a workstation asks first: which registry this is, and what time it is there. */
export function hello({ world }: Call): Outcome<HelloAnswer> {
  return done({ registryId: world.registryId, serverTime: nowOf(world), apiVersion: 1 });
}

/**
 * Takes a workstation in for a code, once. The same workstation (by its key) that asks again with its own code, because
 * the answer was lost on the way, gets the same answer. A PC that proves who it was here before goes on with what that
 * one sent; the former enrolment ends with this.
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
    const claim = await formerOf(world, transaction, input);
    const former = claim === 'unproven' ? undefined : claim;
    const fault = !isGood
      ? 'code'
      : row.usedAt !== null
        ? 'code-used'
        : known !== undefined
          ? 'key-known'
          : claim === 'unproven'
            ? 'former-unproven'
            : undefined;
    if (!isGood || (!isAgain && fault !== undefined)) {
      await recordDeed(world, transaction, {
        by: caller,
        action: 'workstations.enrol',
        hospitalId: row?.hospitalId ?? null,
        outcome: 'refused',
        details: { reason: fault ?? 'code', requestId: call.requestId },
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
        formerHospitals: former === undefined ? [] : hospitalsBefore(former, hospital.id),
      });
      if (former !== undefined) await endFormer(world, transaction, former, workstationId);
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

/** The enrolment that this PC had before; `unproven` where it claims one and does not hold its key. */
async function formerOf(
  { signing }: Pick<World, 'signing'>,
  transaction: StoreTransaction,
  { former, ...enrolment }: Enrolment,
): Promise<Row<'workstations'> | 'unproven' | undefined> {
  if (former === undefined) return undefined;
  const row = await transaction.get('workstations', former.workstationId);
  // A registry that was put back to an older state may not know it any more.
  if (row === undefined) return undefined;
  return signing.verify(row.publicKey, successionText(enrolment), former.signature) ? row : 'unproven';
}

function hospitalsBefore(
  { hospitalId, formerHospitals }: Row<'workstations'>,
  nextHospitalId: string,
): readonly string[] {
  const before = new Set([hospitalId, ...(formerHospitals as readonly string[])]);
  before.delete(nextHospitalId);
  return [...before];
}

/** One PC is one workstation: what it was before may speak no more. */
async function endFormer(
  world: Pick<World, 'clock' | 'hashing'>,
  transaction: StoreTransaction,
  { id, hospitalId, revokedAt }: Row<'workstations'>,
  successorId: string,
): Promise<void> {
  if (revokedAt === null) await transaction.update('workstations', id, { revokedAt: nowOf(world) });
  await recordDeed(world, transaction, {
    by: 'system',
    action: 'workstation-succeeded',
    subjectId: id,
    hospitalId,
    details: { successor: successorId },
  });
}
