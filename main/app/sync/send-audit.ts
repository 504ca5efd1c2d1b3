import { ok, type Result } from '../../../contract/result.ts';
import { auditItemOf } from '../../core/sync-items.ts';
import { changeFacts } from './change-facts.ts';
import type { Pass } from './pass.ts';
import { sendItems } from './send-items.ts';

const entriesPerRound = 200;

/**
 * This PC's trail, entry by entry from where it was left. One that the registry cannot take is put aside without an entry
 * of its own: a trail about refused entries would never end.
 */
export async function sendAudit(pass: Pass): Promise<Result<null>> {
  const { world } = pass;
  const sha256 = (text: string): string => world.hashing.sha256(text);
  for (;;) {
    const { entries, retried } = world.store.read((transaction) => ({
      entries: transaction.audit.following(transaction.sync.facts().auditPosition, entriesPerRound),
      retried: transaction.outbox
        .waiting('audit', entriesPerRound)
        .flatMap(({ subjectId }) => transaction.audit.following(Number(subjectId) - 1, 1)),
    }));
    const round = [...retried, ...entries];
    if (round.length === 0) return ok(null);
    let answers = 0;
    const sent = await sendItems(
      pass,
      round.map((entry) => auditItemOf(entry, sha256)),
      (transaction, item, { outcome, reason }) => {
        answers += 1;
        const isTaken = outcome === 'stored' || outcome === 'already' || outcome === 'gone';
        const known = transaction.outbox.get('audit', item.id);
        if (isTaken && known !== undefined) transaction.outbox.settle('audit', item.id, { state: 'done' });
        if (!isTaken) {
          const { id: subjectId, sessionId } = item;
          transaction.outbox.append({ kind: 'audit', sessionId: null, subjectId, at: world.clock.now() });
          const why = outcome === 'conflict' ? 'content-conflict' : 'content-refused';
          const detail = reason ?? (sessionId === null ? null : outcome);
          transaction.outbox.settle('audit', subjectId, { state: 'put-aside', reason: why, detail });
        }
        const { auditPosition } = transaction.sync.facts();
        if (Number(item.id) === auditPosition + 1) {
          changeFacts(transaction, { auditPosition: Number(item.id) });
        }
      },
    );
    if (!sent.ok) return sent;
    // An answer that leaves entries out would be asked for ever.
    if (answers < round.length) return ok(null);
  }
}
