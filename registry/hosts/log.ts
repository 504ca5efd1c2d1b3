/**
 * The registry's log, as JSON lines. A line says what happened by facts of ours; a text that is not a plain token is
 * left out, and of an exception only its kind and its place in our code are kept. So no name, answer, record number,
 * token or query can reach it, whoever calls.
 */
import { pino, type DestinationStream } from 'pino';
import { BlobFailure } from '../ports/blobs.ts';
import type { Log } from '../ports/log.ts';
import { StoreFailure } from '../ports/store.ts';

type Facts = Parameters<Log['info']>[1];

/** To standard error where no sink is given: what people read at the start goes to standard output. */
export function createLog(sink?: DestinationStream): Log {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(options, sink ?? pino.destination({ fd: 2, sync: true }));
  return {
    info: (event, facts) => logger.info(allowed(facts), token(event) ?? 'unnamed'),
    warn: (event, facts) => logger.warn(allowed(facts), token(event) ?? 'unnamed'),
    error: (event, cause, facts) =>
      logger.error({ ...allowed(facts), ...faultFacts(cause) }, token(event) ?? 'unnamed'),
  };
}

function allowed(facts: Facts = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]): (readonly [string, unknown])[] => {
      if (typeof value !== 'string') return [[name, value]];
      const word = token(value);
      return word === undefined ? [] : [[name, word]];
    }),
  );
}

/** A word of ours (`upload-refused`, `/api/sessions/:sessionId`, an id): no blanks, so no sentence and no person's name. */
function token(text: string): string | undefined {
  return /^[A-Za-z0-9/][A-Za-z0-9._/:@*-]{0,119}$/u.test(text) ? text : undefined;
}

function faultFacts(cause: unknown): Record<string, unknown> {
  if (!(cause instanceof Error)) return { fault: typeof cause };
  const { code } = cause as NodeJS.ErrnoException;
  const frames = (cause.stack ?? '')
    .split('\n')
    .flatMap((line) => /\/((?:registry|contract|native)\/[\w./-]+\.ts:\d+):\d+\)?$/u.exec(line)?.[1] ?? [])
    .slice(0, 8);
  // These two write their messages themselves, for operators.
  const isOurs = cause instanceof StoreFailure || cause instanceof BlobFailure;
  return {
    fault: token(cause.name) ?? 'Error',
    ...(isOurs ? { message: cause.message, kind: cause.kind } : {}),
    ...(typeof code === 'string' && token(code) !== undefined ? { code } : {}),
    frames,
    ...(cause.cause instanceof Error ? { causedBy: faultFacts(cause.cause) } : {}),
  };
}
