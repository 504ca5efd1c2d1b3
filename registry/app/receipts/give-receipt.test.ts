import { createHash } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { canonicalJson } from '../../../contract/canonical-json.ts';
import {
  receiptAnswerSchema,
  type ReceiptAnswer,
  type SignedReceipt,
} from '../../../contract/registry/sync.ts';
import type { Outcome } from '../../core/outcome.ts';
import { exampleWav } from '../../ports/audio-check.contract.ts';
import { packForTwin } from '../../ports/audio-check.memory.ts';
import { inChunks } from '../../ports/blobs.contract.ts';
import type { Hashing } from '../../ports/surroundings.ts';
import { burySession } from '../sessions/bury-session.ts';
import { appendToUpload } from '../uploads/append-to-upload.ts';
import { createUpload } from '../uploads/create-upload.ts';
import {
  announce,
  makeSender,
  offerOf,
  sameRegistry,
  uploadWorld,
  type Announced,
  type Sender,
} from '../uploads/fixtures/upload-bench.ts';
import { createUploadTraffic } from '../uploads/traffic.ts';
import type { MemoryWorld } from '../world.memory.ts';
import { giveReceipt } from './give-receipt.ts';

const hashing: Hashing = {
  sha256: (data) => createHash('sha256').update(data).digest('hex'),
  startSha256() {
    const hash = createHash('sha256');
    return { update: (data) => void hash.update(data), end: () => hash.digest('hex') };
  },
};
const wavs = [exampleWav(3000), exampleWav(3001)];

let world: MemoryWorld;
let sender: Sender;
let announced: Announced;
beforeEach(async () => {
  world = uploadWorld(hashing);
  sender = makeSender(world);
  announced = await announce(world, sender, wavs);
});

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.problem.code);
}
const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.problem.code);

async function sendAudio(take: number): Promise<void> {
  const traffic = createUploadTraffic();
  const file = packForTwin(wavs[take]!);
  const offer = offerOf(world, announced, file, 'flac', take);
  const { id } = valueOf(await createUpload(sender.call(world), traffic, offer));
  const chunks = inChunks(file);
  valueOf(await appendToUpload(sender.call(world), traffic, { uploadId: id, offsetBytes: 0, chunks }));
}

const ask = (request = announced.request, at = world) =>
  giveReceipt(sender.call(at), announced.sessionId, request);

async function signed(answer: Promise<Outcome<ReceiptAnswer>>): Promise<SignedReceipt> {
  const value = valueOf(await answer);
  expect(receiptAnswerSchema.safeParse(value).success).toBe(true);
  if (value.status !== 'complete') throw new Error(JSON.stringify(value.lacking));
  return value.signed;
}

it('says what lacks until the last recording is here, and then signs for all of it', async () => {
  const [first, second] = announced.takeIds;
  const lacking = async () => valueOf(await ask());
  expect(await lacking()).toEqual({
    status: 'incomplete',
    lacking: [first, second].map((id) => ({ kind: 'audio', id, why: 'missing' })),
  });
  await sendAudio(1);
  expect(await lacking()).toEqual({
    status: 'incomplete',
    lacking: [{ kind: 'audio', id: first, why: 'missing' }],
  });
  await sendAudio(0);
  const { receipt, keyId, signature } = await signed(ask());
  expect(receipt).toEqual({
    format: 'spira-receipt-1',
    registryId: world.registryId,
    workstationId: sender.caller.workstationId,
    sessionId: announced.sessionId,
    sequence: 1,
    at: new Date(world.clock.now()).toISOString(),
    items: announced.request.items,
    files: wavs.map((wav, index) => ({
      takeId: announced.takeIds[index],
      sha256: hashing.sha256(wav),
      sizeBytes: wav.length,
    })),
  });
  const { answerKey } = world.signing;
  expect([keyId, world.signing.verify(answerKey.publicKey, canonicalJson(receipt), signature)]).toEqual([
    answerKey.keyId,
    true,
  ]);
  const session = await world.store.read((reader) => reader.get('sessions', announced.sessionId));
  expect(session?.state).toBe('received');
});

it('gives the same receipt to the same request, whenever and from whichever process', async () => {
  await sendAudio(0);
  await sendAudio(1);
  const first = await signed(ask());
  world.clock.advance(3_600_000);
  const other = sameRegistry(world, 2);
  const rest = await Promise.all(
    Array.from({ length: 20 }, (_, n) => signed(ask(undefined, n % 2 ? world : other))),
  );
  expect(new Set([first, ...rest].map((one) => canonicalJson(one))).size).toBe(1);
  expect(await world.store.read((reader) => reader.count('receipts', {}))).toBe(1);
});

it('gives another receipt to another request', async () => {
  await sendAudio(0);
  await sendAudio(1);
  const first = await signed(ask());
  const second = await signed(ask({ items: announced.request.items.toReversed() }));
  expect([first.receipt.sequence, second.receipt.sequence]).toEqual([1, 2]);
});

it('never signs for what differs', async () => {
  await sendAudio(0);
  await sendAudio(1);
  const [session, ...takes] = announced.request.items;
  const answer = valueOf(await ask({ items: [{ ...session!, sha256: 'f'.repeat(64) }, ...takes] }));
  expect(answer).toEqual({
    status: 'incomplete',
    lacking: [{ kind: 'session', id: announced.sessionId, why: 'differs' }],
  });
  expect(await world.store.read((reader) => reader.count('receipts', {}))).toBe(0);
});

it('does not sign for items of another session', async () => {
  await sendAudio(0);
  await sendAudio(1);
  const other = await announce(world, sender, [wavs[0]!]);
  const foreign = other.request.items[1]!;
  const answer = valueOf(await ask({ items: [...announced.request.items, foreign] }));
  expect(answer).toEqual({
    status: 'incomplete',
    lacking: [
      { kind: 'take', id: foreign.id, why: 'missing' },
      { kind: 'audio', id: foreign.id, why: 'missing' },
    ],
  });
});

it('looks whether the audio is still there, and asks for it again where it is not', async () => {
  await sendAudio(0);
  await sendAudio(1);
  const lost = world.blobs.keys().find((key) => key.includes(announced.takeIds[1]!))!;
  world.blobs.damage(lost, null);
  expect(valueOf(await ask())).toEqual({
    status: 'incomplete',
    lacking: [{ kind: 'audio', id: announced.takeIds[1], why: 'missing' }],
  });
  await sendAudio(1);
  expect((await signed(ask())).receipt.files).toHaveLength(2);
});

it('waits while the blob store does not answer', async () => {
  await sendAudio(0);
  await sendAudio(1);
  world.blobs.failNext('info', 'unavailable');
  expect(codeOf(await ask())).toBe('storage-unavailable');
  await signed(ask());
});

it('says that a withdrawn session is gone, to its own hospital only', async () => {
  const { hospitalId } = sender.caller;
  const { sessionId } = announced;
  await world.store.write((transaction) =>
    burySession(world, transaction, { sessionId, kind: 'withdrawal', hospitalId, by: sender.caller }),
  );
  const other = await giveReceipt(makeSender(world).call(world), sessionId, announced.request);
  expect([codeOf(await ask()), codeOf(other)]).toEqual(['gone', 'not-found']);
});

it('shows another workstation nothing, and writes down that it asked', async () => {
  const other = makeSender(world);
  const answer = await giveReceipt(other.call(world), announced.sessionId, announced.request);
  const audit = await world.store.read((reader) =>
    reader.find('audit', { where: { action: 'sync.send', outcome: 'refused' } }),
  );
  expect([codeOf(answer), audit.map(({ subjectId }) => subjectId)]).toEqual([
    'not-found',
    [announced.sessionId],
  ]);
});

it('takes a session that has not come for one of which everything lacks', async () => {
  const sessionId = world.randomness.id(world.clock.now()) as typeof announced.sessionId;
  const items = [{ kind: 'session' as const, id: sessionId, sha256: 'a'.repeat(64) }];
  expect(valueOf(await giveReceipt(sender.call(world), sessionId, { items }))).toEqual({
    status: 'incomplete',
    lacking: [{ kind: 'session', id: sessionId, why: 'missing' }],
  });
});
