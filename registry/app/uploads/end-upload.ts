import { partKey, partNames, takeBlobKey, type EndReason } from '../../core/uploads.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

/**
 * Ends an upload that is not stored, and names the blobs to delete once the transaction is through. One that is being
 * checked stays as refused until it expires: whoever checks it may write its file once more after the deletion, and die.
 */
export async function endUpload(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  upload: Row<'uploads'>,
  reason: EndReason,
): Promise<readonly string[]> {
  if (upload.state === 'stored') return [];
  if (upload.state === 'checking' && reason !== 'expired') {
    await transaction.update('uploads', upload.id, {
      state: 'refused',
      reason,
      parts: [],
      touchedAt: nowOf(world),
    });
  } else {
    await transaction.delete('uploads', upload.id);
  }
  return [...partNames(upload).map((name) => partKey(upload.id, name)), takeBlobKey(upload)];
}
