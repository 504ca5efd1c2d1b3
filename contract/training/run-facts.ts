/** What is read out of a run's record, for lists, for rights, and for whoever else keeps the run. */
import type { RegistryRun, RunArtefact } from '../registry/training-runs.ts';
import { trainingSteps, type RunRecord } from './run.ts';

type RunFacts = Omit<RegistryRun, 'updatedAt' | 'by'>;
export type NamedArtefact = Omit<RunArtefact, 'isHeld'>;

const manifestName = 'model/manifest.json';
/** Lists of single recordings: hashes, pseudonyms, labels, scores. */
const aboutPersons: readonly string[] = ['snapshot.json', 'split.json', 'features.json', 'scores.json'];

export function runFacts(record: RunRecord): RunFacts {
  const { id, parent, createdAt, configuration, codeVersion, steps } = record;
  const { evaluate } = steps;
  const { name, version } = configuration.model;
  return {
    id,
    parent,
    status: statusOf(record),
    lastStep: trainingSteps.findLast((step) => steps[step]?.state === 'done') ?? null,
    createdAt,
    network: configuration.network,
    seed: configuration.fit.seed,
    dataHash: hashOf(record, 'snapshot', 'dataHash'),
    splitHash: hashOf(record, 'split', 'splitHash'),
    codeVersion,
    figures: evaluate?.state === 'done' ? evaluate.figures : {},
    model: { name, version, manifestSha256: manifestOf(record) },
  };
}

/** Everything that the steps of a run made, by the names that it has beside run.json. */
export function artefactsOf({ steps }: RunRecord): readonly NamedArtefact[] {
  return trainingSteps.flatMap((step) => {
    const made = steps[step];
    if (made?.state !== 'done') return [];
    return Object.entries(made.outputs).map(([name, { sha256, sizeBytes }]) => ({
      step,
      name,
      sha256,
      sizeBytes,
      type: mediaTypeOf(name),
      isAboutPersons: aboutPersons.includes(name),
    }));
  });
}

function statusOf({ steps }: RunRecord): RunFacts['status'] {
  const states = Object.values(steps).map(({ state }) => state);
  if (states.includes('failed')) return 'failed';
  return steps.package?.state === 'done' ? 'complete' : 'open';
}

function manifestOf({ steps }: RunRecord): string | null {
  return steps.package?.state === 'done' ? (steps.package.outputs[manifestName]?.sha256 ?? null) : null;
}

function hashOf({ steps }: RunRecord, step: 'snapshot' | 'split', figure: string): string | null {
  const made = steps[step];
  const value = made?.state === 'done' ? made.figures[figure] : undefined;
  return typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value) ? value : null;
}

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  html: 'text/html',
  md: 'text/markdown',
  wav: 'audio/wav',
};

/** What nobody should look into by a browser is bytes. */
function mediaTypeOf(name: string): string {
  return mediaTypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}
