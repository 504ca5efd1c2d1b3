import { fail, ok } from '../../contract/result.ts';
import { base64FromBytes } from '../core/base64.ts';
import type { Caller, Input, Output } from './caller.ts';
import { recordDeed } from './record-deed.ts';

/** Part of a take's WAV. Its beginning, or any first part, counts as a play: in the audit trail before a byte leaves. */
export async function playTake(
  { world, desk, account }: Caller,
  { takeId, offsetBytes, lengthBytes }: Input<'recording.audio'>,
): Promise<Output<'recording.audio'>> {
  const take = world.store.read((transaction) => transaction.takes.get(takeId));
  if (take === undefined) return fail('take-not-found');
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
  return ok({ totalBytes: slice.value.totalBytes, bytes: base64FromBytes(slice.value.bytes) });
}
