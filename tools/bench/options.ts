/** What a benchmark can be told on the command line. */
import { parseArgs } from 'node:util';

/** Undefined: the benchmark's own usual size. */
export interface BenchWishes {
  readonly sessions?: number | undefined;
  readonly workstations?: number | undefined;
  /** After so many, nothing new is begun. */
  readonly minutes?: number | undefined;
}

export interface BenchCall {
  readonly names: readonly string[];
  readonly wishes: BenchWishes;
  readonly help: boolean;
}

/** Throws TypeError where something is said that means nothing. */
export function readBenchCall(args: readonly string[]): BenchCall {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: true,
    options: {
      sessions: { type: 'string' },
      workstations: { type: 'string' },
      minutes: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    names: [...new Set(positionals)],
    wishes: {
      sessions: count('sessions', values.sessions),
      workstations: count('workstations', values.workstations),
      minutes: count('minutes', values.minutes),
    },
    help: values.help,
  };
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/u.test(text)) throw new TypeError(`--${name} is a number from 1 on, not ${text}`);
  return Number(text);
}
