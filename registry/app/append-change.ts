import type { Json } from '../../contract/canonical-json.ts';
import type { Change } from '../../contract/registry/sync.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { nowOf, type World } from './world.ts';

interface NewChange {
  /** Null: every workstation gets it. */
  readonly hospitalId: HospitalId | string | null;
  readonly kind: Change['kind'];
  /** What it is about: a later change of the same kind, hospital and subject takes this one's place. */
  readonly subjectId: string;
  readonly content: Json;
}

/** Puts a change on the feed of the workstations, in the transaction that makes it true. */
export async function appendChange(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  { hospitalId, kind, subjectId, content }: NewChange,
): Promise<void> {
  const id = `${kind}:${hospitalId ?? '*'}:${subjectId}`;
  const sequence = await transaction.next('changes');
  await transaction.put('changes', { id, sequence, hospitalId, kind, subjectId, at: nowOf(world), content });
}
