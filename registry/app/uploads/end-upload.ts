import { heldUploadBytes, partKey, partNames, takeBlobKey, type EndReason } from '../../core/uploads.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

/**
 * Ends an upload that is not stored, and names the blobs to delete once the transaction is through. One whose file
 * somebody may be writing stays as refused until it expires: they may write it once more after the deletion, and die.
 */
export async function endUpload(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  upload: Row<'uploads'>,
  reason: EndReason,
): Promise<readonly string[]> {
  if (upload.state === 'stored') return [];
  if (mayBeWritten(upload) && reason !== 'expired') {
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

/** It is being checked, or is so small that it may be held whole, of which its row says nothing. */
function mayBeWritten({ state, offsetBytes, lengthBytes }: Row<'uploads'>): boolean {
  return state === 'checking' || (state === 'open' && offsetBytes === 0 && lengthBytes <= heldUploadBytes);
}
