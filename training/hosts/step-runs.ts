/** `npm run train -- runs` and `compare A B`: what runs there are, and two of them side by side. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RegistryRun } from '../../contract/registry/training-runs.ts';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { runFacts } from '../../contract/training/run-facts.ts';
import type { RunRecord } from '../../contract/training/run.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { diskRuns } from '../adapters/disk/runs.ts';
import type { RegistryConnection } from '../adapters/registry-http/connection.ts';
import { registryRuns, type RegistryRuns } from '../adapters/registry-http/runs.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { compareRuns, type RunComparison } from '../app/steps/compare-runs.ts';
import { syncRuns } from '../app/tracking/track-runs.ts';
import { done } from '../core/outcome.ts';
import type { Runs } from '../ports/runs.ts';
import type { Tracker } from '../ports/tracker.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';
import { defaultStore } from './step-command.ts';
import { openRegistry, registryHelp, registryOptions } from './registry-access.ts';
import { openTrackers, trackingHelp } from './tracking.ts';

const help = `Usage: npm run train -- runs [--sync] [--store FOLDER] [--json]
       npm run train -- compare A B [--store FOLDER] [--json]

"runs" lists the runs of the store and of the registry, where one is named; with --sync, it gives every run of the
store to the registry and to MLflow, where they lack it. "compare" shows how two differ in configuration and figures,
and whether their models differ on the recordings that both were tested on (McNemar, DeLong).

${registryHelp}${trackingHelp}`;

const options = {
  store: { type: 'string' },
  json: { type: 'boolean' },
  sync: { type: 'boolean' },
  ...registryOptions,
  help: { type: 'boolean', short: 'h' },
} as const;

export const listRuns: Command = (args) =>
  withStore(args, 0, async ({ store, isJson, isSync, registry }) => {
    const runs = diskRuns(join(store, 'runs'));
    if (isSync) return sync(runs, store, openTrackers(registry));
    const records = await runs.list();
    if (!records.ok) return reportRefusal(records.refusal);
    const kept = registry === undefined ? done([]) : await registryRuns(registry, hash).list();
    // Whoever asks what is on disk shall hear it though the line is down.
    if (!kept.ok) reportRefusal(kept.refusal);
    const listed = listBoth(records.value, kept.ok ? kept.value : []);
    print(isJson, listed, () =>
      table([['run', 'parent', 'made', 'steps', 'accuracy', 'auc', 'model', 'kept'], ...listed.map(rowOf)]),
    );
    return kept.ok ? 0 : trainingExitCodes.refused;
  });

async function sync(runs: Runs, store: string, trackers: readonly Tracker[]): Promise<number> {
  if (trackers.length === 0) {
    return reportRefusal({
      what: 'neither a registry nor MLflow is named',
      wayOut: 'Set the variables that "runs --help" lists.',
    });
  }
  const surroundings = systemSurroundings(progressLine);
  const synced = await syncRuns(runs, { contents: diskContents(store), surroundings, trackers });
  if (!synced.ok) return reportRefusal(synced.refusal);
  const { runs: count, failed } = synced.value;
  if (failed.length > 0) {
    const what = `of ${String(count)} runs, not all could be kept everywhere`;
    return reportRefusal({ what, items: failed, wayOut: 'Do it again later.' });
  }
  process.stdout.write(
    `${String(count)} runs are kept by ${trackers.map(({ name }) => name).join(' and ')}\n`,
  );
  return 0;
}

export const compareTwoRuns: Command = (args) =>
  withStore(args, 2, async ({ store, isJson, registry, positionals: [first, second] }) => {
    const comparison = await compareRuns(first!, second!, {
      ...onDiskOrElsewhere(store, registry === undefined ? undefined : registryRuns(registry, hash)),
      surroundings: systemSurroundings(progressLine),
    });
    if (!comparison.ok) return reportRefusal(comparison.refusal);
    print(isJson, comparison.value, () => describe(first!, second!, comparison.value));
    return 0;
  });

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A run is read where it is; the one on disk is the newer one, if they differ. */
function onDiskOrElsewhere(store: string, elsewhere: RegistryRuns | undefined) {
  const [runs, contents] = [diskRuns(join(store, 'runs')), diskContents(store)];
  return {
    runs: {
      async read(id: string) {
        const found = await runs.read(id);
        if (!found.ok || found.value !== undefined || elsewhere === undefined) return found;
        return elsewhere.read(id);
      },
    },
    contents: {
      async get(sha256: string) {
        const isHere = await contents.has(sha256);
        if (elsewhere === undefined || (isHere.ok && isHere.value)) return contents.get(sha256);
        return elsewhere.get(sha256);
      },
    },
  };
}

interface ListedRun {
  readonly id: string;
  readonly parent: string | null;
  readonly createdAt: string;
  readonly status: string;
  readonly lastStep: string | null;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly model: RegistryRun['model'];
  readonly kept: 'disk' | 'registry' | 'both';
  /** Who keeps it in the registry. */
  readonly by: string | null;
}

/** By time of making. */
function listBoth(records: readonly RunRecord[], others: readonly RegistryRun[]): readonly ListedRun[] {
  const kept = new Map(others.map((one) => [one.id, one]));
  const own = records.map((record): ListedRun => {
    const other = kept.get(record.id);
    return {
      ...shortened(runFacts(record)),
      kept: other === undefined ? 'disk' : 'both',
      by: other?.by ?? null,
    };
  });
  const names = new Set(records.map(({ id }) => id));
  const rest = others
    .filter(({ id }) => !names.has(id))
    .map((one): ListedRun => ({ ...shortened(one), kept: 'registry', by: one.by }));
  const place = ({ createdAt, id }: ListedRun): string => `${createdAt} ${id}`;
  return [...own, ...rest].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

function shortened(facts: ReturnType<typeof runFacts>): Omit<ListedRun, 'kept' | 'by'> {
  const { id, parent, createdAt, status, lastStep, figures, model } = facts;
  return { id, parent, createdAt, status, lastStep, figures, model };
}

interface Given {
  readonly store: string;
  readonly isJson: boolean;
  readonly isSync: boolean;
  readonly registry: RegistryConnection | undefined;
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
  const registry = await openRegistry(values);
  if (!registry.ok) return reportRefusal(registry.refusal);
  return work({
    registry: registry.value,
    store: resolve(values.store ?? defaultStore),
    isJson: values.json === true,
    isSync: values.sync === true,
    positionals,
  });
}

function rowOf(run: ListedRun): readonly string[] {
  const figure = (name: string): string => shown(run.figures[name]);
  const { model } = run;
  return [
    run.id,
    run.parent ?? '',
    run.createdAt.slice(0, 16),
    [run.lastStep ?? 'none', ...(run.status === 'failed' ? ['(failed)'] : [])].join(' '),
    figure('accuracy'),
    figure('auc'),
    model?.manifestSha256 == null ? '' : `${model.name} ${model.version}`,
    run.kept,
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
