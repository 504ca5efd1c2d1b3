import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Call } from '../world.ts';
import { dropBlobs } from './drop-blobs.ts';
import { endUpload } from './end-upload.ts';
import type { UploadTraffic } from './traffic.ts';
import { noSuchUpload, ownUpload } from './upload-access.ts';

/** Gives an upload up and drops its bytes; audio that is stored stays ('conflict'). Refuses as findUpload does. */
export async function terminateUpload(
  call: Call,
  traffic: UploadTraffic,
  uploadId: string,
): Promise<Outcome<null>> {
  const own = await ownUpload(call, uploadId);
  if (!own.ok) return own;
  await traffic.settle(uploadId);
  const ended = await call.world.store.write(async (transaction): Promise<Outcome<readonly string[]>> => {
    const upload = await transaction.get('uploads', uploadId);
    if (upload === undefined) return noSuchUpload();
    if (upload.state === 'stored') return refuse('conflict', 'The recording is stored.');
    return done(await endUpload(call.world, transaction, upload, 'terminated'));
  });
  if (!ended.ok) return ended;
  await dropBlobs(call.world, ended.value);
  return done(null);
}
