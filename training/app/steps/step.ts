/** What every step of a run is, and what it is given. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import type {
  Features,
  RunRecord,
  StepOutputs,
  TrainingEvent,
  TrainingStep,
} from '../../../contract/training/run.ts';
import { refuse, type Outcome } from '../../core/outcome.ts';
import type { Checkpoints } from '../../ports/checkpoints.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Datasets } from '../../ports/datasets.ts';
import type { GraphEngine } from '../../ports/graph-engine.ts';
import type { ProductionModels } from '../../ports/production-models.ts';
import type { ProgramFacts } from '../../ports/program.ts';
import type { Recordings } from '../../ports/recordings.ts';
import type { Runs } from '../../ports/runs.ts';
import type { Surroundings } from '../../ports/surroundings.ts';
import type { TensorEngine } from '../../ports/tensor-engine.ts';

export interface RecordingFeatures {
  readonly clean: Features['clean'][number];
  /** Null for recordings that are trained on; undefined where there are no noise clips. */
  readonly noisy: Features['noisy'][number] | undefined;
}

/** Recordings are named by their places in the snapshot. */
export interface FeaturesWork {
  readonly recordings: number;
  /** What is not in the store is worked out and kept there. */
  keep(place: number): Promise<Outcome<RecordingFeatures>>;
  /** Undefined where not all of it is in the store. */
  known(place: number): Promise<Outcome<RecordingFeatures | undefined>>;
  /** Works the clean features out anew, whatever is in the store: the SHA-256 that they have here. */
  hashAnew(place: number): Promise<Outcome<string>>;
  release(): Promise<void>;
}

export interface StepPorts {
  readonly runs: Runs;
  readonly contents: Contents;
  readonly datasets: Datasets;
  readonly recordings: Pick<Recordings, 'decode' | 'encodeWav' | 'resample'>;
  /** For training, within this process. */
  readonly tensors: TensorEngine;
  /** For what is exported, as it serves. */
  readonly engine: GraphEngine;
  readonly checkpoints: Checkpoints;
  readonly surroundings: Omit<Surroundings, 'progress' | 'codeVersion'>;
  readonly program: ProgramFacts;
  /** Absent where none can be fetched: a configuration that names one is then refused. */
  readonly production?: ProductionModels;
  /**
   * Has other machines put features into the store, as far as they do; absent where there are none. Refuses where what
   * they made cannot be trusted.
   */
  readonly fanOut?: (work: FeaturesWork, context: StepContext) => Promise<Outcome<null>>;
  onEvent?(event: TrainingEvent): void;
  /** Asked between pieces of work: a step that is cancelled goes on later where it can. */
  isCancelled?(): boolean;
}

export type ProgressDetails = Pick<
  TrainingEvent,
  'epoch' | 'trainingStep' | 'loss' | 'secondsLeftAtMost' | 'fit'
>;

export interface StepContext {
  readonly run: RunRecord;
  readonly configuration: TrainingConfiguration;
  /** SHA-256 of all that goes into the step. */
  readonly key: string;
  /** Outputs of the earlier steps that it names. */
  readonly inputs: StepOutputs;
  readonly ports: StepPorts;
  progress(message: string, details?: ProgressDetails): void;
}

export interface StepWork {
  /** Files by name; those of `package` are paths of the model folder under `model/`. */
  readonly outputs: ReadonlyMap<string, Uint8Array>;
  /** What lists of runs show. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** Checkpoints that are removed once the outputs are kept. */
  readonly checkpoints?: readonly string[];
}

export interface StepDefinition {
  readonly name: TrainingStep;
  /** Steps whose outputs it reads. */
  readonly needs: readonly TrainingStep[];
  /** The part of the configuration that it reads. */
  part(configuration: TrainingConfiguration): Json;
  /** What it reads from outside besides, by hash. */
  outside?(configuration: TrainingConfiguration, ports: StepPorts): Promise<Outcome<Json>>;
  work(context: StepContext): Promise<Outcome<StepWork>>;
}

/** Reads an earlier step's JSON output by its schema. */
export async function readInput<T>(
  {
    inputs,
    ports,
  }: {
    readonly inputs: StepOutputs;
    readonly ports: {
      readonly contents: Pick<Contents, 'get'>;
      readonly surroundings: Pick<StepPorts['surroundings'], 'toText'>;
    };
  },
  name: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
): Promise<Outcome<T>> {
  const stored = inputs[name];
  const again = 'Run the steps before this one again.';
  if (stored === undefined) return refuse(`the output ${name} is not there`, again);
  const bytes = await ports.contents.get(stored.sha256);
  if (!bytes.ok) return bytes;
  const parsed = schema.safeParse(parseJson(ports.surroundings.toText(bytes.value)));
  if (parsed.success) return { ok: true, value: parsed.data as T };
  return refuse(`the output ${name} is not what this version of the program writes`, again);
}

/** An output as JSON, one space deep, so that people can read and compare it. */
export function jsonOutput({ surroundings }: Pick<StepPorts, 'surroundings'>, value: unknown): Uint8Array {
  return surroundings.toBytes(`${JSON.stringify(value, null, 1)}\n`);
}

/** Undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const cancelled: Outcome<never> = refuse(
  'the step was cancelled',
  'Run it again: it goes on where it stopped.',
);
