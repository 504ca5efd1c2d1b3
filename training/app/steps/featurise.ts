/** From the samples of a snapshot to windows of features, with noise or without, each worked out once. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import type {
  AudioFacts,
  Snapshot,
  SnapshotRecording,
  Split,
  Stored,
} from '../../../contract/training/run.ts';
import { mixNoise } from '../../core/features/mix-noise.ts';
import { windowGraph } from '../../core/features/recipe-graphs.ts';
import { mixSeeds, randomStream } from '../../core/network/random-streams.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Examples } from '../../ports/examples.ts';
import { describeProblem } from '../describe-problem.ts';
import { bytesOfFloats, floatsOfBytes, hashJson } from './snapshot-step.ts';
import { parseJson, type StepPorts } from './step.ts';
import { noteTrace } from './traces.ts';

export interface WindowFeatures {
  /** [windows, frames, bands] */
  readonly data: Float32Array;
  readonly dims: readonly [number, number, number];
}

export interface Featuriser {
  /** Mono samples at 16 kHz. */
  featurise(samples: Float32Array): Promise<Outcome<WindowFeatures>>;
  release(): Promise<void>;
}

export async function openFeaturiser(
  { tensors }: Pick<StepPorts, 'tensors'>,
  { features }: Pick<TrainingConfiguration, 'features'>,
): Promise<Outcome<Featuriser>> {
  const wayOut = 'Give the process more memory or shorter recordings; if it stays, report it with this line.';
  const opened = await tensors.open(windowGraph(features));
  if (!opened.ok) return refuse(`the features cannot be made: ${describeProblem(opened.problem)}`, wayOut);
  return done({
    async featurise(samples) {
      const outputs = await opened.value.run({ waveform: { data: samples, dims: [samples.length] } });
      if (!outputs.ok) {
        return refuse(`the features cannot be made: ${describeProblem(outputs.problem)}`, wayOut);
      }
      const { data, dims } = outputs.value['features']!;
      return done({ data, dims: dims as [number, number, number] });
    },
    release: () => opened.value.release(),
  });
}

export async function readSamples(
  { contents }: Pick<StepPorts, 'contents'>,
  { samples }: Pick<AudioFacts, 'samples'>,
): Promise<Outcome<Float32Array>> {
  const bytes = await contents.get(samples.sha256);
  return bytes.ok ? done(floatsOfBytes(bytes.value)) : bytes;
}

/** The clips of one side. */
export async function readClips(
  ports: Pick<StepPorts, 'contents'>,
  { noises }: Pick<Snapshot, 'noises'>,
  split: Split,
  side: Split['noises'][number],
): Promise<Outcome<readonly Float32Array[]>> {
  const chosen = noises.filter((_, index) => split.noises[index] === side);
  const clips: Float32Array[] = [];
  for (const noise of chosen.length > 0 ? chosen : noises) {
    const samples = await readSamples(ports, noise);
    if (!samples.ok) return samples;
    clips.push(samples.value);
  }
  return done(clips);
}

export interface KeptFeatures {
  readonly windows: number;
  readonly content: Stored;
}

/** What shapes features, beside code, samples and clips. */
export interface FeaturesRecipe extends Pick<TrainingConfiguration, 'features' | 'noise'> {
  /** Whether it is noted what was made of whom. */
  readonly isTraced: boolean;
}

export interface KeepInput {
  readonly ports: Pick<StepPorts, 'contents' | 'surroundings'>;
  /** Of the sources that shape features. */
  readonly codeSha256: string;
  readonly recipe: FeaturesRecipe;
  readonly featuriser: Featuriser;
  readonly recording: SnapshotRecording;
  /** Absent for clean features. */
  readonly noise?: { readonly clips: readonly Float32Array[]; readonly clipsSha256: string };
}

/** Features of a recording as content, by the hash of everything that shapes them. */
export async function keepFeatures(input: KeepInput): Promise<Outcome<KeptFeatures>> {
  const { ports } = input;
  const before = await knownFeatures(input);
  if (!before.ok) return before;
  if (before.value !== undefined) return noteOrigin(input, before.value);
  const features = await makeFeatures(input);
  if (!features.ok) return features;
  const content = await ports.contents.put(bytesOfFloats(features.value.data));
  if (!content.ok) return content;
  const kept = { windows: features.value.dims[0], content: content.value };
  const noted = await noteOrigin(input, kept);
  if (!noted.ok) return noted;
  const remembered = await ports.contents.remember(keyOf(input), JSON.stringify(kept));
  return remembered.ok ? done(kept) : remembered;
}

/** Those that are in the store; undefined where they are to be made. */
export async function knownFeatures(input: KeepInput): Promise<Outcome<KeptFeatures | undefined>> {
  const { contents } = input.ports;
  const known = await contents.recall(keyOf(input));
  if (!known.ok) return known;
  const before = known.value === undefined ? undefined : (parseJson(known.value) as KeptFeatures | undefined);
  if (before === undefined) return done(undefined);
  const isThere = await contents.has(before.content.sha256);
  return done(isThere.ok && isThere.value ? before : undefined);
}

function keyOf({ ports, codeSha256, recipe, recording, noise }: KeepInput): string {
  const { peak, seed, evaluation } = recipe.noise;
  return hashJson(ports, {
    features: recipe.features,
    samples: recording.samples.sha256,
    noise: noise === undefined ? null : { clips: noise.clipsSha256, peak, seed, count: evaluation },
    code: codeSha256,
  } as unknown as Json);
}

/** Works them out, whatever is in the store. */
export async function makeFeatures(input: KeepInput): Promise<Outcome<WindowFeatures>> {
  const { ports, recipe, featuriser, recording, noise } = input;
  const { peak, seed, evaluation } = recipe.noise;
  const samples = await readSamples(ports, recording);
  if (!samples.ok) return samples;
  const heard =
    noise === undefined
      ? samples.value
      : mixNoise(
          samples.value,
          noise.clips,
          { count: evaluation, peak },
          randomStream(seed, purposes.evaluation, seedOf(recording)),
        );
  return featuriser.featurise(heard);
}

/** Also of what another process has made: notes of one recording may have been written by two at once. */
async function noteOrigin(
  { ports, recipe, recording }: KeepInput,
  kept: KeptFeatures,
): Promise<Outcome<KeptFeatures>> {
  if (!recipe.isTraced) return done(kept);
  const noted = await noteTrace(ports, recording.samples.sha256, [kept.content.sha256]);
  return noted.ok ? done(kept) : noted;
}

/** First numbers of the random streams of noise. */
const purposes = { training: 1, evaluation: 2 } as const;

/** 32 bits that are the recording's own, so that every model hears the same noise in the same file. */
function seedOf({ audioSha256 }: Pick<SnapshotRecording, 'audioSha256'>): number {
  return mixSeeds(parseInt(audioSha256.slice(0, 8), 16), parseInt(audioSha256.slice(8, 16), 16));
}

interface ExamplesInput {
  readonly ports: StepPorts;
  readonly configuration: TrainingConfiguration;
  readonly featuriser: Featuriser;
  /** Recordings of one side with their clean features. */
  readonly recordings: readonly SnapshotRecording[];
  readonly clean: readonly KeptFeatures[];
  /** In the recordings' order. */
  readonly labels: readonly boolean[];
  readonly clips: readonly Float32Array[];
  readonly clipsSha256: string;
  /** Whether noise is drawn afresh in each epoch; else it is that of the file. */
  readonly isFresh: boolean;
}

const cacheBytes = 2 ** 30;

/**
 * Recordings as the trainer sees them: clean features where the recipe adds no noise to their true class, else noise
 * mixed into the samples and featurised. Noise goes by the true class also where labels are permuted: it belongs to the
 * recipe of the data.
 */
export function recordingExamples(input: ExamplesInput): Examples {
  const { ports, configuration, featuriser, recordings, clean, labels, clips, isFresh } = input;
  const { noise } = configuration;
  const kept = new Map<string, Float32Array>();
  let keptBytes = 0;
  const keep = (name: string, data: Float32Array): Float32Array => {
    if (keptBytes + data.byteLength <= cacheBytes) {
      kept.set(name, data);
      keptBytes += data.byteLength;
    }
    return data;
  };
  const countOf = ({ isPositive }: SnapshotRecording): number =>
    clips.length === 0 ? 0 : noise.training[isPositive ? 'positive' : 'negative'];
  const sha256 = hashJson(ports, {
    recordings: recordings.map((recording, index) => ({
      samples: recording.samples.sha256,
      label: labels[index]!,
      noise: countOf(recording),
    })),
    noise: isFresh
      ? { peak: noise.peak, seed: noise.seed }
      : { peak: noise.peak, seed: noise.seed, still: true },
    clips: input.clipsSha256,
    features: configuration.features,
    code: ports.program.codeOf.features,
  } as unknown as Json);
  return {
    sha256,
    isPositive: labels,
    async read(index, epoch) {
      const recording = recordings[index]!;
      const count = countOf(recording);
      const name = count > 0 && isFresh ? `samples ${index}` : `features ${index}`;
      const before = kept.get(name);
      if (before !== undefined && name.startsWith('features')) return done(before);
      if (count === 0) {
        const bytes = await ports.contents.get(clean[index]!.content.sha256);
        return bytes.ok ? done(keep(name, floatsOfBytes(bytes.value))) : bytes;
      }
      const read = before === undefined ? await readSamples(ports, recording) : done(before);
      if (!read.ok) return read;
      const samples = read.value;
      if (isFresh && before === undefined) keep(name, samples);
      const random = randomStream(noise.seed, purposes.training, isFresh ? epoch + 1 : 0, seedOf(recording));
      const features = await featuriser.featurise(
        mixNoise(samples, clips, { count, peak: noise.peak }, random),
      );
      if (!features.ok) return features;
      return done(isFresh ? features.value.data : keep(name, features.value.data));
    },
  };
}
