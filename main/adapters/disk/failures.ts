import { fail, type Result } from '../../../contract/result.ts';

/** Runs `work`; what the file system refuses becomes `disk-full` or `storage-unavailable` (`reason`: its code). */
export async function withDiskFailures<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    return error.code === 'ENOSPC' || error.code === 'EDQUOT'
      ? fail('disk-full', {}, error)
      : fail('storage-unavailable', { reason: String(error.code) }, error);
  }
}
