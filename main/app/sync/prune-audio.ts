import { canonicalJson } from '../../../contract/canonical-json.ts';
import { coversTake } from '../../core/receipt.ts';
import { recordDeed } from '../record-deed.ts';
import { registryNowMs, type Pass } from './pass.ts';
import { removeCondemnedAudio } from './remove-session.ts';

const dayMs = 24 * 60 * 60_000;
const takesPerPass = 500;

/**
 * Removes recordings that a receipt covers by hash and length and that were kept here for the days that IT set, by the
 * registry's clock. A failure never removes anything: without a valid receipt of this registry a recording stays.
 */
export async function pruneAudio(pass: Pass): Promise<void> {
  const { world, peers } = pass;
  const days = world.store.read((transaction) => transaction.sync.facts().settings.keepAudioDays);
  if (days === null) return;
  const before = new Date(registryNowMs(world) - days * dayMs).toISOString();
  const takeIds = world.store.read((transaction) => transaction.sync.removable(before, takesPerPass));
  for (const takeId of takeIds) {
    world.store.write((transaction) => {
      const take = transaction.takes.get(takeId);
      const audio = transaction.sync.audio(takeId);
      if (take === undefined || audio === undefined) return;
      if (transaction.sessions.get(take.sessionId)?.status === 'processing') return;
      const signed = transaction.sync.newestReceipt(take.sessionId);
      const isValid =
        signed !== undefined &&
        signed.receipt.registryId === peers.registryId &&
        world.signing.verify(peers.answerKey.publicKey, canonicalJson(signed.receipt), signed.signature) &&
        coversTake(signed.receipt, take);
      if (!isValid) return;
      const at = world.clock.now();
      transaction.sync.putAudio({ ...audio, removedAt: at });
      transaction.sync.condemn([takeId]);
      recordDeed(transaction, {
        at,
        by: 'system',
        action: 'audio-removed',
        sessionId: take.sessionId,
        details: { takeId, step: take.stepKey, receipt: signed.receipt.sequence },
      });
    });
  }
  await removeCondemnedAudio(world);
}
