/** Faults on the way up: items, recordings, receipts, withdrawals. */
import { syncPaths } from '../../contract/registry/sync.ts';
import type { ProblemCode } from '../../contract/result.ts';
import type { World as StationWorld } from '../../main/app/world.ts';
import { nowOf } from '../../registry/app/world.ts';
import {
  bytesOf,
  readingOtherwise,
  sentIn,
  withStation,
  withStationWrites,
  writingOtherwise,
} from './planting.ts';
import { signed } from './registry-door.ts';
import type { Flaws } from './simulate.ts';
import { inOnePiece } from './wire.ts';

export const upwardBugs: Readonly<Record<string, Flaws>> = {
  'the registry acknowledges items before it stores them': {
    answerer: async (world, request, body, usual) => {
      if (request.path !== syncPaths.items) return usual(request, body);
      const bytes = await bytesOf(body);
      world.clock.after(500, () => void usual(request, inOnePiece(bytes)));
      const { items } = sentIn(bytes);
      const answers = items.map((_, index) => ({
        index,
        kind: null,
        id: null,
        outcome: 'stored',
        reason: null,
      }));
      return signed(world, request, { status: 200, json: { serverTime: nowOf(world), answers } });
    },
  },
  'the registry drops one item of a call and answers as if it had it': {
    answerer: async (world, request, body, usual) => {
      if (request.path !== syncPaths.items) return usual(request, body);
      const bytes = await bytesOf(body);
      const answer = await usual(request, inOnePiece(bytes));
      const last = sentIn(bytes).items.at(-1) as { readonly kind: string; readonly id: string };
      if (last.kind === 'note') {
        await world.store.write((transaction) => transaction.delete('items', `note:${last.id}`));
      }
      return answer;
    },
  },
  'the registry gives a receipt without looking for the audio': {
    registry: (world) => {
      const stored = readingOtherwise(world, 'takes', (row) => ({ ...row, state: 'stored' }));
      return { ...stored, blobs: { ...world.blobs, info: () => Promise.resolve({ key: '', sizeBytes: 0 }) } };
    },
  },
  'the blob store gives back what it never wrote': {
    registry: (world) => {
      const remembered = new Map<string, Uint8Array>();
      const { blobs } = world;
      return {
        ...world,
        blobs: {
          ...blobs,
          async put(key, chunks) {
            const bytes = await bytesOf(chunks);
            const written = key.startsWith('takes/') ? bytes.subarray(0, bytes.length - 1) : bytes;
            await blobs.put(key, inOnePiece(written));
            remembered.set(key, bytes);
            return { sizeBytes: bytes.length, sha256: world.hashing.sha256(bytes) };
          },
          async get(key, range) {
            const bytes = remembered.get(key);
            if (bytes === undefined) return blobs.get(key, range);
            return { sizeBytes: bytes.length, chunks: inOnePiece(bytes) };
          },
          async *read(key) {
            const bytes = remembered.get(key);
            yield* bytes === undefined ? blobs.read(key) : inOnePiece(bytes);
          },
        },
      };
    },
  },
  'the registry forgets its tombstones': {
    registry: (world) => readingOtherwise(world, 'tombstones', () => undefined),
  },
  'the registry tells nobody of withdrawals': {
    registry: (world) =>
      writingOtherwise(world, (transaction) => ({
        put: (table, row) =>
          table === 'changes' && 'kind' in row && row.kind === 'tombstone'
            ? Promise.resolve()
            : transaction.put(table, row),
      })),
  },
  'the registry leaves the audio of withdrawn sessions': {
    registry: (world) => ({ ...world, blobs: { ...world.blobs, delete: () => Promise.resolve() } }),
  },
  'the registry puts takes into the session that came last': {
    registry: (world) => {
      let last: string | undefined;
      return writingOtherwise(world, (transaction) => ({
        async insert(table, row) {
          if (table === 'sessions') last = row.id;
          const moved = table === 'takes' && last !== undefined ? { ...row, sessionId: last } : row;
          return transaction.insert(table, moved);
        },
      }));
    },
  },
  'the workstation counts the page of a portal as success': {
    station: {
      misread: (request, answer, isGenuine) =>
        !isGenuine && request.method === 'PATCH' && answer.status < 400 ? { ...answer, status: 204 } : answer,
      world: (world) => ({
        ...world,
        signing: { ...world.signing, verify: () => true },
        registry: takingFor(world.registry, 'registry-answer-invalid', 'stored'),
      }),
    },
  },
  'the workstation calls a session synced before it has its receipt': withStationWrites((transaction) => ({
    sessions: {
      ...transaction.sessions,
      mark: (id, mark) =>
        transaction.sessions.mark(
          id,
          mark.state === 'sending' ? { state: 'synced', progress: null, reason: null } : mark,
        ),
    },
  })),
  'the workstation gives an item up that was refused for a moment': withStation((world) => ({
    ...world,
    registry: takingFor(world.registry, 'registry-busy', 'already'),
  })),
  'the workstation removes audio as soon as it was sent': withStationWrites((transaction) => ({
    sync: {
      ...transaction.sync,
      putAudio(audio) {
        transaction.sync.putAudio(audio);
        if (audio.fate.state === 'sent') transaction.sync.condemn([audio.takeId]);
      },
    },
  })),
  'the workstation forgets withdrawals that it was asked for': withStationWrites((transaction) => ({
    outbox: {
      ...transaction.outbox,
      append: (entry) => entry.kind !== 'withdrawal' && transaction.outbox.append(entry),
    },
  })),
  'the disk of the workstation forgets the last bytes of a recording': {
    station: {
      recordings: (recordings) => {
        const cut = new Set<string>();
        return {
          ...recordings,
          append: (takeId, chunk) => {
            const isSecond = cut.has(takeId);
            cut.add(takeId);
            return isSecond
              ? Promise.resolve({
                  ok: true,
                  value: { storedFrames: chunk.firstFrame + chunk.pcm.length / 2 },
                })
              : recordings.append(takeId, chunk);
          },
        };
      },
    },
  },
  'the registry drops a result and answers as if it had it': {
    answerer: async (world, request, body, usual) => {
      if (request.path !== syncPaths.items) return usual(request, body);
      const bytes = await bytesOf(body);
      const answer = await usual(request, inOnePiece(bytes));
      const results = sentIn(bytes).items as readonly { readonly kind: string; readonly id: string }[];
      await world.store.write(async (transaction) => {
        for (const { kind, id } of results) {
          if (kind === 'result') await transaction.delete('items', `result:${id}`);
        }
      });
      return answer;
    },
  },
  'the workstation never sends results': withStationWrites(({ outbox }) => ({
    outbox: { ...outbox, append: (entry) => entry.kind !== 'result' && outbox.append(entry) },
  })),
  'the registry drops an entry of a trail and answers as if it had it': {
    answerer: async (world, request, body, usual) => {
      if (request.path !== syncPaths.items) return usual(request, body);
      const bytes = await bytesOf(body);
      const answer = await usual(request, inOnePiece(bytes));
      await world.store.write((transaction) =>
        transaction.deleteWhere('items', { kind: 'audit', counter: 7 }),
      );
      return answer;
    },
  },
};

/** Takes this refusal of items for an answer that says of each what is given. */
function takingFor(
  registry: StationWorld['registry'],
  code: ProblemCode,
  outcome: 'stored' | 'already',
): StationWorld['registry'] {
  return {
    ...registry,
    async sendItems(peers, request, cancellation) {
      const answer = await registry.sendItems(peers, request, cancellation);
      if (answer.ok || answer.problem.code !== code) return answer;
      const answers = request.items.map((_, index) => ({ index, outcome, reason: null }));
      return { ok: true, value: { serverTime: request.clock.at, answers } };
    },
  };
}
