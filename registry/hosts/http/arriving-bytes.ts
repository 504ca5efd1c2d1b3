import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../ports/surroundings.ts';

interface ArrivalOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly seen: (bytes: number) => void;
}

/** Beyond this, the sender is kept waiting. */
const heldBytes = 64 * 1024;
/** A line on which nothing comes for so long is taken for broken. */
const silentForMs = 60_000;

const limits = new WeakMap<IncomingMessage, { cancel(): void }>();

/**
 * Cuts the line of a request that is not here whole within the time: whoever sends byte by byte shall not hold it for
 * ever. A body that is read by `arrivingBytes` may take as long as it keeps coming: tables and models of any length.
 */
export function limitArrival(
  request: IncomingMessage,
  { clock, withinMs }: { readonly clock: Pick<Clock, 'after'>; readonly withinMs: number },
): void {
  const limit = clock.after(withinMs, () => {
    if (!request.complete) request.destroy();
  });
  limits.set(request, limit);
  request.once('close', () => limit.cancel());
}

/**
 * The body of a request as it arrives, read once. Where the line breaks, everything that came before is given first, and
 * only then the failure thrown: Node's own iterator drops what it held at that moment.
 */
export function arrivingBytes(request: IncomingMessage, options: ArrivalOptions): AsyncIterable<Uint8Array> {
  limits.get(request)?.cancel();
  return { [Symbol.asyncIterator]: () => arrivals(request, options) };
}

function arrivals(
  request: IncomingMessage,
  { clock, seen }: ArrivalOptions,
): AsyncIterator<Uint8Array, undefined> {
  const held: Uint8Array[] = [];
  let heldNow = 0;
  let end: 'whole' | 'broken' | 'given up' | undefined;
  let wake = (): void => undefined;
  let silence = { cancel: (): void => undefined };

  const stop = (why: 'whole' | 'broken' | 'given up'): void => {
    end ??= why;
    silence.cancel();
    request.off('data', take).off('end', whole).off('close', broken).off('error', broken);
    // What still comes in is of no interest, and an error of the line is no error of the program.
    request.on('error', () => undefined);
    wake();
  };
  const whole = (): void => stop('whole');
  const broken = (): void => stop('broken');
  const listen = (): void => {
    silence.cancel();
    silence = clock.after(silentForMs, broken);
  };
  const take = (chunk: Uint8Array): void => {
    held.push(chunk);
    heldNow += chunk.length;
    seen(chunk.length);
    if (heldNow < heldBytes) listen();
    else {
      silence.cancel();
      request.pause();
    }
    wake();
  };

  if (request.complete && request.readableEnded) end = 'whole';
  else if (request.destroyed) end = 'broken';
  else {
    request.on('end', whole).on('close', broken).on('error', broken).on('data', take);
    listen();
  }

  return {
    async next() {
      for (;;) {
        const chunk = held.shift();
        if (chunk !== undefined) {
          heldNow -= chunk.length;
          if (end === undefined && heldNow < heldBytes && request.isPaused()) {
            listen();
            request.resume();
          }
          return { done: false, value: chunk };
        }
        if (end === 'broken') throw new Error('the line broke');
        if (end !== undefined) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    return() {
      stop('given up');
      held.length = 0;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
