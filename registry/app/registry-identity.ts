import { registryIdSchema, type RegistryId } from '../../contract/registry/ids.ts';
import type { Store } from '../ports/store.ts';
import type { Clock, Randomness } from '../ports/surroundings.ts';

/** The registry's id, made at the first start and never changed: workstations and tokens name it. */
export async function registryIdentity(
  store: Store,
  { clock, randomness }: { readonly clock: Clock; readonly randomness: Randomness },
): Promise<RegistryId> {
  const fresh = randomness.id(clock.now());
  const value = await store.write(async (transaction) => {
    const known = await transaction.get('facts', 'registry-id');
    if (known !== undefined) return known.value;
    await transaction.insert('facts', { id: 'registry-id', value: fresh });
    return fresh;
  });
  return registryIdSchema.parse(value);
}

/**
 * Workstations trust the one answer key that they were enrolled with. Remembers it at the first start; false where this
 * process holds another, which no workstation would believe.
 */
export async function isKnownAnswerKey(store: Store, keyId: string): Promise<boolean> {
  return store.write(async (transaction) => {
    const known = await transaction.get('facts', 'answer-key-id');
    if (known !== undefined) return known.value === keyId;
    await transaction.insert('facts', { id: 'answer-key-id', value: keyId });
    return true;
  });
}

/** From now on this is the answer key: whoever pinned an earlier one must enrol anew. */
export async function rememberAnswerKey(store: Store, keyId: string): Promise<void> {
  await store.write((transaction) => transaction.put('facts', { id: 'answer-key-id', value: keyId }));
}
