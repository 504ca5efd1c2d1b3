import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../core/outcome.ts';
import { checkingLeaseMs, heldForMs, uploadExpiryMs, uploadPartBytes } from '../../core/uploads.ts';
import { exampleWav } from '../../ports/audio-check.contract.ts';
import { packForTwin } from '../../ports/audio-check.memory.ts';
import { collect } from '../../ports/blobs.contract.ts';
import { BlobFailure } from '../../ports/blobs.ts';
import type { Hashing } from '../../ports/surroundings.ts';
import { burySession } from '../sessions/bury-session.ts';
import { removeAudio } from '../sessions/sweep-tombstones.ts';
import type { MemoryWorld } from '../world.memory.ts';
import type { World } from '../world.ts';
import { appendToUpload } from './append-to-upload.ts';
import { createUpload } from './create-upload.ts';
import { findUpload } from './find-upload.ts';
import {
  announce,
  makeSender,
  offerOf,
  sameRegistry,
  uploadWorld,
  type Announced,
  type Sender,
} from './fixtures/upload-bench.ts';
import { terminateUpload } from './terminate-upload.ts';
import { tidyUploads } from './tidy-uploads.ts';
import { createUploadTraffic, type Transfer, type UploadTraffic } from './traffic.ts';

const hashing: Hashing = {
  sha256: (data) => createHash('sha256').update(data).digest('hex'),
  startSha256() {
    const hash = createHash('sha256');
    return { update: (data) => void hash.update(data), end: () => hash.digest('hex') };
  },
};

let world: MemoryWorld;
let sender: Sender;
let traffic: UploadTraffic;
beforeEach(() => {
  world = uploadWorld(hashing);
  sender = makeSender(world);
  traffic = createUploadTraffic();
});

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.problem.code} ${JSON.stringify(outcome.problem.facts ?? {})}`);
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.problem.code;
}

function refusalOf(outcome: Outcome<unknown>): unknown {
  return outcome.ok ? 'ok' : [outcome.problem.code, outcome.problem.facts?.['reason']];
}

/** The bytes in chunks; breaks off after `cutAfter` of them. */
async function* arriving(
  bytes: Uint8Array,
  chunkBytes = 1000,
  cutAfter = Infinity,
): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < Math.min(bytes.length, cutAfter); start += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(start, Math.min(start + chunkBytes, cutAfter));
  }
  if (cutAfter < bytes.length) throw new Error('the line broke');
}

async function begin(announced: Announced, file: Uint8Array, at: MemoryWorld = world): Promise<string> {
  return valueOf(await createUpload(sender.call(at), traffic, offerOf(at, announced, file))).id;
}

function send(
  uploadId: string,
  offsetBytes: number,
  chunks: AsyncIterable<Uint8Array>,
  at: MemoryWorld = world,
  lane: UploadTraffic = traffic,
) {
  return appendToUpload(sender.call(at), lane, { uploadId, offsetBytes, chunks });
}

/** All of it in one go, and saying so beforehand. */
function sendWhole(
  uploadId: string,
  file: Uint8Array,
  at: MemoryWorld = world,
  lane: UploadTraffic = traffic,
  chunks: AsyncIterable<Uint8Array> = arriving(file, 65_536),
) {
  return appendToUpload(sender.call(at), lane, {
    uploadId,
    offsetBytes: 0,
    contentLength: file.length,
    chunks,
  });
}

async function offsetOf(uploadId: string, at: MemoryWorld = world): Promise<number> {
  return valueOf(await findUpload(sender.call(at), createUploadTraffic(), uploadId)).offsetBytes;
}

/** The take's audio, as it is kept; undefined where it is not stored. */
async function kept(announced: Announced, take = 0, at: World = world): Promise<Uint8Array | undefined> {
  const row = await at.store.read((reader) => reader.get('takes', announced.takeIds[take]!));
  if (row?.state !== 'stored') return undefined;
  const got = await at.blobs.get(row.blobKey!);
  return collect(got!.chunks);
}

const rowsOf = (at: World = world) => at.store.read((reader) => reader.find('uploads', {}));
const deedsOf = async (action: string) =>
  (await world.store.read((reader) => reader.find('audit', { where: { action } }))).map(
    ({ outcome, subjectId, details }) => ({ outcome, subjectId, details }),
  );

describe('an upload', () => {
  it('counts every byte that came before the line broke, wherever it broke', async () => {
    const wav = exampleWav(150);
    const file = packForTwin(wav);
    for (let cut = 0; cut <= file.length; cut += 1) {
      const announced = await announce(world, sender, [wav]);
      const id = await begin(announced, file);
      await send(id, 0, arriving(file, 64, cut));
      expect(await offsetOf(id)).toBe(cut);
      await send(id, cut, arriving(file.subarray(cut), 64));
      expect(await kept(announced)).toEqual(file);
    }
    expect(world.blobs.keys().filter((key) => key.startsWith('uploads/'))).toEqual([]);
  }, 60_000);

  it('arrives whole whatever the cuts, the chunks and the process that takes them', async () => {
    const wav = exampleWav(340_000);
    const file = packForTwin(wav);
    expect(file.length).toBeGreaterThan(2 * uploadPartBytes);
    const others = [world, sameRegistry(world, 2), sameRegistry(world, 3)];
    const step = fc.record({
      bytes: fc.integer({ min: 0, max: file.length }),
      chunk: fc.constantFrom(1777, 65_536, uploadPartBytes, uploadPartBytes + 1, file.length),
      process: fc.constantFrom(0, 1, 2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const announced = await announce(world, sender, [wav]);
        const id = await begin(announced, file);
        let offset = 0;
        for (const { bytes, chunk, process } of [
          ...steps,
          { bytes: file.length, chunk: 65_536, process: 1 },
        ]) {
          const rest = file.subarray(offset);
          await send(id, offset, arriving(rest, chunk, Math.min(bytes, rest.length)), others[process]);
          offset = await offsetOf(id, others[(process + 1) % 3]);
        }
        expect([offset, Buffer.compare((await kept(announced))!, file)]).toEqual([file.length, 0]);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('is stored in parts of at most 256 KiB', async () => {
    const wav = exampleWav(340_000);
    const file = packForTwin(wav);
    const sizes: number[] = [];
    const { blobs } = world;
    const watched = {
      ...world,
      blobs: {
        ...blobs,
        async put(key: string, chunks: AsyncIterable<Uint8Array>) {
          const put = await blobs.put(key, chunks);
          if (key.startsWith('uploads/')) sizes.push(put.sizeBytes);
          return put;
        },
      },
    };
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    valueOf(await send(id, 0, arriving(file, 100_000), watched));
    expect(sizes).toEqual([uploadPartBytes, uploadPartBytes, file.length - 2 * uploadPartBytes]);
  });

  it('holds at most one part and one chunk of each of 200 that arrive at once', async () => {
    const wav = exampleWav(400_000);
    const file = packForTwin(wav);
    const chunkBytes = 64 * 1024;
    let [taken, stored, most] = [0, 0, 0];
    const { blobs } = world;
    // Nothing is remembered: it is the uploads' own memory that counts here.
    const watched: MemoryWorld = {
      ...world,
      blobs: {
        ...blobs,
        async put(_key, chunks) {
          let sizeBytes = 0;
          for await (const chunk of chunks) sizeBytes += chunk.length;
          stored += sizeBytes;
          return { sizeBytes, sha256: '' };
        },
      },
    };
    const count = 200;
    const announced = await announce(
      world,
      sender,
      Array.from({ length: count }, () => wav),
    );
    await Promise.all(
      announced.takeIds.map(async (_, index) => {
        const offer = offerOf(world, announced, file, 'flac', index);
        const { id } = valueOf(await createUpload(sender.call(world), traffic, offer));
        const body = async function* () {
          for await (const chunk of arriving(file, chunkBytes, file.length - 1)) {
            taken += chunk.length;
            most = Math.max(most, taken - stored);
            yield chunk;
          }
        };
        await send(id, 0, body(), watched);
      }),
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(count * (uploadPartBytes + chunkBytes));
  }, 60_000);

  it('goes on where it stood for a sender that never got the answer to its creation', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const first = valueOf(await createUpload(sender.call(world), traffic, offerOf(world, announced, file)));
    await send(first.id, 0, arriving(file, 100, 700));
    const again = valueOf(await createUpload(sender.call(world), traffic, offerOf(world, announced, file)));
    expect([first.isNew, again]).toEqual([
      true,
      { id: first.id, offsetBytes: 700, lengthBytes: file.length, isNew: false },
    ]);
  });

  it('of a take whose audio is here is full from the start, also for another file of it', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    valueOf(await send(id, 0, arriving(file)));
    const [same, other] = [
      valueOf(await createUpload(sender.call(world), traffic, offerOf(world, announced, file))),
      valueOf(await createUpload(sender.call(world), traffic, offerOf(world, announced, wav, 'wav'))),
    ];
    expect([same, other]).toEqual([
      { id, offsetBytes: file.length, lengthBytes: file.length, isNew: false },
      { id, offsetBytes: wav.length, lengthBytes: wav.length, isNew: false },
    ]);
    expect([await kept(announced), await offsetOf(id)]).toEqual([file, file.length]);
  });

  it('makes one record of 50 senders of one session, each with all of its takes', async () => {
    const wavs = [exampleWav(9000), exampleWav(9001), exampleWav(9002)];
    const files = wavs.map(packForTwin);
    const announced = await announce(world, sender, wavs);
    const processes = [world, sameRegistry(world, 2), sameRegistry(world, 3)].map((at) => ({
      at,
      lane: createUploadTraffic(),
    }));
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { at, lane } = processes[index % 3]!;
        for (const [take, file] of files.entries()) {
          for (let isThere = false; !isThere;) {
            const place = await createUpload(
              sender.call(at),
              lane,
              offerOf(at, announced, file, 'flac', take),
            );
            if (!place.ok) {
              expect(place.problem.code).toBe('not-ready');
              await new Promise(setImmediate);
              continue;
            }
            const { id, offsetBytes } = place.value;
            isThere = offsetBytes === file.length;
            if (isThere) continue;
            const sent = await send(id, offsetBytes, arriving(file.subarray(offsetBytes), 5000), at, lane);
            expect(['ok', 'upload-offset', 'not-ready']).toContain(codeOf(sent));
            await new Promise(setImmediate);
          }
        }
      }),
    );
    expect(await Promise.all(files.map((_, take) => kept(announced, take)))).toEqual(files);
    expect((await rowsOf()).map(({ takeId, state }) => [takeId, state]).sort()).toEqual(
      announced.takeIds.map((id) => [id, 'stored']).sort(),
    );
    expect(world.blobs.keys()).toHaveLength(3);
  }, 60_000);

  it('takes the bytes of one of two senders at one offset, whichever processes they reach', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    for (const lanes of [
      [traffic, traffic],
      [createUploadTraffic(), createUploadTraffic()],
    ] as const) {
      const announced = await announce(world, sender, [wav]);
      const id = await begin(announced, file);
      const both = await Promise.all([
        send(id, 0, arriving(file, 500, 4000), world, lanes[0]),
        send(id, 0, arriving(file, 700, 4000), sameRegistry(world, 2), lanes[1]),
      ]);
      expect([both.map(codeOf).sort(), await offsetOf(id)]).toEqual([['ok', 'upload-offset'], 4000]);
      valueOf(await send(id, 4000, arriving(file.subarray(4000))));
      expect(await kept(announced)).toEqual(file);
    }
    expect(world.blobs.keys().filter((key) => key.startsWith('uploads/'))).toEqual([]);
  });

  it('ends a transfer that hangs on a lost line when its sender asks where it stood', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const isSilent = Promise.withResolvers<void>();
    const hanging = async function* () {
      yield file.subarray(0, 900);
      isSilent.resolve();
      await new Promise<never>(() => undefined);
    };
    const lost = send(id, 0, hanging());
    await isSilent.promise;
    const found = valueOf(await findUpload(sender.call(world), traffic, id));
    expect([found.offsetBytes, valueOf(await lost).offsetBytes]).toEqual([900, 900]);
  });

  it('is refused more bytes than were announced, and keeps what was right', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 500));
    const tooMuch = await send(id, 500, arriving(new Uint8Array(file.length), 4096));
    const announcedTooMuch = await appendToUpload(sender.call(world), traffic, {
      uploadId: id,
      offsetBytes: 500,
      contentLength: file.length,
      chunks: arriving(file),
    });
    expect([codeOf(tooMuch), codeOf(announcedTooMuch), await offsetOf(id)]).toEqual([
      'too-large',
      'too-large',
      500,
    ]);
  });

  it('given up by its sender leaves nothing', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 500));
    valueOf(await terminateUpload(sender.call(world), traffic, id));
    const gone = await findUpload(sender.call(world), traffic, id);
    expect([codeOf(gone), world.blobs.keys(), await rowsOf()]).toEqual(['not-found', [], []]);
  });

  it('that is stored cannot be given up', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    valueOf(await send(id, 0, arriving(file)));
    expect(codeOf(await terminateUpload(sender.call(world), traffic, id))).toBe('conflict');
    expect(await kept(announced)).toEqual(file);
  });

  it('of another file takes the place of the one that was being sent', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const first = await begin(announced, file);
    await send(first, 0, arriving(file, 100, 500));
    const second = valueOf(
      await createUpload(sender.call(world), traffic, offerOf(world, announced, wav, 'wav')),
    );
    valueOf(await send(second.id, 0, arriving(wav)));
    expect([codeOf(await findUpload(sender.call(world), traffic, first)), await kept(announced)]).toEqual([
      'not-found',
      wav,
    ]);
    expect(world.blobs.keys()).toHaveLength(1);
  });

  it('leaves the audio that another brought while it was being checked', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { audio, store } = world;
    const byAnother = { state: 'stored', encoding: 'wav', blobKey: 'takes/another', blobBytes: 1 } as const;
    const overtaken: MemoryWorld = {
      ...world,
      audio: {
        ...audio,
        async describe(encoding, chunks) {
          await world.blobs.put(byAnother.blobKey, arriving(wav));
          await store.write((transaction) => transaction.update('takes', announced.takeIds[0]!, byAnother));
          return audio.describe(encoding, chunks);
        },
      },
    };
    valueOf(await send(id, 0, arriving(file), overtaken));
    expect([await kept(announced), world.blobs.keys()]).toEqual([wav, [byAnother.blobKey]]);
  });

  it('waits while the blob store is full or away, and goes on from the same byte', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 500));
    world.blobs.failNext('put', 'full');
    const full = await send(id, 500, arriving(file.subarray(500)));
    world.blobs.failNext('get', 'unavailable');
    const unchecked = await send(id, 500, arriving(file.subarray(500)));
    expect([codeOf(full), codeOf(unchecked)]).toEqual(['storage-unavailable', 'storage-unavailable']);
    expect([await offsetOf(id), await kept(announced)]).toEqual([file.length, file]);
  });

  it('begins again when the registry lost bytes of it', async () => {
    const wav = exampleWav();
    const file = packForTwin(wav);
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 500));
    world.blobs.damage(world.blobs.keys()[0]!, null);
    const lost = await send(id, 500, arriving(file.subarray(500)));
    const again = await begin(announced, file);
    valueOf(await send(again, 0, arriving(file)));
    expect([codeOf(lost), again === id, await kept(announced)]).toEqual(['storage-unavailable', false, file]);
    expect(world.blobs.keys()).toHaveLength(1);
  });
});

describe('a small recording that comes in one go', () => {
  const wav = exampleWav(140_000);
  const file = packForTwin(wav);
  const putKeys = (at: MemoryWorld): { readonly keys: string[]; readonly watched: MemoryWorld } => {
    const keys: string[] = [];
    const put: World['blobs']['put'] = (key, chunks) => {
      keys.push(key.slice(0, key.indexOf('/')));
      return at.blobs.put(key, chunks);
    };
    return { keys, watched: { ...at, blobs: { ...at.blobs, put } } };
  };

  it('is stored once, without its parts', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { keys, watched } = putKeys(world);
    expect(valueOf(await sendWhole(id, file, watched))).toEqual({
      offsetBytes: file.length,
      isStored: true,
    });
    expect([keys, await kept(announced), await offsetOf(id)]).toEqual([['takes'], file, file.length]);
  });

  it('loses no byte that came before its line broke', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const cut = file.length - 1;
    await sendWhole(id, file, world, traffic, arriving(file, 65_536, cut));
    expect(await offsetOf(id)).toBe(cut);
    valueOf(await send(id, cut, arriving(file.subarray(cut))));
    expect(await kept(announced)).toEqual(file);
  });

  it('is made durable in parts where the line turns out slow', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { keys, watched } = putKeys(world);
    const isWaiting = Promise.withResolvers<undefined>();
    const goesOn = Promise.withResolvers<undefined>();
    const slow = async function* () {
      yield file.subarray(0, 1000);
      isWaiting.resolve(undefined);
      await goesOn.promise;
      yield file.subarray(1000);
    };
    const sending = sendWhole(id, file, watched, traffic, slow());
    await isWaiting.promise;
    world.clock.advance(heldForMs);
    await expect.poll(async () => (await rowsOf())[0]?.offsetBytes, { timeout: 20_000 }).toBe(1000);
    goesOn.resolve(undefined);
    valueOf(await sending);
    expect([new Set(keys), await kept(announced)]).toEqual([new Set(['uploads', 'takes']), file]);
  });

  it('is told to wait, before its sender gives up, while too many others are held', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const full = { ...traffic, roomFor: () => Promise.resolve(undefined) };
    const refused = await sendWhole(id, file, world, full);
    expect(refused).toMatchObject({
      problem: { code: 'not-ready', facts: { retryAfterS: expect.any(Number) as number } },
    });
    valueOf(await sendWhole(id, file));
    expect(await kept(announced)).toEqual(file);
  });

  it('is not stored when its bytes changed on the way, or when it is other audio', async () => {
    const changed = await announce(world, sender, [wav]);
    const id = await begin(changed, file);
    const sent = await sendWhole(id, file.with(400, file[400]! ^ 1));
    expect([refusalOf(sent), world.blobs.keys()]).toEqual([['content-mismatch', 'transfer'], []]);

    const other = packForTwin(wav.with(5000, 3));
    const announced = await announce(world, sender, [wav]);
    const refused = await sendWhole(await begin(announced, other), other);
    expect([refusalOf(refused), world.blobs.keys()]).toEqual([['content-mismatch', 'other-audio'], []]);
  });

  it('is sent again when the blob store is full or away', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    world.blobs.failNext('put', 'full');
    const full = await sendWhole(id, file);
    world.blobs.failNext('get', 'unavailable');
    const unchecked = await sendWhole(id, file);
    expect([codeOf(full), codeOf(unchecked), await offsetOf(id)]).toEqual([
      'storage-unavailable',
      'storage-unavailable',
      0,
    ]);
    valueOf(await sendWhole(id, file));
    expect(await kept(announced)).toEqual(file);
  });

  it('is not held against its sender when the blob store gives back other bytes', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { blobs } = world;
    const failing: MemoryWorld = {
      ...world,
      blobs: {
        ...blobs,
        async *read(key) {
          const bytes = await collect(blobs.read(key));
          yield bytes.subarray(0, 5000);
          yield bytes.subarray(9000);
        },
      },
    };
    expect([codeOf(await sendWhole(id, file, failing)), await offsetOf(id)]).toEqual([
      'storage-unavailable',
      0,
    ]);
    valueOf(await sendWhole(id, file));
    expect(await kept(announced)).toEqual(file);
  });

  it('leaves no byte when its session is withdrawn meanwhile', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { sessionId } = announced;
    const { hospitalId } = sender.caller;
    const withdrawing: MemoryWorld = {
      ...world,
      audio: {
        ...world.audio,
        async describe(encoding, chunks) {
          const described = await world.audio.describe(encoding, chunks);
          const tombstone = await world.store.write((transaction) =>
            burySession(world, transaction, { sessionId, kind: 'withdrawal', hospitalId, by: sender.caller }),
          );
          await removeAudio(world, tombstone);
          return described;
        },
      },
    };
    expect([codeOf(await sendWhole(id, file, withdrawing)), world.blobs.keys()]).toEqual(['gone', []]);
  });

  it('is one record when two processes are sent it at once', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const other = sameRegistry(world, 2);
    const both = await Promise.all([sendWhole(id, file), sendWhole(id, file, other, createUploadTraffic())]);
    expect([both.map(codeOf), await kept(announced), world.blobs.keys().length]).toEqual([
      ['ok', 'ok'],
      file,
      1,
    ]);
  });
});

describe('a line in front of the memory for recordings', () => {
  const nobody: Pick<Transfer, 'whenInterrupted'> = { whenInterrupted: () => undefined };
  const mebibyte = 2 ** 20;

  it('lets the first in first, and gives up with whoever was interrupted or waited too long', async () => {
    const order: string[] = [];
    const enter = async (name: string, mebibytes: number, transfer = nobody) => {
      const leave = await traffic.roomFor(mebibytes * mebibyte, transfer, world.clock);
      order.push(leave === undefined ? `${name} gave up` : name);
      return leave;
    };
    const first = await enter('first', 40);
    let interrupt = (): void => undefined;
    const interrupted = enter('interrupted', 30, { whenInterrupted: (call) => void (interrupt = call) });
    const second = enter('second', 30);
    const small = enter('small', 1);
    interrupt();
    await interrupted;
    first?.();
    first?.();
    (await second)?.();
    (await small)?.();
    const all = await enter('all', 48);
    const late = enter('late', 1);
    world.clock.advance(60_000);
    await late;
    all?.();
    await enter('last', 48);
    expect(order).toEqual(['first', 'interrupted gave up', 'second', 'small', 'all', 'late gave up', 'last']);
  });
});

it('is not begun while others wait longer for the memory than a sender bears', async () => {
  const wav = exampleWav();
  const file = packForTwin(wav);
  const announced = await announce(world, sender, [wav]);
  const nobody: Pick<Transfer, 'whenInterrupted'> = { whenInterrupted: () => undefined };
  const leave = await traffic.roomFor(48 * 2 ** 20, nobody, world.clock);
  const waiting = traffic.roomFor(1, nobody, world.clock);
  const create = () => createUpload(sender.call(world), traffic, offerOf(world, announced, file));
  const atFirst = await create();
  world.clock.advance(40_000);
  const crowded = await create();
  leave?.();
  (await waiting)?.();
  expect([codeOf(atFirst), codeOf(crowded), codeOf(await create())]).toEqual(['ok', 'not-ready', 'ok']);
  const { retryAfterS } = crowded.ok ? {} : (crowded.problem.facts ?? {});
  expect(retryAfterS).toBeGreaterThanOrEqual(20);
  expect(retryAfterS).toBeLessThanOrEqual(60);
});

describe('a file that is not what was announced', () => {
  const wav = exampleWav();
  const file = packForTwin(wav);

  it('is refused when bytes changed on the way, counted, and sent afresh', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const sent = await send(id, 0, arriving(file.with(400, file[400]! ^ 1)));
    const refused = ['content-mismatch', 'transfer'];
    expect([refusalOf(sent), refusalOf(await findUpload(sender.call(world), traffic, id))]).toEqual([
      refused,
      refused,
    ]);
    expect([refusalOf(await send(id, file.length, arriving(new Uint8Array(0)))), world.blobs.keys()]).toEqual(
      [refused, []],
    );
    const again = await begin(announced, file);
    valueOf(await send(again, 0, arriving(file)));
    expect([again === id, await kept(announced)]).toEqual([false, file]);
    expect(await deedsOf('upload-refused')).toEqual([
      {
        outcome: 'refused',
        subjectId: announced.takeIds[0],
        details: { reason: 'transfer', workstationId: sender.caller.workstationId, bytes: file.length },
      },
    ]);
  });

  it.each([
    ['FLAC that ends early', file.subarray(0, 5000), 'damaged'],
    ['FLAC of another recording', packForTwin(exampleWav(7999)), 'other-audio'],
    ['no audio', new Uint8Array(3000).fill(65), 'not-audio'],
  ])('%s is refused, each time it is offered', async (_, wrong, reason) => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, wrong);
    const sent = await send(id, 0, arriving(wrong));
    const again = await createUpload(sender.call(world), traffic, offerOf(world, announced, wrong));
    const right = await begin(announced, file);
    valueOf(await send(right, 0, arriving(file)));
    const refused = ['content-mismatch', reason];
    expect([refusalOf(sent), refusalOf(again), await kept(announced)]).toEqual([refused, refused, file]);
    expect(world.blobs.keys()).toHaveLength(1);
  });

  it('is refused before a byte of it came, where its length or hash cannot be right', async () => {
    const announced = await announce(world, sender, [wav]);
    const offer = offerOf(world, announced, wav, 'wav');
    const { metadata } = offer;
    const create = async (change: Partial<typeof offer>) =>
      refusalOf(await createUpload(sender.call(world), traffic, { ...offer, ...change }));
    expect([
      await create({ lengthBytes: wav.length - 1 }),
      await create({ metadata: { ...metadata, sha256: 'b'.repeat(64) } }),
      await create({ metadata: { ...metadata, encoding: 'flac' }, lengthBytes: 10 * wav.length }),
      await create({ lengthBytes: 2 ** 40 }),
      await create({ lengthBytes: 0 }),
      await rowsOf(),
    ]).toEqual([
      ['content-mismatch', 'length'],
      ['content-mismatch', 'hash'],
      ['content-mismatch', 'length'],
      ['too-large', undefined],
      ['invalid-input', undefined],
      [],
    ]);
  });
});

describe('whose an upload is', () => {
  const wav = exampleWav();
  const file = packForTwin(wav);

  it('shows nobody else that it is there, and writes down who tried', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const other = makeSender(world).call(world);
    const codes = [
      await createUpload(other, traffic, offerOf(world, announced, file)),
      await findUpload(other, traffic, id),
      await appendToUpload(other, traffic, { uploadId: id, offsetBytes: 0, chunks: arriving(file) }),
      await terminateUpload(other, traffic, id),
      await findUpload(other, traffic, announced.sessionId),
    ].map(codeOf);
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'not-found'));
    expect([(await deedsOf('sync.send')).length, await offsetOf(id)]).toEqual([4, 0]);
  });

  it('does not let another sender end a transfer', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const isUnderWay = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = async function* () {
      yield file.subarray(0, 900);
      isUnderWay.resolve();
      await goOn.promise;
      yield file.subarray(900);
    };
    const sending = send(id, 0, slow());
    await isUnderWay.promise;
    await findUpload(makeSender(world).call(world), traffic, id);
    await terminateUpload(makeSender(world).call(world), traffic, id);
    goOn.resolve();
    expect(valueOf(await sending)).toEqual({ offsetBytes: file.length, isStored: true });
  });

  it('waits for the take to be announced', async () => {
    const announced = await announce(world, sender, [wav]);
    const { metadata, lengthBytes } = offerOf(world, announced, file);
    const create = async (change: object) =>
      codeOf(
        await createUpload(sender.call(world), traffic, {
          metadata: { ...metadata, ...change },
          lengthBytes,
        }),
      );
    const unknown = world.randomness.id(world.clock.now());
    const second = await announce(world, sender, [wav]);
    expect([
      await create({ takeId: unknown }),
      await create({ takeId: unknown, sessionId: unknown }),
      await create({ sessionId: second.sessionId }),
    ]).toEqual(['not-yet', 'not-yet', 'invalid-input']);
  });

  it('follows the session to a PC that was enrolled again', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 600));
    const enrolledAgain = makeSender(world);
    const { workstationId } = enrolledAgain.caller;
    await world.store.write((transaction) =>
      transaction.update('sessions', announced.sessionId, { workstationId }),
    );
    const call = enrolledAgain.call(world);
    const place = valueOf(await createUpload(call, traffic, offerOf(world, announced, file)));
    const chunks = arriving(file.subarray(600));
    valueOf(await appendToUpload(call, traffic, { uploadId: place.id, offsetBytes: 600, chunks }));
    expect([place.id, place.offsetBytes, await kept(announced)]).toEqual([id, 600, file]);
  });
});

describe('a session that is withdrawn', () => {
  const wav = exampleWav();
  const file = packForTwin(wav);
  const withdraw = async (announced: Announced): Promise<void> => {
    const { hospitalId } = sender.caller;
    const { sessionId } = announced;
    const tombstone = await world.store.write((transaction) =>
      burySession(world, transaction, { sessionId, kind: 'withdrawal', hospitalId, by: sender.caller }),
    );
    await removeAudio(world, tombstone);
  };

  it('ends the upload that is under way, and leaves no byte', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const body = async function* () {
      yield file.subarray(0, 900);
      await withdraw(announced);
      yield file.subarray(900);
    };
    const sent = await send(id, 0, body());
    const again = await createUpload(sender.call(world), traffic, offerOf(world, announced, file));
    expect([codeOf(sent), codeOf(again), world.blobs.keys()]).toEqual(['gone', 'gone', []]);
  });

  it('wins over an upload that is being checked, and leaves no byte', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { audio } = world;
    const slow: MemoryWorld = {
      ...world,
      audio: {
        ...audio,
        async describe(encoding, chunks) {
          await withdraw(announced);
          return audio.describe(encoding, chunks);
        },
      },
    };
    // The file was stored, and goes while it is read: a second check finds the session gone.
    const sent = await send(id, 0, arriving(file), slow);
    const after = await createUpload(sender.call(world), traffic, offerOf(world, announced, file));
    await tidyUploads(world);
    expect([['gone', 'storage-unavailable'].includes(codeOf(sent)), codeOf(after)]).toEqual([true, 'gone']);
    expect(world.blobs.keys()).toEqual([]);
  });

  it('does not tell another hospital that it was there', async () => {
    const announced = await announce(world, sender, [wav]);
    await withdraw(announced);
    const other = makeSender(world).call(world);
    expect(codeOf(await createUpload(other, traffic, offerOf(world, announced, file)))).toBe('not-found');
  });
});

class Killed extends Error {}

/** The registry's process, killed at its `n`-th dealing with the database or the blob store: before it, or after. */
function dyingWorld(at: MemoryWorld, n: number, when: 'before' | 'after') {
  let dealings = 0;
  const deal = async <T>(work: () => Promise<T>): Promise<T> => {
    dealings += 1;
    if (dealings > n || (dealings === n && when === 'before')) throw new Killed();
    const result = await work();
    if (dealings >= n) throw new Killed();
    return result;
  };
  const { blobs, store } = at;
  const dying: MemoryWorld = {
    ...at,
    blobs: {
      ...blobs,
      put: (key, chunks) => deal(() => blobs.put(key, chunks)),
      async *read(key) {
        yield* await deal(() => Promise.resolve(blobs.read(key)));
      },
      delete: (key) => deal(() => blobs.delete(key)),
    },
    store: { ...store, write: (work) => deal(() => store.write(work)) },
  };
  return { dying, wasKilled: () => dealings >= n };
}

describe('a registry that is killed between any two of its steps', () => {
  const wav = exampleWav(140_000);
  const files = { right: packForTwin(wav), wrong: packForTwin(exampleWav(140_000).with(5000, 3)) };

  /** What a sender does: it asks for a place, and sends what lacks there. */
  async function sendAll(
    at: MemoryWorld,
    announced: Announced,
    file: Uint8Array,
    how: 'in parts' | 'whole' = 'in parts',
  ): Promise<Outcome<unknown>> {
    const lane = createUploadTraffic();
    const place = await createUpload(sender.call(at), lane, offerOf(at, announced, file));
    if (!place.ok) return place;
    const { id, offsetBytes } = place.value;
    if (offsetBytes === file.length) return place;
    return how === 'whole' && offsetBytes === 0
      ? sendWhole(id, file, at, lane)
      : send(id, offsetBytes, arriving(file.subarray(offsetBytes), 65_536), at, lane);
  }

  it.each([
    ['before', 'right', 'in parts'],
    ['after', 'right', 'in parts'],
    ['before', 'wrong', 'in parts'],
    ['after', 'wrong', 'in parts'],
    ['before', 'right', 'whole'],
    ['after', 'right', 'whole'],
    ['before', 'wrong', 'whole'],
    ['after', 'wrong', 'whole'],
  ] as const)('%s the step is mended by the next, with the %s file %s', async (when, which, how) => {
    const file = files[which];
    let points = 0;
    for (let n = 1; ; n += 1) {
      world = uploadWorld(hashing, n);
      sender = makeSender(world);
      const announced = await announce(world, sender, [wav]);
      const { dying, wasKilled } = dyingWorld(world, n, when);
      const first = await sendAll(dying, announced, file, how).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      if (!wasKilled()) {
        expect(first && refusalOf(first)).toEqual(
          which === 'right' ? 'ok' : ['content-mismatch', 'other-audio'],
        );
        break;
      }
      points += 1;
      const second = sameRegistry(world, 2);
      let last = await sendAll(second, announced, file, how);
      if (codeOf(last) === 'not-ready') {
        world.clock.advance(checkingLeaseMs + 1);
        last = await sendAll(second, announced, file, how);
      }
      await tidyUploads(second);
      if (which === 'right') {
        const stored = await kept(announced);
        expect([n, codeOf(last), stored && Buffer.compare(stored, file)]).toEqual([n, 'ok', 0]);
        expect([n, world.blobs.keys().length]).toEqual([n, 1]);
      } else {
        expect([n, refusalOf(last)]).toEqual([n, ['content-mismatch', 'other-audio']]);
        world.clock.advance(uploadExpiryMs + 1);
        await tidyUploads(second);
        expect([n, world.blobs.keys(), await rowsOf()]).toEqual([n, [], []]);
      }
    }
    expect(points).toBeGreaterThan(how === 'whole' ? 3 : 8);
  });

  it('is mended by tidying alone, when nobody comes back', async () => {
    for (let n = 1; ; n += 1) {
      world = uploadWorld(hashing, n);
      sender = makeSender(world);
      const announced = await announce(world, sender, [wav]);
      const { dying, wasKilled } = dyingWorld(world, n, 'after');
      await sendAll(dying, announced, files.right).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      if (!wasKilled()) break;
      world.clock.advance(checkingLeaseMs + 1);
      await tidyUploads(world);
      const [row] = await rowsOf();
      const isComplete = row?.offsetBytes === files.right.length;
      expect([n, (await kept(announced)) !== undefined]).toEqual([n, isComplete]);
      world.clock.advance(uploadExpiryMs + 1);
      await tidyUploads(world);
      expect([n, world.blobs.keys().length]).toEqual([n, isComplete ? 1 : 0]);
    }
  });
});

describe('tidying', () => {
  const wav = exampleWav();
  const file = packForTwin(wav);

  it('ends what nobody touched for seven days, and nothing younger', async () => {
    const [old, young] = [await announce(world, sender, [wav]), await announce(world, sender, [wav])];
    const ids = [await begin(old, file), await begin(young, file)];
    await send(ids[0]!, 0, arriving(file, 100, 500));
    world.clock.advance(uploadExpiryMs - 1000);
    await send(ids[1]!, 0, arriving(file, 100, 500));
    world.clock.advance(2000);
    expect(await tidyUploads(world)).toEqual({ finished: 0, ended: 1, strayParts: 0 });
    expect([(await rowsOf()).map(({ id }) => id), world.blobs.keys().length]).toEqual([[ids[1]], 1]);
    const again = await begin(old, file);
    valueOf(await send(again, 0, arriving(file)));
    expect(await kept(old)).toEqual(file);
  });

  it('never touches audio that is stored', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    valueOf(await send(id, 0, arriving(file)));
    world.clock.advance(50 * uploadExpiryMs);
    expect(await tidyUploads(world)).toEqual({ finished: 0, ended: 0, strayParts: 0 });
    expect([await kept(announced), await offsetOf(id)]).toEqual([file, file.length]);
  });

  it('deletes parts that nothing names, and leaves what is arriving', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    await send(id, 0, arriving(file, 100, 500));
    const put = (name: string) => world.blobs.put(`uploads/${name}`, arriving(file.subarray(0, 10)));
    await put(`${id}/0-aa`);
    await put(`${id}/500-bb`);
    await put(`${announced.sessionId}/0-cc`);
    expect((await tidyUploads(world)).strayParts).toBe(2);
    expect(world.blobs.keys().filter((key) => key.endsWith('-bb'))).toHaveLength(1);
    valueOf(await send(id, 500, arriving(file.subarray(500))));
    expect([(await tidyUploads(world)).strayParts, world.blobs.keys().length]).toEqual([1, 1]);
  });

  it('leaves an upload alone while somebody checks it', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { audio } = world;
    const tidied: unknown[] = [];
    const busy: MemoryWorld = {
      ...world,
      audio: {
        ...audio,
        async describe(encoding, chunks) {
          tidied.push(await tidyUploads(world), codeOf(await findUpload(sender.call(world), traffic, id)));
          return audio.describe(encoding, chunks);
        },
      },
    };
    valueOf(await send(id, 0, arriving(file), busy));
    expect([tidied, await kept(announced)]).toEqual([
      [{ finished: 0, ended: 0, strayParts: 0 }, 'not-ready'],
      file,
    ]);
  });

  it('leaves it alone however long the check takes, as long as the checker lives', async () => {
    const announced = await announce(world, sender, [wav]);
    const id = await begin(announced, file);
    const { audio } = world;
    const outcomes: unknown[] = [];
    const slow: MemoryWorld = {
      ...world,
      audio: {
        ...audio,
        async describe(encoding, chunks) {
          for (let times = 0; times < 12; times += 1) {
            const [before] = await rowsOf();
            world.clock.advance(checkingLeaseMs / 3);
            // The sign of life goes through the store like everything else.
            await expect.poll(async () => (await rowsOf())[0]?.touchedAt).not.toBe(before?.touchedAt);
            outcomes.push(codeOf(await findUpload(sender.call(world), traffic, id)));
          }
          return audio.describe(encoding, chunks);
        },
      },
    };
    valueOf(await send(id, 0, arriving(file), slow));
    expect([new Set(outcomes), await kept(announced)]).toEqual([new Set(['not-ready']), file]);
    expect(world.clock.nextDue()).toBeUndefined();
  });
});

it('tells a failure of the blob store from one of its own', async () => {
  const wav = exampleWav();
  const file = packForTwin(wav);
  const announced = await announce(world, sender, [wav]);
  const id = await begin(announced, file);
  const put = () => Promise.reject(new BlobFailure('full', 'no room'));
  const outcome = await send(id, 0, arriving(file), { ...world, blobs: { ...world.blobs, put } });
  expect([codeOf(outcome), await offsetOf(id)]).toEqual(['storage-unavailable', 0]);
});
