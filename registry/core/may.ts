/** The one place where a right is checked; the table itself is `contract/registry/access.ts`. */
import { access, type Action, type Principal } from '../../contract/registry/access.ts';
import type { AccountId } from '../../contract/ids.ts';
import type { HospitalId, WorkstationId } from '../../contract/registry/ids.ts';
import type { Role } from '../../contract/people.ts';

export type Caller =
  | { readonly kind: 'public'; readonly address: string }
  | {
      readonly kind: 'workstation';
      readonly workstationId: WorkstationId;
      readonly hospitalId: HospitalId;
      /** Where the same PC belonged before, proved by its former keys. */
      readonly formerHospitals?: readonly HospitalId[] | undefined;
    }
  | {
      readonly kind: 'account';
      readonly accountId: AccountId;
      readonly username: string;
      readonly roles: readonly Role[];
      readonly hospitals: 'all' | readonly HospitalId[];
    };

/** Whose data the action touches. A route that lists asks without one and filters by `hospitalsOf`. */
export interface Owner {
  readonly hospitalId?: HospitalId | undefined;
  readonly accountId?: AccountId | undefined;
  readonly workstationId?: WorkstationId | undefined;
}

export function may(caller: Caller, action: Action, owner: Owner = {}): boolean {
  const rule = access[action];
  const who: readonly Principal[] = rule.who;
  const acts =
    caller.kind === 'account' ? caller.roles.some((role) => who.includes(role)) : who.includes(caller.kind);
  if (!acts) return false;
  switch (rule.on) {
    case 'none':
      return true;
    case 'own':
      return isOwn(caller, owner);
    case 'hospital':
      return (
        caller.kind === 'account' &&
        (owner.hospitalId === undefined || isOfHospital(caller, owner.hospitalId))
      );
    case 'registry':
      return caller.kind === 'account' && caller.hospitals === 'all';
  }
}

/** Hospitals whose data the caller may see; lists are filtered by it. */
export function hospitalsOf(caller: Caller): 'all' | readonly HospitalId[] {
  if (caller.kind === 'account') return caller.hospitals;
  return caller.kind === 'workstation' ? [caller.hospitalId] : [];
}

/** Hospitals for which this very PC has recorded: its own, and those that it belonged to before. */
export function servedHospitals({
  hospitalId,
  formerHospitals = [],
}: Extract<Caller, { kind: 'workstation' }>): readonly HospitalId[] {
  return [hospitalId, ...formerHospitals];
}

export function isOfHospital(caller: Caller, hospitalId: HospitalId): boolean {
  const hospitals = hospitalsOf(caller);
  return hospitals === 'all' || hospitals.includes(hospitalId);
}

function isOwn(caller: Caller, owner: Owner): boolean {
  switch (caller.kind) {
    case 'public':
      return false;
    case 'workstation':
      return owner.workstationId === undefined || owner.workstationId === caller.workstationId;
    case 'account':
      return owner.accountId === undefined || owner.accountId === caller.accountId;
  }
}
