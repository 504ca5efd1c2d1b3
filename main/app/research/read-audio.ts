import { routes } from '../../../contract/registry/routes.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { routePath } from '../../core/route-path.ts';
import type { Caller, Input, Output } from '../caller.ts';
import { textOf } from '../play-take.ts';
import { withToken } from './sitting.ts';

/** Longer than any recording of a protocol; it is held in memory while a page reads it. */
const maximumBytes = 256 * 1024 * 1024;

/**
 * Part of a recording's WAV at the registry. The first part fetches it whole and compares it with the hash in its session
 * (`registry-answer-invalid`), the last part lets it go; nothing of it comes to this PC's disk.
 */
export async function readRegistryAudio(
  caller: Caller,
  { sessionId, takeId, offsetBytes, lengthBytes }: Input<'research.audio'>,
): Promise<Output<'research.audio'>> {
  const { world, desk } = caller;
  const sitting = desk.registry;
  if (sitting !== null && (offsetBytes === 0 || sitting.audio?.takeId !== takeId)) {
    sitting.audio = { takeId, wav: fetchWav(caller, { sessionId, takeId }) };
  }
  const wav = await (sitting?.audio?.wav ?? fetchWav(caller, { sessionId, takeId }));
  if (!wav.ok) {
    if (sitting?.audio?.takeId === takeId) sitting.audio = null;
    return wav;
  }
  const bytes = wav.value.subarray(offsetBytes, offsetBytes + lengthBytes);
  if (offsetBytes + bytes.length >= wav.value.length && sitting?.audio?.takeId === takeId)
    sitting.audio = null;
  return ok({ totalBytes: wav.value.length, bytes: await textOf(world, bytes) });
}

async function fetchWav(
  { world, desk }: Caller,
  params: Pick<Input<'research.audio'>, 'sessionId' | 'takeId'>,
): Promise<Result<Uint8Array>> {
  const expected = desk.registryTakes.get(params.takeId);
  if (desk.registry !== null && expected === undefined) return fail('not-found');
  const path = routePath(routes['recordings.read'].path, params);
  const wav = await withToken(world, desk, (token, { place, canceller }) =>
    world.registryPeople.recording(place, token, { path, maximumBytes }, canceller),
  );
  if (!wav.ok || world.hashing.sha256(wav.value) === expected) return wav;
  return fail('registry-answer-invalid', { reason: 'hash' });
}
