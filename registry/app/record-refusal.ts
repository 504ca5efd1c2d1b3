import type { Action } from '../../contract/registry/access.ts';
import type { RegistryProblemCode } from '../../contract/registry/problems.ts';
import { recordDeed } from './record-deed.ts';
import type { Call } from './world.ts';

interface RefusedDeed {
  readonly action: Action;
  readonly code: RegistryProblemCode;
  readonly subjectId?: string | null;
  readonly hospitalId?: string | null;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Writes into the audit trail that somebody was refused what they have no right to. */
export async function recordRefusal(
  { world, caller, requestId }: Call,
  { action, code, subjectId = null, hospitalId = null, details = {} }: RefusedDeed,
): Promise<void> {
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action,
      subjectId,
      hospitalId,
      outcome: 'refused',
      details: { ...details, code, requestId },
    }),
  );
}
