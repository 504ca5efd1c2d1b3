import { fail, ok, type Result } from '../../contract/result.ts';
import type { World } from './world.ts';

/** `disk-full` with what is free and what is needed, both in bytes. */
export async function checkDisk(
  world: Pick<World, 'recordings'>,
  neededBytes: number,
): Promise<Result<null>> {
  const space = await world.recordings.space();
  if (!space.ok) return space;
  const { freeBytes } = space.value;
  return freeBytes < neededBytes ? fail('disk-full', { freeBytes, neededBytes }) : ok(null);
}
