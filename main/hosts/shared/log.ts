/**
 * The host's log. A line says what happened from a fixed list of facts; anything else, and every text that is not a
 * plain token, is left out. So no name, answer or record number can reach it, whoever calls.
 */
import { join } from 'node:path';
import { pino } from 'pino';
import { openRotatingFile } from './rotating-file.ts';

/** Facts that may stand in a line: codes, names of our own things, counts and times. */
const knownFacts = [
  'appVersion',
  'host',
  'platform',
  'nodeVersion',
  'pid',
  'port',
  'command',
  'code',
  'event',
  'provider',
  'model',
  'modelVersion',
  'exitCode',
  'signal',
  'reason',
  'durationMs',
  'timeoutMs',
  'count',
  'sizeBytes',
  'status',
] as const;
type FactName = (typeof knownFacts)[number];
export type LogFacts = { readonly [Name in FactName]?: string | number | boolean | null | undefined };

export interface HostLog {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  /** A bug: what kind of exception, and where in our code. Its message may quote anything and is not written. */
  fault(event: string, cause: unknown, facts?: LogFacts): void;
  close(): void;
}

export interface LineSink {
  write(line: string): void;
  close(): void;
}

const megabyte = 1024 * 1024;

export function openLog(dataFolder: string): HostLog {
  return createLog(
    openRotatingFile(join(dataFolder, 'logs', 'spira.log'), { maximumBytes: 5 * megabyte, keep: 4 }),
  );
}

export function createLog(sink: LineSink): HostLog {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  return {
    info: (event, facts) => logger.info(allowed(facts), token(event) ?? 'unnamed'),
    warn: (event, facts) => logger.warn(allowed(facts), token(event) ?? 'unnamed'),
    fault: (event, cause, facts) =>
      logger.error({ ...allowed(facts), ...faultFacts(cause) }, token(event) ?? 'unnamed'),
    close: () => sink.close(),
  };
}

function allowed(facts: LogFacts = {}): Record<string, string | number | boolean | null> {
  const kept: Record<string, string | number | boolean | null> = {};
  for (const name of knownFacts) {
    const value: unknown = facts[name];
    if (typeof value === 'string') {
      const text = token(value);
      if (text !== undefined) kept[name] = text;
    } else if (typeof value === 'boolean' || value === null || Number.isFinite(value)) {
      kept[name] = value as number | boolean | null;
    }
  }
  return kept;
}

/** A word of ours (`engine-timed-out`, `sessions.get`, `1.0.0`): no spaces, so no sentence and no person's name. */
function token(text: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9._/@-]{0,79}$|^v?\d{1,3}(?:\.\d{1,3}){0,3}$/u.test(text) ? text : undefined;
}

function faultFacts(cause: unknown): Record<string, unknown> {
  if (!(cause instanceof Error)) return { fault: typeof cause };
  const { code } = cause as NodeJS.ErrnoException;
  const frames = (cause.stack ?? '')
    .split('\n')
    .flatMap((line) => /\/((?:main|contract|native)\/[\w./-]+\.ts:\d+):\d+\)?$/u.exec(line)?.[1] ?? [])
    .slice(0, 8);
  const nested = cause.cause instanceof Error ? { causedBy: faultFacts(cause.cause) } : {};
  return {
    fault: token(cause.name) ?? 'Error',
    ...(typeof code === 'string' && token(code) !== undefined ? { code } : {}),
    frames,
    ...nested,
  };
}
