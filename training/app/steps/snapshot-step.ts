import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import {
  snapshotSchema,
  type AudioFacts,
  type DataDefect,
  type Snapshot,
  type SnapshotRecording,
} from '../../../contract/training/run.ts';
import { referenceMfcc } from '../../core/features/mfcc-tables.ts';
import { participantsPerClass } from '../../core/fit/folds.ts';
import { countDefects, judgeRecordings } from '../../core/snapshot/judge.ts';
import { measureLevels, type Levels } from '../../core/snapshot/levels.ts';
import type { ListedEntry, SourceListing } from '../../core/snapshot/listed.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { describeProblem } from '../describe-problem.ts';
import { openSoundMeter, type SoundMeter } from './sound.ts';
import { eraseTraces, noteTrace } from './traces.ts';
import {
  cancelled,
  jsonOutput,
  parseJson,
  readInput,
  type StepContext,
  type StepDefinition,
  type StepPorts,
} from './step.ts';

/**
 * Freezes the data: every recording decoded, mixed down, resampled and kept by hash, with its label and the label's
 * source; what is left out stands beside it with its reason. Nothing after this step reads the source.
 */
export const snapshotStep: StepDefinition = {
  name: 'snapshot',
  needs: [],
  part: ({ data, labels, audio, defects }) => ({ data, labels, audio, defects }) as unknown as Json,
  async outside({ data, labels }, ports) {
    const listing = await ports.datasets.list(data, labels);
    if (!listing.ok) return listing;
    const { entries, noises, defects, namesSubjects } = listing.value;
    const hashOf = async (file: string): Promise<Outcome<string | null>> => {
      const bytes = await ports.datasets.read(file);
      if (!bytes.ok) return bytes;
      return done(bytes.value === undefined ? null : ports.surroundings.sha256(bytes.value));
    };
    const files: Json[] = [];
    for (const { file, sha256: known, ...entry } of entries) {
      const sha256 = known === undefined ? await hashOf(file) : done(known);
      if (!sha256.ok) return sha256;
      files.push({ ...entry, sha256: sha256.value });
    }
    const clips: Json[] = [];
    for (const { name, file } of noises) {
      const sha256 = await hashOf(file);
      if (!sha256.ok) return sha256;
      clips.push({ name, sha256: sha256.value });
    }
    return done({ files, clips, defects, namesSubjects } as unknown as Json);
  },
  async work(context) {
    const { configuration, ports, progress } = context;
    const listing = await ports.datasets.list(configuration.data, configuration.labels);
    if (!listing.ok) return listing;
    const erased = await eraseWithdrawn(listing.value, context);
    if (!erased.ok) return erased;
    const read = await readAll(context, listing.value);
    if (!read.ok) return read;
    const { recordings, defects, noises, cut, sounds } = read.value;
    const { namesSubjects } = listing.value;
    const judged = judgeRecordings({ recordings, defects, namesSubjects, sounds, configuration });
    if (!judged.ok) return judged;
    const { exclusions } = judged.value;
    for (const { kind, name, reason } of exclusions) progress(`left out ${name}: ${kind}, ${reason}`);
    const kept = byContent(judged.value.kept);
    const [positive, negative] = participantsPerClass(kept);
    if (positive === 0 || negative === 0) {
      return refuse(
        `recordings of both classes are needed; ${positive} positive and ${negative} negative participants are left`,
        'Correct labels or data.',
        exclusions.map(({ kind, name, reason }) => `${name}: ${kind}, ${reason}`),
      );
    }
    const gone = await goneSince(context, kept);
    for (const name of gone) progress(`gone since the last snapshot: ${name}`);
    const dataHash = hashJson(ports, {
      recordings: kept.map(({ audioSha256, subject, isPositive }) => ({ audioSha256, subject, isPositive })),
      noises: noises.map(({ audioSha256 }) => audioSha256),
    });
    const snapshot: Snapshot = {
      format: 1,
      recordings: [...kept],
      noises: [...noises],
      exclusions: [...exclusions],
      namesSubjects,
      cut: kept.filter(({ name }) => cut.has(name)).length,
      dataHash,
    };
    progress(
      `${kept.length} recordings of ${positive} positive and ${negative} negative participants, ${noises.length} noise clips; left out: ${exclusions.length === 0 ? 'none' : countDefects(exclusions)}`,
    );
    return done({
      outputs: new Map([['snapshot.json', jsonOutput(ports, snapshot)]]),
      figures: {
        recordings: kept.length,
        excluded: exclusions.length,
        ...(gone.length === 0 ? {} : { 'gone since the last snapshot': gone.length }),
        dataHash,
      },
    });
  },
};

/** Recordings, samples and features of sessions that were called back, of whatever run they were made for. */
async function eraseWithdrawn(
  { withdrawn = [] }: SourceListing,
  { ports, progress }: StepContext,
): Promise<Outcome<null>> {
  for (const session of withdrawn) {
    const erased = await eraseTraces(ports, session);
    if (!erased.ok) return erased;
    if (erased.value > 0) progress(`removed from the store: ${erased.value} files of session ${session}`);
  }
  return done(null);
}

/** Recordings of the run's snapshot before this one that are in it no more: withdrawn, relabelled, or defective now. */
async function goneSince(
  { run, ports }: StepContext,
  kept: readonly SnapshotRecording[],
): Promise<readonly string[]> {
  const { snapshot } = run.steps;
  if (snapshot?.state !== 'done') return [];
  const before = await readInput({ inputs: snapshot.outputs, ports }, 'snapshot.json', snapshotSchema);
  if (!before.ok) return [];
  const names = new Set(kept.map(({ name }) => name));
  return before.value.recordings.map(({ name }) => name).filter((name) => !names.has(name));
}

interface Prepared extends Omit<AudioFacts, 'name'>, Levels {
  readonly isCut: boolean;
  /** Mean of each statistic over the recording; empty for one too short to have any. */
  readonly sound: readonly number[];
}

interface ReadSource {
  readonly recordings: readonly SnapshotRecording[];
  readonly noises: readonly AudioFacts[];
  readonly defects: readonly DataDefect[];
  readonly cut: ReadonlySet<string>;
  readonly sounds: ReadonlyMap<string, readonly number[]>;
}

async function readAll(context: StepContext, listing: SourceListing): Promise<Outcome<ReadSource>> {
  const meter = await openSoundMeter(context.ports);
  if (!meter.ok) return meter;
  try {
    return await readSources(context, listing, meter.value);
  } finally {
    await meter.value.release();
  }
}

async function readSources(
  context: StepContext,
  listing: SourceListing,
  meter: SoundMeter,
): Promise<Outcome<ReadSource>> {
  const { configuration, ports, progress } = context;
  const { positive, negative } = configuration.labels;
  const defects: DataDefect[] = [...listing.defects];
  const recordings: SnapshotRecording[] = [];
  const cut = new Set<string>();
  const sounds = new Map<string, readonly number[]>();
  for (const [index, entry] of listing.entries.entries()) {
    if (ports.isCancelled?.() === true) return cancelled;
    if (index % 100 === 0) progress(`reading recording ${index + 1} of ${listing.entries.length}`);
    const { name, label } = entry;
    if (label !== positive && label !== negative) {
      defects.push({ kind: 'unknown-label', name, reason: `its label "${label}" is not one of the two` });
      continue;
    }
    const prepared = await prepare(entry.file, configuration.audio.maximumS, ports, meter);
    if (!prepared.ok) return prepared;
    if ('kind' in prepared.value) {
      defects.push({ ...prepared.value, name });
      continue;
    }
    if (entry.session !== undefined) {
      const { fileSha256, samples } = prepared.value;
      const noted = await noteTrace(ports, entry.session, [fileSha256, samples.sha256]);
      if (!noted.ok) return noted;
    }
    const { isCut, sound, ...facts } = prepared.value;
    if (isCut) cut.add(name);
    if (sound.length > 0) sounds.set(name, sound);
    recordings.push(recordingOf(entry, facts, label === positive));
  }
  const noises: AudioFacts[] = [];
  for (const { name, file } of listing.noises) {
    const prepared = await prepare(file, configuration.audio.maximumS, ports, meter);
    if (!prepared.ok) return prepared;
    if ('kind' in prepared.value) {
      defects.push({ ...prepared.value, name });
      continue;
    }
    const { fileSha256, audioSha256, samples, durationS, sampleRateHz, source } = prepared.value;
    noises.push({ name, fileSha256, audioSha256, samples, durationS, sampleRateHz, source });
  }
  return done({ recordings, noises, defects, cut, sounds });
}

function recordingOf(
  { name, subject, labelSource, groups }: ListedEntry,
  facts: Omit<Prepared, 'isCut' | 'sound'>,
  isPositive: boolean,
): SnapshotRecording {
  return { name, ...facts, subject, isPositive, labelSource, groups: { ...groups } };
}

/** Decodes a file once for all runs: what was made of the same bytes before is known by their hash. */
async function prepare(
  file: string,
  maximumS: number,
  ports: StepPorts,
  meter: SoundMeter,
): Promise<Outcome<Prepared | Pick<DataDefect, 'kind' | 'reason'>>> {
  const read = await ports.datasets.read(file);
  if (!read.ok) return read;
  const bytes = read.value;
  if (bytes === undefined) return done({ kind: 'missing-file', reason: 'not there, or not readable' });
  const { sampleRateHz: rateHz } = referenceMfcc;
  const fileSha256 = ports.surroundings.sha256(bytes);
  const key = hashJson(ports, {
    prepared: fileSha256,
    rateHz,
    maximumS,
    code: ports.program.codeOf.snapshot,
  });
  const known = await ports.contents.recall(key);
  if (!known.ok) return known;
  const before = known.value === undefined ? undefined : (parseJson(known.value) as Prepared | undefined);
  if (before !== undefined) {
    const isThere = await ports.contents.has(before.samples.sha256);
    if (isThere.ok && isThere.value) return done(before);
  }
  const audio = await ports.recordings.decode(bytes);
  if (!audio.ok) return done({ kind: 'unreadable-audio', reason: describeProblem(audio.problem) });
  const { sampleRateHz, audioSha256, source } = audio.value;
  const own = audio.value.samples.subarray(0, Math.floor(maximumS * sampleRateHz));
  const samples = ports.recordings.resample(own, sampleRateHz, rateHz);
  const stored = await ports.contents.put(bytesOfFloats(samples));
  if (!stored.ok) return stored;
  const sound = await meter.measure(samples);
  if (!sound.ok) return sound;
  const prepared: Prepared = {
    fileSha256,
    audioSha256,
    samples: stored.value,
    durationS: own.length / sampleRateHz,
    sampleRateHz,
    source,
    ...measureLevels(samples, rateHz),
    isCut: own.length < audio.value.samples.length,
    sound: sound.value,
  };
  const remembered = await ports.contents.remember(key, JSON.stringify(prepared));
  return remembered.ok ? done(prepared) : remembered;
}

/** The order of a list shall not matter to sums and draws. */
function byContent(recordings: readonly SnapshotRecording[]): readonly SnapshotRecording[] {
  const place = ({ audioSha256, name }: SnapshotRecording): string => `${audioSha256} ${name}`;
  return [...recordings].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Little-endian float32, as every machine that runs this has them in memory. */
export function bytesOfFloats(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A copy, so that the numbers start where a float may. */
export function floatsOfBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

export function hashJson({ surroundings }: Pick<StepPorts, 'surroundings'>, value: Json): string {
  return surroundings.sha256(surroundings.toBytes(canonicalJson(value)));
}

/** Whether the configuration asks for noise in training. */
export function wantsNoise({ noise }: Pick<TrainingConfiguration, 'noise'>): boolean {
  return noise.training.negative + noise.training.positive > 0;
}
