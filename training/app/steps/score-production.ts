/** The model in production on the test recordings of a run, through the engine that serves models. */
import { modelManifestSchema, type ModelManifest } from '../../../contract/model-manifest.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import type { ProductionScores } from '../../../contract/training/release.ts';
import type { Snapshot, StoredScore } from '../../../contract/training/run.ts';
import { referenceMfcc } from '../../core/features/mfcc-tables.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import type { ProductionModel } from '../../ports/production-models.ts';
import { describeProblem } from '../describe-problem.ts';
import { verifyModelFiles } from '../verify-model.ts';
import { readSamples } from './featurise.ts';
import { cancelled, parseJson, type StepContext, type StepPorts } from './step.ts';

const { sampleRateHz } = referenceMfcc;

/** What is in production now; undefined where the configuration names no place, or nothing stands there. */
export async function findProduction(
  { evaluate: { production }, model }: TrainingConfiguration,
  ports: StepPorts,
): Promise<Outcome<ProductionModel | undefined>> {
  if (production.kind === 'none') return done(undefined);
  if (ports.production !== undefined) return ports.production.find(production, model.name);
  return refuse(
    'the configuration names a model in production, and no models can be fetched here',
    'Run the step by "npm run train".',
  );
}

/** Scores of the model in production, or why there are none. Refuses a model whose files are damaged. */
export async function scoreProduction(
  context: StepContext,
  { recordings }: Pick<Snapshot, 'recordings'>,
  scored: readonly StoredScore[],
): Promise<Outcome<ProductionScores>> {
  const { configuration, ports, progress } = context;
  const found = await findProduction(configuration, ports);
  if (!found.ok) return found;
  if (found.value === undefined) return done({ state: 'none', reason: reasonOf(configuration) });
  const { source, sha256 } = found.value;
  const files = await found.value.files();
  if (!files.ok) return files;
  const manifest = readManifest(files.value, ports);
  if (manifest === undefined) {
    return refuse(`${source} is not a model of this version's contract`, 'Correct evaluate.production.');
  }
  const named = { name: manifest.name, version: manifest.version, sha256, source };
  const reason = whyNotComparable(manifest, configuration);
  if (reason !== undefined) return done({ ...named, state: 'not-comparable', reason });
  progress(`scoring with the model in production, ${manifest.name} ${manifest.version}`);
  const verified = await verifyModelFiles(files.value, {
    engine: ports.engine,
    recordings: { ...ports.recordings, read: neverRead },
    surroundings: {
      ...ports.surroundings,
      codeVersion: async () => ports.program.codeVersion,
      progress: (line) => progress(line),
    },
  });
  if (!verified.ok) {
    const { what, ...rest } = verified.refusal;
    return { ok: false, refusal: { ...rest, what: `the model in production, ${source}: ${what}` } };
  }
  const tests = scored.filter(({ side, condition }) => side === 'test' && condition === 'clean');
  return scoreAll(context, manifest, files.value, {
    named,
    recordings: tests.map(({ recording }) => ({ recording, ...recordings[recording]! })),
  });
}

function reasonOf({ evaluate: { production }, model }: TrainingConfiguration): string {
  return production.kind === 'registry'
    ? `the registry has nothing under the alias ${production.alias} of ${production.name ?? model.name}`
    : 'the configuration names none (evaluate.production)';
}

function readManifest(files: ModelFiles, { surroundings }: StepPorts): ModelManifest | undefined {
  const bytes = files.get('manifest.json');
  if (bytes === undefined) return undefined;
  const parsed = modelManifestSchema.safeParse(parseJson(surroundings.toText(bytes)));
  return parsed.success ? parsed.data : undefined;
}

function whyNotComparable(
  { input, positiveLabel }: ModelManifest,
  { model, labels }: TrainingConfiguration,
): string | undefined {
  const fields = input.fields.map(({ key }) => key);
  if (fields.length > 0)
    return `it asks for form fields that recordings alone do not give (${fields.join(', ')})`;
  const keys = input.recordings.map(({ key }) => key);
  if (keys.join() !== model.recording)
    return `it takes ${keys.join(' and ')}, and the run ${model.recording}`;
  if (input.sampleRateHz !== sampleRateHz)
    return `it takes ${input.sampleRateHz} Hz, and runs keep recordings at ${sampleRateHz} Hz`;
  if (positiveLabel !== labels.names.positive)
    return `its positive label is "${positiveLabel}", and that of the run "${labels.names.positive}"`;
  return undefined;
}

interface Asked {
  readonly named: Pick<
    Extract<ProductionScores, { state: 'scored' }>,
    'name' | 'version' | 'sha256' | 'source'
  >;
  readonly recordings: readonly ({ readonly recording: number } & Snapshot['recordings'][number])[];
}

async function scoreAll(
  { ports }: StepContext,
  { graph: { file }, input, labels, positiveLabel }: ModelManifest,
  files: ModelFiles,
  { named, recordings }: Asked,
): Promise<Outcome<ProductionScores>> {
  const graph = await ports.engine.open(files.get(file)!);
  if (!graph.ok) return refuseRun(named.source, describeProblem(graph.problem));
  const { key, minimumS, maximumS = Infinity } = input.recordings[0]!;
  const column = labels.indexOf(positiveLabel);
  const scores: { recording: number; score: number }[] = [];
  for (const one of recordings) {
    if (ports.isCancelled?.() === true) return cancelled;
    const samples = await readSamples(ports, one);
    if (!samples.ok) return samples;
    if (samples.value.length < minimumS * sampleRateHz) continue;
    const outputs = await graph.value.run({
      [key]: {
        samples: samples.value.subarray(
          0,
          Math.min(samples.value.length, Math.floor(maximumS * sampleRateHz)),
        ),
        sampleRateHz,
        resampleToHz: sampleRateHz,
      },
    });
    if (!outputs.ok) return refuseRun(named.source, describeProblem(outputs.problem));
    const score = outputs.value['scores']?.data[column];
    if (score === undefined || !Number.isFinite(score)) return refuseRun(named.source, 'it gives no score');
    scores.push({ recording: one.recording, score });
  }
  return done({ ...named, state: 'scored', scores, tooShort: recordings.length - scores.length });
}

function refuseRun(source: string, why: string): Outcome<never> {
  return refuse(
    `the model in production, ${source}, does not run: ${why}`,
    'Correct evaluate.production, or set it to {"kind": "none"}, which the report then says.',
  );
}

async function neverRead(): Promise<never> {
  throw new Error('a model folder is checked by its own files');
}
