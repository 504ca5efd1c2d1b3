/** A model that somebody logged with MLflow as ONNX becomes a model folder, where its graph is what the contract asks for. */
import { modelManifestSchema, windowSpans, type ModelManifest } from '../../contract/model-manifest.ts';
import { modelDescriptionSchema, type ModelDescription } from '../../contract/training/model-description.ts';
import { goldenVoices, synthesise } from '../core/model/golden-voices.ts';
import { whyNotOurs } from '../core/model/graph-facts.ts';
import { renderImportedCard } from '../core/model/imported-card.ts';
import { readMlmodel, type LoggedModel } from '../core/model/mlmodel.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import type { GraphEngine, OpenGraph } from '../ports/graph-engine.ts';
import type { ModelFiles, ModelFolders } from '../ports/model-folders.ts';
import type { OnnxReader, ReadGraph } from '../ports/onnx-reader.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { describeProblem } from './describe-problem.ts';
import { verifyModelFiles } from './verify-model.ts';

interface ImportModelPorts {
  readonly engine: GraphEngine;
  readonly recordings: Recordings;
  readonly surroundings: Surroundings;
  readonly folders: ModelFolders;
  readonly reader: OnnxReader;
}

interface ImportModelRequest {
  /** Holds MLmodel and the graph. */
  readonly folder: string;
  /** JSON of a ModelDescription. */
  readonly description: string;
  readonly out: string;
}

const marker = 'MLmodel';
const seed = 1;
const wayOut = 'Export the graph anew as the model contract asks (docs/training.md), and log it again.';

export async function importModel(
  { folder, description: text, out }: ImportModelRequest,
  ports: ImportModelPorts,
): Promise<Outcome<ModelManifest>> {
  const description = readDescription(text);
  if (!description.ok) return description;
  const free = await ports.folders.checkFree(out);
  if (!free.ok) return free;
  const files = await ports.folders.read(folder, marker);
  if (!files.ok) return files;
  const logged = readMlmodel(ports.surroundings.toText(files.value.get(marker)!));
  if (!logged.ok) return logged;
  const graph = readGraph(files.value, logged.value, ports.reader);
  if (!graph.ok) return graph;
  const faults = whyNotOurs(graph.value.facts, description.value);
  if (faults.length > 0) return refuse('the graph is not what the model contract asks for', wayOut, faults);
  const opened = await ports.engine.open(graph.value.encoded);
  if (!opened.ok) return refuse(`the graph does not load: ${describeProblem(opened.problem)}`, wayOut);
  const golden = await makeGolden(description.value, graph.value, opened.value, ports);
  if (!golden.ok) return golden;
  return write(
    { description: description.value, logged: logged.value, graph: graph.value, golden: golden.value, out },
    ports,
  );
}

function readDescription(text: string): Outcome<ModelDescription> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse(`the description is not JSON (${(error as Error).message})`, 'Correct it.');
  }
  const parsed = modelDescriptionSchema.safeParse(json);
  if (parsed.success) return done(parsed.data);
  return refuse(
    'the description does not say what the model contract asks for',
    'Correct what is named; docs/training.md has an example.',
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'description'}: ${issue.message}`),
  );
}

function readGraph(files: ModelFiles, { graph }: LoggedModel, reader: OnnxReader): Outcome<ReadGraph> {
  const bytes = files.get(graph);
  if (bytes === undefined)
    return refuse(`MLmodel names ${graph}, which is not in the folder`, 'Copy the folder again.');
  const start = graph.slice(0, graph.lastIndexOf('/') + 1);
  const beside = [...files].flatMap(([path, content]) =>
    path.startsWith(start) ? [[path.slice(start.length), content] as const] : [],
  );
  return reader.read(bytes, new Map(beside));
}

interface Golden {
  readonly cases: ModelManifest['golden'];
  readonly wavs: ReadonlyMap<string, Uint8Array>;
}

async function makeGolden(
  { input: { recordings, sampleRateHz }, labels, window }: ModelDescription,
  { facts }: ReadGraph,
  graph: OpenGraph,
  ports: ImportModelPorts,
): Promise<Outcome<Golden>> {
  const givesWindows = facts.outputs.some(({ name }) => name === 'window_scores');
  const minimumS = Math.max(0.1, ...recordings.map((one) => one.minimumS));
  const maximumS = Math.min(...recordings.map((one) => one.maximumS ?? Infinity));
  const { lengthS, stepS } = window ?? { lengthS: minimumS, stepS: minimumS };
  const cases: Golden['cases'] = [];
  const wavs = new Map<string, Uint8Array>();
  for (const voice of goldenVoices(minimumS, lengthS, stepS)) {
    const durationS = Math.min(voice.durationS, maximumS);
    const samples = synthesise({ ...voice, durationS }, sampleRateHz, seed);
    const path = `golden/${voice.name}.wav`;
    const waveform = { samples, sampleRateHz, resampleToHz: sampleRateHz };
    const outputs = await graph.run(Object.fromEntries(recordings.map(({ key }) => [key, waveform])));
    const what = `${durationS.toFixed(2)} s of a synthetic voice`;
    if (!outputs.ok)
      return refuse(`the graph does not run on ${what}: ${describeProblem(outputs.problem)}`, wayOut);
    const scores = Array.from(outputs.value['scores']?.data ?? []);
    if (scores.length !== labels.length || !scores.every(Number.isFinite)) {
      return refuse(
        `the graph gives the scores [${scores.join(', ')}] for ${what}: one number for each of ${labels.join(', ')} is asked for`,
        wayOut,
      );
    }
    const rows = rowsOf(outputs.value['window_scores']?.data ?? new Float32Array(), labels.length);
    if (givesWindows && window !== undefined) {
      const spans = recordings.length * windowSpans(samples.length / sampleRateHz, window).length;
      if (rows.length !== spans) {
        return refuse(
          `the graph gives ${rows.length} windows for ${what}, and the description's window makes ${spans}`,
          wayOut,
        );
      }
    }
    wavs.set(path, ports.recordings.encodeWav(samples, sampleRateHz));
    cases.push({
      name: voice.name,
      recordings: Object.fromEntries(recordings.map(({ key }) => [key, path])),
      scores,
      ...(givesWindows ? { windowScores: rows } : {}),
    });
  }
  return done({ cases, wavs });
}

function rowsOf(data: Float32Array, columns: number): number[][] {
  return Array.from({ length: data.length / columns }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns)),
  );
}

interface Parts {
  readonly description: ModelDescription;
  readonly logged: LoggedModel;
  readonly graph: ReadGraph;
  readonly golden: Golden;
  readonly out: string;
}

async function write(
  { description, logged, graph, golden, out }: Parts,
  ports: ImportModelPorts,
): Promise<Outcome<ModelManifest>> {
  const { surroundings } = ports;
  const files = new Map<string, Uint8Array>([
    ['model.onnx', graph.encoded],
    ['card.md', surroundings.toBytes(renderImportedCard(description, logged))],
    ...golden.wavs,
  ]);
  const { window, ...described } = description;
  const parsed = modelManifestSchema.safeParse({
    ...described,
    ...(window === undefined ? {} : { window }),
    contractVersion: 1,
    createdAt: surroundings.now().toISOString(),
    files: [...files].map(([path, content]) => ({
      path,
      sha256: surroundings.sha256(content),
      sizeBytes: content.length,
    })),
    graph: { file: 'model.onnx', opset: graph.facts.opset },
    output: { hasWindowScores: graph.facts.outputs.some(({ name }) => name === 'window_scores') },
    codeVersion: `MLflow ${logged.mlflowVersion ?? ''} run ${logged.runId ?? 'not stated'}`.slice(0, 100),
    card: 'card.md',
    golden: golden.cases,
  });
  if (!parsed.success) {
    return refuse(
      'the manifest would not be valid',
      'Correct the part of the description that it names.',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  files.set('manifest.json', surroundings.toBytes(`${JSON.stringify(parsed.data, null, 2)}\n`));
  const published = await ports.folders.publish(out, files, async (written) => {
    const verified = await verifyModelFiles(written, ports);
    return verified.ok ? done(null) : verified;
  });
  return published.ok ? done(parsed.data) : published;
}
