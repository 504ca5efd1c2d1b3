/** A thread that checks recordings, so that the one that answers calls does not. What is said stands in worker-talk.ts. */
import { parentPort } from 'node:worker_threads';
import type { UploadEncoding } from '../../../contract/registry/sync.ts';
import { preferFlacInWasm } from '../../../native/audio/flac-in-wasm.ts';
import type { FromWorker, ToWorker } from './worker-talk.ts';

preferFlacInWasm();
const { createAudioCheck } = await import('./audio-check.ts');
const audio = createAudioCheck();
const arriving = new Map<number, Arriving>();

interface Arriving {
  take(told: ToWorker): void;
  readonly chunks: AsyncIterable<Uint8Array>;
}

parentPort?.on('message', (told: ToWorker) => {
  const { job } = told;
  const known = arriving.get(job);
  if (known !== undefined) return known.take(told);
  // Of a job that is over, something may still have been on its way.
  if (told.kind === 'drop' || !told.isFirst) return;
  const source = arrivalOf(job);
  source.take(told);
  arriving.set(job, source);
  void check(job, told.encoding, source.chunks);
});

function say(said: FromWorker): void {
  parentPort?.postMessage(said);
}

async function check(
  job: number,
  encoding: UploadEncoding,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    say({ kind: 'described', job, described: await audio.describe(encoding, chunks) });
  } catch (error) {
    say({ kind: 'failed', job, message: String(error) });
  } finally {
    arriving.delete(job);
  }
}

function arrivalOf(job: number): Arriving {
  const held: Uint8Array[] = [];
  let ended: 'whole' | 'dropped' | undefined;
  let wake = (): void => undefined;
  const chunks = async function* (): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk = held.shift();
      if (chunk !== undefined) {
        if (ended === undefined) say({ kind: 'more', job });
        yield chunk;
      } else if (ended === 'whole') return;
      else if (ended === 'dropped') throw new Error('nobody wants to know any more');
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    take(told) {
      if (told.kind === 'drop') ended = 'dropped';
      else {
        held.push(told.bytes);
        if (told.isLast) ended = 'whole';
      }
      wake();
    },
    chunks: chunks(),
  };
}
