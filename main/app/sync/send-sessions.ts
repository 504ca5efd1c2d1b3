/** Complete sessions on their way: what they are, then their audio over several lines at once, then the rest, then the receipt. */
import { canonicalJson } from '../../../contract/canonical-json.ts';
import type { SessionId } from '../../../contract/ids.ts';
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import type {
  ItemKind,
  ReceiptAnswer,
  ReceiptRequest,
  SignedReceipt,
} from '../../../contract/registry/sync.ts';
import type { Take } from '../../../contract/session.ts';
import type { SyncReason } from '../../../contract/sync-reasons.ts';
import { receiptFault } from '../../core/receipt.ts';
import type { OutboxItem, StoreTransaction } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { changeFacts } from './change-facts.ts';
import { ask, stopsPass, type Pass } from './pass.ts';
import { buryTombstoned } from './remove-session.ts';
import { bury, contentOf, putItemAside, sendOutbox, waitAgain } from './send-items.ts';
import { markSending } from './show-progress.ts';
import { tellSync } from './tell-sync.ts';
import { noteRefusal, uploadTake } from './upload-take.ts';

/** Recordings on their way at once: a long line is full although each of them waits for answers now and then. */
const lanes = 4;
const sessionsPerBatch = 20;

/** Every open session once, in order of making. Undefined: nothing keeps the pass from going on. */
export async function sendSessions(pass: Pass): Promise<Problem | undefined> {
  const tried = new Set<SessionId>();
  for (;;) {
    const batch = nextBatch(pass, tried);
    if (batch.length === 0) return undefined;
    for (const id of batch) tried.add(id);
    const stop = await sendBatch(pass, batch);
    for (const id of batch) comeToRest(pass, id);
    if (stop !== undefined) return stop;
  }
}

function nextBatch({ world }: Pass, tried: ReadonlySet<SessionId>): readonly SessionId[] {
  return world.store.read((transaction) =>
    transaction.sync
      .open(tried.size + sessionsPerBatch)
      .filter((id) => !tried.has(id))
      .slice(0, sessionsPerBatch),
  );
}

async function sendBatch(pass: Pass, batch: readonly SessionId[]): Promise<Problem | undefined> {
  const sent = await sendOutbox(pass, waitingItems(pass.world, batch, ['session', 'take']));
  if (!sent.ok && stopsPass(pass, sent.problem)) return sent.problem;

  const jobs: (() => Promise<Result<null>>)[] = [];
  for (const id of batch) {
    const takes = takesToSend(pass.world, id);
    let left = takes.length;
    if (left === 0) jobs.push(() => finishSession(pass, id));
    else pass.world.store.write((transaction) => void markSending(pass.world, transaction, id));
    for (const take of takes) {
      jobs.push(async () => {
        const uploaded = await uploadTake(pass, take);
        left -= 1;
        // At once, so that the receipt does not wait for the audio of others.
        if (left === 0) jobs.unshift(() => finishSession(pass, id));
        return uploaded;
      });
    }
  }
  let stop: Problem | undefined;
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const done = await job();
      if (!done.ok && stopsPass(pass, done.problem)) stop ??= done.problem;
      if (stop !== undefined) jobs.length = 0;
    }
  };
  // All of them end before this does, also where one of them throws: no two passes may be at work at once.
  const ends = await Promise.allSettled(
    Array.from({ length: lanes }, () =>
      work().catch((cause: unknown) => {
        jobs.length = 0;
        throw cause;
      }),
    ),
  );
  const thrown = ends.find((end) => end.status === 'rejected');
  if (thrown !== undefined) throw thrown.reason;
  return stop;
}

function waitingItems(
  world: World,
  batch: readonly SessionId[],
  kinds: readonly ItemKind[],
): readonly OutboxItem[] {
  return world.store.read((transaction) =>
    batch.flatMap((id) => {
      const items = transaction.outbox.ofSession(id);
      // Without its session, nothing of it can be taken.
      if (items.some(({ kind, fate }) => kind === 'session' && fate.state === 'put-aside')) return [];
      const waiting = items.filter(({ kind, fate }) => kinds.includes(kind) && fate.state === 'waiting');
      return waiting.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
    }),
  );
}

/** Takes that the registry knows of and whose audio it lacks. */
function takesToSend(world: World, id: SessionId): readonly Take[] {
  return world.store.read((transaction) =>
    transaction.takes
      .ofSession(id)
      .filter(
        (take) =>
          transaction.outbox.get('take', take.id)?.fate.state === 'done' &&
          (transaction.sync.audio(take.id)?.fate.state ?? 'waiting') === 'waiting',
      ),
  );
}

/** Results and notes, and where then nothing lacks, the receipt. */
async function finishSession(pass: Pass, id: SessionId): Promise<Result<null>> {
  const { world, peers, cancellation } = pass;
  const sent = await sendOutbox(pass, waitingItems(world, [id], ['result', 'note']));
  if (!sent.ok) return sent;
  const holding = world.store.read((transaction) => holdingOf(world, transaction, id));
  if (holding === undefined) return ok(null);
  const answer = await ask(pass, () =>
    world.registry.askReceipt(peers, id, { items: [...holding.items] }, cancellation),
  );
  if (!answer.ok) {
    if (answer.problem.details?.['code'] !== 'gone') return answer;
    world.store.write((transaction) => bury(world, transaction, id));
    await buryTombstoned(world);
    return ok(null);
  }
  return answer.value.status === 'complete'
    ? takeReceipt(pass, id, holding, answer.value.signed)
    : sendLacking(pass, id, answer.value.lacking);
}

interface Holding {
  readonly items: ReceiptRequest['items'];
  readonly takes: readonly Take[];
}

/** What a receipt is asked for; undefined where something of the session is not there yet, or needs somebody. */
function holdingOf(world: World, transaction: StoreTransaction, id: SessionId): Holding | undefined {
  if (reasonOf(transaction, id) !== null || isWaiting(transaction, id)) return undefined;
  const items: ReceiptRequest['items'] = [];
  for (const item of transaction.outbox.ofSession(id)) {
    const { kind, subjectId, fate } = item;
    if (fate.state !== 'done' || kind === 'audit' || kind === 'withdrawal') continue;
    const content = contentOf(transaction, item);
    if (content === undefined) return undefined;
    items.push({ kind, id: subjectId, sha256: world.hashing.sha256(canonicalJson(content)) });
  }
  if (!items.some(({ kind }) => kind === 'session')) return undefined;
  return { items, takes: transaction.takes.ofSession(id) };
}

function isWaiting(transaction: StoreTransaction, id: SessionId): boolean {
  return (
    transaction.outbox.ofSession(id).some(({ fate }) => fate.state === 'waiting') ||
    transaction.takes
      .ofSession(id)
      .some((take) => (transaction.sync.audio(take.id)?.fate.state ?? 'waiting') === 'waiting')
  );
}

/** Why the session needs somebody; null where it does not. */
export function reasonOf(transaction: StoreTransaction, id: SessionId): SyncReason | null {
  const fates = [...transaction.outbox.ofSession(id), ...transaction.sync.audioOf(id)].map(
    ({ fate }) => fate,
  );
  return fates.find((fate) => fate.state === 'put-aside')?.reason ?? null;
}

/** Believed only when it is signed by the registry that this PC belongs to, and says what this PC holds, all of it. */
function takeReceipt(pass: Pass, id: SessionId, holding: Holding, signed: SignedReceipt): Result<null> {
  const { world, peers } = pass;
  const { receipt, keyId, signature } = signed;
  const isSigned =
    keyId === peers.answerKey.keyId &&
    world.signing.verify(peers.answerKey.publicKey, canonicalJson(receipt), signature);
  if (!isSigned) return fail('registry-answer-invalid', { reason: 'receipt-signature' });
  const { registryId, workstationId } = peers;
  const expected = { registryId, workstationId, sessionId: id, items: holding.items, takes: holding.takes };
  const fault = receiptFault(receipt, expected);
  world.store.write((transaction) => {
    if (transaction.sessions.get(id) === undefined) return;
    if (fault !== undefined) {
      const item = { kind: 'session', id, sessionId: id } as const;
      return putItemAside(world, transaction, item, {
        state: 'put-aside',
        reason: 'receipt-differs',
        detail: fault,
      });
    }
    transaction.sync.keepReceipt(signed);
    changeFacts(transaction, { lastReceiptAt: receipt.at });
    recordDeed(transaction, {
      at: world.clock.now(),
      by: 'system',
      action: 'receipt-stored',
      sessionId: id,
      details: { receipt: receipt.sequence, files: receipt.files.length },
    });
    // A note that was written meanwhile is not covered: the session waits for another receipt.
    if (isWaiting(transaction, id)) return;
    transaction.sessions.mark(id, { state: 'synced', progress: null, reason: null });
    transaction.sync.setOpen(id, false);
  });
  if (fault === undefined) pass.hasProgressed = true;
  return ok(null);
}

type Lacking = Extract<ReceiptAnswer, { status: 'incomplete' }>['lacking'];

/** What the registry has lost, or never had, waits again; what it has otherwise needs somebody. */
function sendLacking(pass: Pass, id: SessionId, lacking: Lacking): Result<null> {
  const { world } = pass;
  for (const { kind, id: subjectId, why } of lacking) {
    const take = world.store.read((transaction) =>
      transaction.takes.ofSession(id).find((candidate) => candidate.id === subjectId),
    );
    if (kind === 'audio') {
      if (take !== undefined) noteRefusal(pass, take, why);
      continue;
    }
    world.store.write((transaction) => {
      if (transaction.outbox.get(kind, subjectId)?.fate.state !== 'done') return;
      if (why === 'missing') return waitAgain(transaction, kind, subjectId);
      const item = { kind, id: subjectId, sessionId: id };
      putItemAside(world, transaction, item, {
        state: 'put-aside',
        reason: 'content-conflict',
        detail: 'receipt',
      });
    });
  }
  // Not at once again: the next pass, after a while.
  return fail('registry-busy', { reason: 'receipt-incomplete' });
}

/** Nothing of it is under way any more: says where it stands, and closes it where only a person can go on. */
function comeToRest({ world }: Pass, id: SessionId): void {
  const hasChanged = world.store.write((transaction) => {
    const session = transaction.sessions.summary(id);
    if (session === undefined || session.sync === 'synced') return true;
    const reason = reasonOf(transaction, id);
    if (reason === null) {
      if (session.sync === 'waiting') return false;
      const isEnrolled = transaction.sync.facts().enrolment !== null;
      const state = isEnrolled ? 'waiting' : 'local-only';
      transaction.sessions.mark(id, { state, progress: null, reason: null });
      return true;
    }
    const isBlocked = transaction.outbox
      .ofSession(id)
      .some(({ kind, fate }) => kind === 'session' && fate.state === 'put-aside');
    if (isBlocked || !hasSendable(transaction, id)) transaction.sync.setOpen(id, false);
    transaction.sessions.mark(id, { state: 'needs-attention', progress: null, reason });
    return session.sync !== 'needs-attention';
  });
  if (hasChanged) world.events.publish({ name: 'session.changed', payload: { sessionId: id } });
  tellSync(world);
}

/** Something waits that can go: an audio cannot while its take is put aside. */
function hasSendable(transaction: StoreTransaction, id: SessionId): boolean {
  return (
    transaction.outbox.ofSession(id).some(({ fate }) => fate.state === 'waiting') ||
    takesWaiting(transaction, id)
  );
}

function takesWaiting(transaction: StoreTransaction, id: SessionId): boolean {
  return transaction.takes
    .ofSession(id)
    .some(
      (take) =>
        transaction.outbox.get('take', take.id)?.fate.state !== 'put-aside' &&
        (transaction.sync.audio(take.id)?.fate.state ?? 'waiting') === 'waiting',
    );
}
