/** The check of recordings in threads of their own: decoding takes most of a registry's processor time. */
import { Worker } from 'node:worker_threads';
import type { UploadEncoding } from '../../../contract/registry/sync.ts';
import type { AudioCheck } from '../../ports/audio-check.ts';
import { createAudioCheck } from './audio-check.ts';
import type { Described, FromWorker, ToWorker } from './worker-talk.ts';

export interface ThreadedAudioCheck extends AudioCheck {
  /** Ends the threads; what they were at fails. */
  close(): Promise<void>;
}

interface ThreadedAudioCheckOptions {
  /** At most so many; each is started when it is needed. */
  readonly threads: number;
}

/** While one recording waits for its bytes, the other is decoded. */
const jobsPerThread = 2;
/** A usual recording is one piece, as each costs two threads a message. */
const pieceBytes = 512 * 1024;
/** Pieces that may be on their way to a thread or wait in it, per recording. */
const piecesAhead = 2;

interface Job {
  tell(said: FromWorker): void;
  fail(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

export function createThreadedAudioCheck({ threads }: ThreadedAudioCheckOptions): ThreadedAudioCheck {
  const { toWav } = createAudioCheck();
  const running = new Set<Thread>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let lastJob = 0;
  let isClosed = false;

  const start = (): Thread => {
    const worker = new Worker(new URL('./audio-check-worker.ts', import.meta.url));
    const thread: Thread = { worker, jobs: new Map() };
    running.add(thread);
    const end = (error: Error): void => {
      running.delete(thread);
      for (const job of thread.jobs.values()) job.fail(error);
    };
    worker.on('message', (said: FromWorker) => thread.jobs.get(said.job)?.tell(said));
    worker.on('error', end);
    worker.on('exit', () => end(new Error('the thread that checks recordings has ended')));
    return thread;
  };

  /** The least busy, or a new one while there may be more. */
  const choose = (): Thread => {
    const [least] = [...running].toSorted((a, b) => a.jobs.size - b.jobs.size);
    return least === undefined || (least.jobs.size > 0 && running.size < threads) ? start() : least;
  };

  const describeIn = async (
    { worker, jobs }: Thread,
    encoding: UploadEncoding,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<Described> => {
    const id = (lastJob += 1);
    const say = (told: ToWorker, owned: ArrayBuffer[] = []): void => worker.postMessage(told, owned);
    const answer = Promise.withResolvers<Described>();
    answer.promise.catch(() => undefined);
    let room = piecesAhead;
    let isFirst = true;
    let isAnswered = false;
    let wake = (): void => undefined;
    const settle = (how: () => void): void => {
      isAnswered = true;
      how();
      wake();
    };
    worker.ref();
    jobs.set(id, {
      tell(said) {
        if (said.kind === 'described') settle(() => answer.resolve(said.described));
        else if (said.kind === 'failed') settle(() => answer.reject(new Error(said.message)));
        else {
          room += 1;
          wake();
        }
      },
      fail: (error) => settle(() => answer.reject(error)),
    });
    try {
      for await (const { bytes, isLast } of inPieces(chunks)) {
        while (room === 0 && !isAnswered) await new Promise<void>((resolve) => (wake = resolve));
        if (isAnswered) break;
        room -= 1;
        say({ kind: 'piece', job: id, encoding, bytes, isFirst, isLast }, [bytes.buffer]);
        isFirst = false;
      }
      return await answer.promise;
    } catch (error) {
      if (!isAnswered && !isFirst) say({ kind: 'drop', job: id });
      throw error;
    } finally {
      jobs.delete(id);
      // A thread with nothing to do holds no process.
      if (jobs.size === 0) worker.unref();
    }
  };

  return {
    toWav,
    async describe(encoding, chunks) {
      if (busy === threads * jobsPerThread) await new Promise<void>((resolve) => waiting.push(resolve));
      else busy += 1;
      try {
        if (isClosed) throw new Error('the check of recordings is closed');
        return await describeIn(choose(), encoding, chunks);
      } finally {
        const next = waiting.shift();
        if (next === undefined) busy -= 1;
        else next();
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...running].map(({ worker }) => worker.terminate()));
    },
  };
}

interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isLast: boolean;
}

/** Copies, as they are given away to another thread; one that is empty of what is empty. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const together = (): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(heldBytes);
    let at = 0;
    for (const chunk of held) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    [held, heldBytes] = [[], 0];
    return bytes;
  };
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0;) {
      if (heldBytes === pieceBytes) yield { bytes: together(), isLast: false };
      const taken = rest.subarray(0, pieceBytes - heldBytes);
      held.push(taken);
      heldBytes += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  yield { bytes: together(), isLast: true };
}
