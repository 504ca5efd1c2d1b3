import { isComplete } from '../../core/uploads.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { Call } from '../world.ts';
import { finishUpload } from './finish-upload.ts';
import type { UploadTraffic } from './traffic.ts';
import { ownUpload, refusalOf } from './upload-access.ts';

/**
 * How far an upload has come. A transfer that still hangs on a lost line is ended first, so that its bytes count, and a
 * complete upload that nobody finished is finished. Refuses with 'not-found', 'gone', or as finishUpload does.
 */
export async function findUpload(
  call: Call,
  traffic: UploadTraffic,
  uploadId: string,
): Promise<Outcome<{ readonly offsetBytes: number; readonly lengthBytes: number }>> {
  let own = await ownUpload(call, uploadId);
  if (own.ok && (await traffic.settle(uploadId))) own = await ownUpload(call, uploadId);
  if (!own.ok) return own;
  const { state, offsetBytes, lengthBytes } = own.value;
  if (state === 'refused') return refusalOf(own.value);
  if (state !== 'stored' && isComplete(own.value)) {
    const finished = await finishUpload(call.world, traffic, uploadId);
    if (!finished.ok) return finished;
  }
  return done({ offsetBytes, lengthBytes });
}
