/** Everything that can be done with the registry now, in order: what must go first goes first. */
import type { Problem } from '../../../contract/result.ts';
import type { Cancellation } from '../../ports/cancellation.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { pullFeed } from './apply-feed.ts';
import { changeFacts } from './change-facts.ts';
import { activateWaitingModels, installOfferedModels } from './install-model.ts';
import { beginPass, greet, stopsPass, type Pass } from './pass.ts';
import { pruneAudio } from './prune-audio.ts';
import { completionOf, freezeSession } from './queue-change.ts';
import { buryTombstoned } from './remove-session.ts';
import { sendAudit } from './send-audit.ts';
import { sendOutbox } from './send-items.ts';
import { sendSessions } from './send-sessions.ts';

export interface SyncPass {
  /** Undefined: all was done that can be done without a person. */
  readonly problem: Problem | undefined;
  /** Something is in the registry that was not there before. */
  readonly hasProgressed: boolean;
}

export interface SyncOptions {
  readonly cancellation: Cancellation;
}

/** One pass. Never rejects for what network or registry do; a StoreFailure passes through. */
export async function syncOnce(world: World, options: SyncOptions): Promise<SyncPass> {
  const { enrolment } = world.store.read((transaction) => transaction.sync.facts());
  if (enrolment === null) return { problem: undefined, hasProgressed: false };
  const pass = beginPass(world, enrolment, options.cancellation);
  const stop = await runSteps(pass);
  if (stop?.code === 'registry-refused') noteRefusal(pass, stop);
  else if (stop === undefined) clearRefusal(world);
  return { problem: stop ?? pass.sideProblem, hasProgressed: pass.hasProgressed };
}

async function runSteps(pass: Pass): Promise<Problem | undefined> {
  const { world } = pass;
  await buryTombstoned(world);
  await activateWaitingModels(world);
  const greeted = await greet(pass);
  if (!greeted.ok) return greeted.problem;
  freezeOldSessions(world);

  // Withdrawals and deletions before anything that they may be about.
  const withdrawn = await sendWithdrawals(pass);
  if (withdrawn !== undefined) return withdrawn;
  const fed = await pullFeed(pass);
  if (!fed.ok && stopsPass(pass, fed.problem)) return fed.problem;

  const stop = await sendSessions(pass);
  if (stop !== undefined) return stop;
  const audited = await sendAudit(pass);
  if (!audited.ok && stopsPass(pass, audited.problem)) return audited.problem;
  await pruneAudio(pass);
  // Last: they may be large, and nobody's recording waits for them.
  return installOfferedModels(pass);
}

const withdrawalsPerRound = 200;

async function sendWithdrawals(pass: Pass): Promise<Problem | undefined> {
  const waiting = pass.world.store.read((transaction) =>
    transaction.outbox.waiting('withdrawal', withdrawalsPerRound),
  );
  if (waiting.length === 0) return undefined;
  const sent = await sendOutbox(pass, waiting);
  return !sent.ok && stopsPass(pass, sent.problem) ? sent.problem : undefined;
}

const sessionsPerSlice = 50;

/** Sessions that were completed before this program kept them in the words in which they are sent. */
function freezeOldSessions(world: World): void {
  for (;;) {
    const frozen = world.store.write((transaction) => {
      const ids = transaction.sync.withoutContent(sessionsPerSlice);
      for (const id of ids) {
        const session = transaction.sessions.get(id);
        if (session !== undefined) freezeSession(transaction, session, completionOf(transaction, session));
      }
      return ids.length;
    });
    if (frozen < sessionsPerSlice) return;
  }
}

function noteRefusal({ world, enrolment }: Pass, { details }: Problem): void {
  const code = String(details?.['code'] ?? 'not-authenticated');
  world.store.write((transaction) => {
    // Meant for who this PC was when it asked: it may be enrolled anew by now.
    if (transaction.sync.facts().enrolment?.workstationId !== enrolment.workstationId) return;
    const at = world.clock.now();
    if (transaction.sync.facts().refusal?.code !== code) {
      recordDeed(transaction, { at, by: 'system', action: 'registry-refused', details: { why: code } });
    }
    changeFacts(transaction, { refusal: { code, at } });
  });
}

function clearRefusal(world: World): void {
  world.store.write((transaction) => {
    if (transaction.sync.facts().refusal !== null) changeFacts(transaction, { refusal: null });
  });
}
