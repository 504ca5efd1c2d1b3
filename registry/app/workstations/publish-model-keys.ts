import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import { appendChange } from '../append-change.ts';
import type { World } from '../world.ts';

/** Tells the workstations who may sign models, where that is not what they were told last. */
export async function publishModelKeys(world: Pick<World, 'clock' | 'store' | 'signing'>): Promise<void> {
  const content: Json = {
    keys: world.signing.modelKeys
      .map(({ keyId, publicKey }) => ({ keyId, publicKey }))
      .sort((a, b) => (a.keyId < b.keyId ? -1 : 1)),
  };
  await world.store.write(async (transaction) => {
    const [last] = await transaction.find('changes', {
      where: { kind: 'model-keys' },
      order: [['sequence', 'descending']],
      limit: 1,
    });
    if (last !== undefined && canonicalJson(last.content) === canonicalJson(content)) return;
    await appendChange(world, transaction, {
      hospitalId: null,
      kind: 'model-keys',
      subjectId: 'all',
      content,
    });
  });
}
