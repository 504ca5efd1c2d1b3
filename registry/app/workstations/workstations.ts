/** IT invites workstations, sees them and ends their access. */
import { codeRandomBytes, makeEnrolmentCode } from '../../../contract/registry/enrolment-code.ts';
import { bytesFromBase64 } from '../../../contract/base64.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call, type World } from '../world.ts';

export async function listWorkstations({
  world,
  caller,
}: Call): Promise<Outcome<RouteAnswer<'workstations.list'>>> {
  const reach = hospitalsOf(caller);
  const rows = await world.store.read((reader) =>
    reader.find('workstations', {
      ...(reach === 'all' ? {} : { where: { hospitalId: { in: reach } } }),
      order: [['enrolledAt', 'descending']],
    }),
  );
  return done({ workstations: rows.map(shownWorkstation) });
}

export async function inviteWorkstation(
  call: Call,
  { params, body }: Pick<RouteInput<'workstations.invite'>, 'params' | 'body'>,
): Promise<Outcome<RouteAnswer<'workstations.invite'>>> {
  const { world, caller } = call;
  const { hospitalId } = params;
  if (!may(caller, 'workstations.write', { hospitalId })) {
    await recordRefusal(call, { action: 'workstations.write', code: 'not-found', subjectId: hospitalId });
    return refuse('not-found', 'hospital not found');
  }
  const code = makeEnrolmentCode(world.randomness.bytes(codeRandomBytes), answerKeySha256(world));
  const expiresAt = new Date(world.clock.now() + body.validHours * 3_600_000).toISOString();
  return world.store.write(async (transaction) => {
    if ((await transaction.get('hospitals', hospitalId)) === undefined) {
      return refuse('not-found', 'hospital not found');
    }
    await transaction.deleteWhere('codes', {
      purpose: 'enrolment',
      usedAt: null,
      expiresAt: { atMost: nowOf(world) },
    });
    await transaction.insert('codes', {
      id: world.hashing.sha256(code),
      purpose: 'enrolment',
      hospitalId,
      createdBy: caller.kind === 'account' ? caller.accountId : null,
      createdAt: nowOf(world),
      expiresAt,
      usedAt: null,
    });
    await recordDeed(world, transaction, { by: caller, action: 'workstation-invited', hospitalId });
    return done({ code, expiresAt });
  });
}

/** Again is as good as once: the first time stays. */
export async function revokeWorkstation(
  call: Call,
  { workstationId }: RouteInput<'workstations.revoke'>['params'],
): Promise<Outcome<RouteAnswer<'workstations.revoke'>>> {
  const { world, caller } = call;
  const outcome = await world.store.write(
    async (transaction): Promise<Outcome<RouteAnswer<'workstations.revoke'>>> => {
      const row = await transaction.get('workstations', workstationId);
      if (
        row === undefined ||
        !may(caller, 'workstations.write', { hospitalId: row.hospitalId as HospitalId })
      ) {
        return refuse('not-found', 'workstation not found');
      }
      if (row.revokedAt !== null) return done(shownWorkstation(row));
      const revokedAt = nowOf(world);
      await transaction.update('workstations', row.id, { revokedAt });
      await recordDeed(world, transaction, {
        by: caller,
        action: 'workstation-revoked',
        subjectId: row.id,
        hospitalId: row.hospitalId,
      });
      return done(shownWorkstation({ ...row, revokedAt }));
    },
  );
  if (!outcome.ok) {
    await recordRefusal(call, { action: 'workstations.write', code: 'not-found', subjectId: workstationId });
  }
  return outcome;
}

export function answerKeySha256({ hashing, signing }: Pick<World, 'hashing' | 'signing'>): string {
  // 32 bytes are 43 letters of base64url, one short of a whole group.
  const base64 = `${signing.answerKey.publicKey.replaceAll('-', '+').replaceAll('_', '/')}=`;
  const bytes = bytesFromBase64(base64);
  if (bytes === undefined) throw new Error('the answer key is not base64url');
  return hashing.sha256(bytes);
}

function shownWorkstation(row: Row<'workstations'>): RouteAnswer<'workstations.revoke'> {
  const { id, hospitalId, name, enrolledAt, revokedAt, lastSeenAt, clockSkewMs, appVersion } = row;
  return { id, hospitalId, name, enrolledAt, revokedAt, lastSeenAt, clockSkewMs, appVersion };
}
