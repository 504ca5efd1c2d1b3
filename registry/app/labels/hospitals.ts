import type { Action } from '../../../contract/registry/access.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { hospitalsOf, may, type Caller } from '../../core/may.ts';
import { refuse } from '../../core/outcome.ts';
import { recordRefusal } from '../record-refusal.ts';
import type { Call } from '../world.ts';

/** A condition on rows: of this hospital, or of all that are the caller's. */
export function whereOfCaller(
  caller: Caller,
  hospitalId: HospitalId | undefined,
): { readonly hospitalId?: { readonly in: readonly string[] } } {
  const hospitals = hospitalId === undefined ? hospitalsOf(caller) : [hospitalId];
  return hospitals === 'all' ? {} : { hospitalId: { in: hospitals } };
}

/** The refusal of a hospital that was named and is not the caller's; the attempt stands in the audit trail. */
export async function refusedHospital(
  call: Call,
  action: Action,
  hospitalId: HospitalId | undefined,
): Promise<ReturnType<typeof refuse> | undefined> {
  if (hospitalId === undefined || may(call.caller, action, { hospitalId })) return undefined;
  await recordRefusal(call, { action, code: 'not-found', hospitalId });
  return refuse('not-found', 'hospital not found');
}
