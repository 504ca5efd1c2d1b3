import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import type { Refusal } from '../core/outcome.ts';

/** Takes the arguments after the command's name, gives the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

const shownItems = 20;

const exitCodes: Readonly<Record<NonNullable<Refusal['kind']>, number>> = {
  'in-use': trainingExitCodes.inUse,
  gate: trainingExitCodes.refusedByGate,
};

/** Says on stderr what is wrong with the options; 2. */
export function usageError(what: string, helpCommand: string): number {
  process.stderr.write(`error: ${what}\n  ${helpCommand} lists what there is.\n`);
  return trainingExitCodes.wrongOptions;
}

/** Says on stderr why nothing was made, with what, and the way out; gives the exit code. */
export function reportRefusal({ what, items = [], wayOut, kind }: Refusal): number {
  const rest = items.length > shownItems ? [`… and ${items.length - shownItems} more`] : [];
  const lines = [...items.slice(0, shownItems), ...rest].map((item) => `  - ${item}\n`);
  process.stderr.write(`error: ${what}\n${lines.join('')}  ${wayOut}\n`);
  return kind === undefined ? trainingExitCodes.refused : exitCodes[kind];
}

export function progressLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

const longestSeconds = 86_400;

/** Of an option; undefined for what is no number of seconds within a day. */
export function readSeconds(text: string): number | undefined {
  const seconds = /^\d{1,5}(\.\d{1,3})?$/u.test(text) ? Number(text) : Number.NaN;
  return seconds <= longestSeconds ? seconds : undefined;
}
