import { fail, ok } from '../../contract/result.ts';
import { base64FromBytes } from '../../contract/base64.ts';
import type { Caller, Input, Output } from './caller.ts';
import { checkAudioHere } from './read-take.ts';
import { recordDeed } from './record-deed.ts';
import type { World } from './world.ts';

/** Part of a take's WAV. Its beginning, or any first part, counts as a play: in the audit trail before a byte leaves. */
export async function playTake(
  { world, desk, account }: Caller,
  { takeId, offsetBytes, lengthBytes }: Input<'recording.audio'>,
): Promise<Output<'recording.audio'>> {
  const take = world.store.read((transaction) => transaction.takes.get(takeId));
  if (take === undefined) return fail('take-not-found');
  const isHere = checkAudioHere(world, takeId);
  if (!isHere.ok) return isHere;
  const slice = await world.recordings.readSlice(takeId, { offsetBytes, lengthBytes });
  if (!slice.ok) return slice;
  if (offsetBytes === 0 || desk.playedTake !== takeId) {
    desk.playedTake = takeId;
    world.store.write((transaction) =>
      recordDeed(transaction, {
        at: world.clock.now(),
        by: account.username,
        action: 'take-played',
        sessionId: take.sessionId,
        details: { takeId, step: take.stepKey, version: take.version },
      }),
    );
  }
  return ok({ totalBytes: slice.value.totalBytes, bytes: await textOf(world, slice.value.bytes) });
}

/** A multiple of 3, so that the texts of the parts are the text of the whole; a few ms of work each. */
const bytesPerPart = 3 * 128 * 1024;

export async function textOf({ clock }: Pick<World, 'clock'>, bytes: Uint8Array): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerPart) {
    parts.push(base64FromBytes(bytes.subarray(at, at + bytesPerPart)));
    await clock.breathe();
  }
  return parts.join('');
}
