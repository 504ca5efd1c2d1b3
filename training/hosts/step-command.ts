/** `npm run train -- <step> --run ID` and `run`: reads options and configuration, wires the ports, tells events. */
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  trainingConfigurationSchema,
  type TrainingConfiguration,
} from '../../contract/training/configuration.ts';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import {
  runIdSchema,
  trainingSteps,
  type RunRecord,
  type TrainingEvent,
  type TrainingStep,
} from '../../contract/training/run.ts';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskCheckpoints } from '../adapters/disk/checkpoints.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { diskDatasets } from '../adapters/disk/datasets.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { diskRuns } from '../adapters/disk/runs.ts';
import { readTextFile } from '../adapters/disk/text-files.ts';
import { tarPackages } from '../adapters/model-packages/model-packages.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { engineThreads, onnxTensorEngine } from '../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import type { RegistryConnection } from '../adapters/registry-http/connection.ts';
import { registryDatasets } from '../adapters/registry-http/datasets.ts';
import { registryModels } from '../adapters/registry-http/models-client.ts';
import { registryPortions } from '../adapters/registry-http/portions.ts';
import { describeProgram } from '../adapters/system/program.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { systemTimers } from '../adapters/system/timers.ts';
import { fanOutFeatures } from '../app/portions/fan-out.ts';
import { productionModels } from '../app/release/production-models.ts';
import { importWeights } from '../app/steps/imported-weights.ts';
import { openRun, runSteps } from '../app/steps/pipeline.ts';
import type { StepPorts } from '../app/steps/step.ts';
import { trackRuns } from '../app/tracking/track-runs.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import { openTrackers, trackingHelp } from './tracking.ts';
import type { Contents } from '../ports/contents.ts';
import { progressLine, readSeconds, reportRefusal, usageError, type Command } from './command.ts';
import { nameOfCaller, openRegistry, registryHelp, registryOptions } from './registry-access.ts';

const longestOrigin = 500;

/** For the end of a piece of work that nobody waits for any more. */
const graceMs = 30_000;

const usualPatienceS = 20;

export const defaultStore = join('data', 'training');

const help = `Usage: npm run train -- run --run ID --config FILE [options]
       npm run train -- import --run ID --config FILE --weights FILE --origin TEXT [options]
       npm run train -- ${trainingSteps.join('|')} --run ID [options]

"run" does all steps and starts again where it stopped; a step of which nothing has changed is not done again.
A single step needs those before it: ${trainingSteps.join(', ')}.
"import" takes weights that were trained elsewhere, on the network and features of the configuration, in the place of
"fit"; "run" then does the steps that are left. Keep the participants of validation and test away from there.

  --run ID         small letters, digits, ".", "_" and "-"
  --config FILE    JSON; needed where the run is not there yet, else it replaces the run's configuration
  --parent ID      the run that this one comes from
  --store FOLDER   where runs and their outputs are kept (default ${defaultStore})
  --folder FOLDER  where relative paths of the configuration start (default: the folder of FILE)
  --json           events on standard output, one JSON object a line
  --on-behalf-of NAME  who else has this run done, and may not approve its model; may be repeated
  --weights FILE   for import: safetensors, with the names of training/fixtures/export-reference-network.py
  --origin TEXT    for import: where and how they were trained, for the card
  --workers registry  has features worked out by workers ("worker --help") that share the store; the same bits come out
                   (default: SPIRA_TRAINING_WORKERS; without either, this process works them out)
  --wait-for-workers SECONDS  without any worker for so long, portions are worked out here (default ${usualPatienceS})
  --attended       stops when standard input ends, as it does when whoever started it has died
${registryHelp}
Outputs stand in FOLDER/runs/ID/outputs: report.html, report.json, scores.json, model/ and others.

${trackingHelp}
Exit codes: ${trainingExitCodes.done} done, ${trainingExitCodes.refused} refused, ${trainingExitCodes.wrongOptions} wrong options, ${trainingExitCodes.refusedByGate} the gate does not let the model pass,
${trainingExitCodes.inUse} another process works on the run, ${trainingExitCodes.cancelled} stopped by a signal; the run goes on when it is started again.
`;

const options = {
  run: { type: 'string' },
  config: { type: 'string' },
  parent: { type: 'string' },
  store: { type: 'string' },
  folder: { type: 'string' },
  json: { type: 'boolean' },
  weights: { type: 'string' },
  origin: { type: 'string' },
  attended: { type: 'boolean' },
  workers: { type: 'string' },
  'wait-for-workers': { type: 'string' },
  'on-behalf-of': { type: 'string', multiple: true },
  ...registryOptions,
  help: { type: 'boolean', short: 'h' },
} as const;

/** `npm run train -- import`: all up to the fit, whose place the given weights take. */
export const runImport: Command = stepCommand(trainingSteps.slice(0, trainingSteps.indexOf('fit') + 1), true);

/** The command of one step, or of all. */
export function stepCommand(steps: readonly TrainingStep[], imports = false): Command {
  return async (args) => {
    const helpCommand = 'npm run train -- run --help';
    let values;
    try {
      ({ values } = parseArgs({ args: [...args], options, strict: true }));
    } catch (error) {
      return usageError((error as Error).message, helpCommand);
    }
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    if (values.run === undefined) return usageError('--run is missing', helpCommand);
    if (!runIdSchema.safeParse(values.run).success) {
      return usageError(`--run "${values.run}" cannot name a run`, helpCommand);
    }
    const { weights, origin = '' } = values;
    if (!imports && (weights ?? values.origin) !== undefined) {
      return usageError('--weights and --origin belong to "import"', helpCommand);
    }
    if (imports && (weights === undefined || origin.trim() === '' || origin.length > longestOrigin)) {
      return usageError(`--weights and --origin (up to ${longestOrigin} letters) are needed`, helpCommand);
    }
    const configuration =
      values.config === undefined ? done(undefined) : await readConfiguration(values.config);
    if (!configuration.ok) return reportRefusal(configuration.refusal);
    const workers = values.workers ?? (process.env['SPIRA_TRAINING_WORKERS'] || undefined);
    if (workers !== undefined && workers !== 'registry') {
      return usageError(`workers are asked for by "registry", not by "${workers}"`, helpCommand);
    }
    const patience = readSeconds(values['wait-for-workers'] ?? String(usualPatienceS));
    if (patience === undefined) {
      return usageError('--wait-for-workers takes a number of seconds', helpCommand);
    }
    const connection = await openRegistry(values);
    if (!connection.ok) return reportRefusal(connection.refusal);
    if (workers !== undefined && connection.value === undefined) {
      return usageError('--workers registry needs --registry', helpCommand);
    }
    return doSteps(steps, {
      ...(workers === undefined ? {} : { workersPatienceMs: patience * 1000 }),
      id: values.run,
      store: resolve(values.store ?? defaultStore),
      isJson: values.json === true,
      isAttended: values.attended === true,
      trainers: [nameOfCaller(values), ...(values['on-behalf-of'] ?? [])],
      ...(weights === undefined ? {} : { weights: { file: weights, origin: origin.trim() } }),
      connection: connection.value,
      ...(values.parent === undefined ? {} : { parent: values.parent }),
      ...(configuration.value === undefined || values.config === undefined
        ? {}
        : {
            configuration: configuration.value,
            folder: resolve(values.folder ?? dirname(values.config)),
          }),
    });
  };
}

export interface StepsRequest {
  readonly id: string;
  readonly store: string;
  readonly isJson: boolean;
  readonly isAttended: boolean;
  readonly trainers: readonly string[];
  readonly weights?: { readonly file: string; readonly origin: string };
  readonly connection: RegistryConnection | undefined;
  /** Has workers of the registry work out features; without any for so long, it does so itself. */
  readonly workersPatienceMs?: number;
  readonly parent?: string;
  readonly configuration?: TrainingConfiguration;
  readonly folder?: string;
}

/** Does the steps and says on stderr how far they are; the exit code. */
export async function doSteps(steps: readonly TrainingStep[], request: StepsRequest): Promise<number> {
  const { store } = request;
  const surroundings = systemSurroundings(progressLine);
  const engine = onnxEngine(encodeOnnx);
  let isCancelled = false;
  const cancel = (): void => {
    // The second signal ends the process: the first one waits for the end of a piece of work.
    if (isCancelled) process.exit(trainingExitCodes.cancelled);
    isCancelled = true;
    progressLine('stopping after this piece of work; once more stops at once');
  };
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  const leaveParent = request.isAttended ? watchParent(cancel) : (): void => undefined;
  try {
    const threads = await threadsOf(request);
    const contents = diskContents(store);
    const trackers = openTrackers(request.connection);
    const basis = {
      runs: trackRuns(diskRuns(join(store, 'runs')), { contents, surroundings, trackers }),
      contents,
      recordings: audioFiles(store),
      tensors: onnxTensorEngine(encodeOnnx, { threads }),
      engine,
      checkpoints: diskCheckpoints(join(store, 'checkpoints')),
      surroundings,
      program: await describeProgram(await surroundings.codeVersion(), { threads }),
      onEvent: request.isJson ? jsonEvent : lineEvent,
      isCancelled: () => isCancelled,
      ...fanOutOf(request, threads),
    };
    const { connection } = request;
    const datasetsOf = (folder: string) =>
      registryDatasets({ connection, beside: diskDatasets(folder), contents });
    const opened = await openRun(request, { ...basis, datasets: datasetsOf(request.folder ?? store) });
    if (!opened.ok) return reportRefusal(opened.refusal);
    const prepared = await takeImport(opened.value, request, basis);
    if (!prepared.ok) return reportRefusal(prepared.refusal);
    const { folder } = prepared.value;
    const outcome = await runSteps(prepared.value, steps, {
      ...basis,
      datasets: datasetsOf(folder),
      production: productionModels({
        folders: diskModelFolders(folder),
        packages: tarPackages,
        sha256: surroundings.sha256,
        ...(request.connection === undefined ? {} : { registry: registryModels(request.connection) }),
      }),
    });
    if (!outcome.ok) {
      const code = reportRefusal(outcome.refusal);
      return isCancelled ? trainingExitCodes.cancelled : code;
    }
    if (!request.isJson) {
      process.stdout.write(`${request.id}: outputs in ${join(store, 'runs', request.id, 'outputs')}\n`);
    }
    return 0;
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    leaveParent();
    await engine.close();
  }
}

function fanOutOf(
  { connection, workersPatienceMs }: StepsRequest,
  threads: number,
): Pick<StepPorts, 'fanOut'> {
  if (connection === undefined || workersPatienceMs === undefined) return {};
  const fanOut = {
    portions: registryPortions(connection),
    timers: systemTimers,
    worker: randomUUID(),
    threads,
    patienceMs: workersPatienceMs,
  };
  return { fanOut: (work, context) => fanOutFeatures(work, context, fanOut) };
}

/** Of the configuration that the steps will have: the given one, else that of the run. */
async function threadsOf({ id, store, configuration }: StepsRequest): Promise<number> {
  const before = configuration === undefined ? await diskRuns(join(store, 'runs')).read(id) : done(undefined);
  const { engine } = configuration ?? (before.ok ? before.value?.configuration : undefined) ?? {};
  return engine?.threads ?? engineThreads();
}

async function takeImport(
  record: RunRecord,
  { weights }: StepsRequest,
  ports: { readonly contents: Contents },
): Promise<Outcome<RunRecord>> {
  if (weights === undefined) return done(record);
  const { file, origin } = weights;
  const bytes = await diskDatasets('.').read(file);
  if (!bytes.ok) return bytes;
  return bytes.value === undefined
    ? refuse(`${file} is not there, or cannot be read`, 'Check the path.')
    : importWeights(record, { bytes: bytes.value, origin }, ports);
}

/** A configuration file by its schema: every unknown key and wrong value by its path. */
async function readConfiguration(path: string): Promise<Outcome<TrainingConfiguration>> {
  const text = await readTextFile(path);
  if (!text.ok) return text;
  let json: unknown;
  try {
    json = JSON.parse(text.value);
  } catch (error) {
    return refuse(`${path} is not JSON (${(error as Error).message})`, 'Correct it.');
  }
  const parsed = trainingConfigurationSchema.safeParse(json);
  if (parsed.success) return done(parsed.data);
  return refuse(
    `${path} is not the configuration of a training run`,
    'Correct what is named; whatever is left out is that of the reference recipe.',
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'configuration'}: ${issue.message}`),
  );
}

/** A parent that died by whatever cause closes its end of standard input. */
function watchParent(cancel: () => void): () => void {
  const { stdin } = process;
  const onEnd = (): void => {
    cancel();
    setTimeout(() => process.exit(trainingExitCodes.cancelled), graceMs).unref();
  };
  stdin.on('end', onEnd).on('error', onEnd).resume();
  return () => void stdin.off('end', onEnd).off('error', onEnd).destroy();
}

function jsonEvent(event: TrainingEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function lineEvent({ step, message }: TrainingEvent): void {
  progressLine(`${step}: ${message}`);
}
