/** A thread that checks recordings, so that the one that answers calls does not. What is said stands in worker-talk.ts. */
import { parentPort } from 'node:worker_threads';
import { createAudioCheck } from './audio-check.ts';
import type { FromWorker, ToWorker } from './worker-talk.ts';

const audio = createAudioCheck();
const arriving = new Map<number, Arriving>();

interface Arriving {
  take(told: ToWorker): void;
  readonly chunks: AsyncIterable<Uint8Array>;
}

parentPort?.on('message', (told: ToWorker) => {
  if (told.kind === 'begin') void check(told);
  else arriving.get(told.job)?.take(told);
});

function say(said: FromWorker): void {
  parentPort?.postMessage(said);
}

async function check({ job, encoding }: Extract<ToWorker, { kind: 'begin' }>): Promise<void> {
  const source = arrivalOf(job);
  arriving.set(job, source);
  try {
    say({ kind: 'described', job, described: await audio.describe(encoding, source.chunks) });
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
        say({ kind: 'more', job });
        yield chunk;
      } else if (ended === 'whole') return;
      else if (ended === 'dropped') throw new Error('nobody wants to know any more');
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    take(told) {
      if (told.kind === 'chunk') held.push(told.bytes);
      else ended = told.kind === 'end' ? 'whole' : 'dropped';
      wake();
    },
    chunks: chunks(),
  };
}
