/** `npm run train -- runs` and `compare A B`: what runs there are, and two of them side by side. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { trainingSteps, type RunRecord } from '../../contract/training/run.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { diskRuns } from '../adapters/disk/runs.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { compareRuns, type RunComparison } from '../app/steps/compare-runs.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';
import { defaultStore } from './step-command.ts';

const help = `Usage: npm run train -- runs [--store FOLDER] [--json]
       npm run train -- compare A B [--store FOLDER] [--json]

"runs" lists the runs of the store, "compare" shows how two differ in configuration and figures, and whether their
models differ on the recordings that both were tested on (McNemar, DeLong).
`;

const options = {
  store: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const listRuns: Command = (args) =>
  withStore(args, 0, async ({ store, isJson }) => {
    const records = await diskRuns(join(store, 'runs')).list();
    if (!records.ok) return reportRefusal(records.refusal);
    print(isJson, records.value, () =>
      table([['run', 'parent', 'made', 'steps', 'accuracy', 'auc', 'model'], ...records.value.map(rowOf)]),
    );
    return 0;
  });

export const compareTwoRuns: Command = (args) =>
  withStore(args, 2, async ({ store, isJson, positionals: [first, second] }) => {
    const comparison = await compareRuns(first!, second!, {
      runs: diskRuns(join(store, 'runs')),
      contents: diskContents(store),
      surroundings: systemSurroundings(progressLine),
    });
    if (!comparison.ok) return reportRefusal(comparison.refusal);
    print(isJson, comparison.value, () => describe(first!, second!, comparison.value));
    return 0;
  });

interface Given {
  readonly store: string;
  readonly isJson: boolean;
  readonly positionals: readonly string[];
}

async function withStore(
  args: readonly string[],
  count: number,
  work: (given: Given) => Promise<number>,
): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    return usageError((error as Error).message, 'npm run train -- compare --help');
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length !== count) {
    return usageError(
      `${count} runs are to be named, not ${positionals.length}`,
      'npm run train -- compare --help',
    );
  }
  return work({ store: resolve(values.store ?? defaultStore), isJson: values.json === true, positionals });
}

function rowOf({ id, parent, createdAt, steps }: RunRecord): readonly string[] {
  const states = trainingSteps.map((step) => {
    const state = steps[step]?.state;
    return state === undefined ? '' : state === 'done' ? step : `${step} (failed)`;
  });
  const { evaluate } = steps;
  const figure = (name: string): string => {
    const value = evaluate?.state === 'done' ? evaluate.figures[name] : undefined;
    return value === undefined ? '' : shown(value);
  };
  const model = steps.package?.state === 'done' ? steps.package.figures['model'] : undefined;
  return [
    id,
    parent ?? '',
    createdAt.slice(0, 16),
    states.filter((state) => state !== '').at(-1) ?? 'none',
    figure('accuracy'),
    figure('auc'),
    model === undefined ? '' : String(model),
  ];
}

function describe(first: string, second: string, { configuration, figures, paired }: RunComparison): string {
  const pairLine =
    paired === undefined
      ? 'No test recording is common to both.'
      : [
          `On ${paired.recordings} test recordings of both: only ${first} right ${paired.calls.onlyFirst}, only ${second} right ${paired.calls.onlySecond} (McNemar, p ${paired.calls.pValue.toFixed(4)})`,
          paired.areas === undefined
            ? '.'
            : `; areas under the curve ${paired.areas.first.toFixed(3)} and ${paired.areas.second.toFixed(3)} (DeLong, p ${paired.areas.pValue.toFixed(4)}).`,
        ].join('');
  return [
    configuration.length === 0
      ? 'The configurations are the same.'
      : table([
          ['configuration', first, second],
          ...configuration.map((one) => [one.place, one.first, one.second]),
        ]),
    table([
      ['figure', first, second],
      ...figures.map((one) => [one.name, shown(one.first), shown(one.second)]),
    ]),
    pairLine,
  ].join('\n\n');
}

function shown(value: number | string | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.length > 20 ? value.slice(0, 12) : value;
  return Number.isInteger(value) || Math.abs(value) < 1e-3 ? String(value) : value.toFixed(3);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function print(isJson: boolean, value: unknown, text: () => string): void {
  process.stdout.write(`${isJson ? JSON.stringify(value, null, 1) : text()}\n`);
}
