import { modelManifestSchema, type ModelManifest } from '../../contract/model-manifest.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import type { GraphEngine, OpenGraph, OutputTensor, Waveform } from '../ports/graph-engine.ts';
import type { ModelFiles } from '../ports/model-folders.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { Surroundings } from '../ports/surroundings.ts';
import { describeProblem } from './describe-problem.ts';

/** Scores on the CPU may differ from the golden ones by this much. */
const toleratedDifference = 1e-5;
const wayOut = 'Make the folder anew, or take it from where it came from once more.';

/** What runs a model folder's golden cases. */
export interface VerifyPorts {
  readonly recordings: Recordings;
  readonly engine: GraphEngine;
  readonly surroundings: Surroundings;
}

/**
 * Checks a model folder as it stands: manifest by schema, every file by SHA-256 and none besides, the graph by its
 * golden cases. For models whose inputs are recordings only.
 */
export async function verifyModelFiles(
  files: ModelFiles,
  ports: VerifyPorts,
): Promise<Outcome<{ readonly manifest: ModelManifest; readonly largestDifference: number }>> {
  const manifest = readManifest(files, ports);
  if (!manifest.ok) return manifest;
  const damaged = checkHashes(files, manifest.value, ports);
  if (damaged.length > 0) return refuse('files of the model are not what its manifest says', wayOut, damaged);
  const graph = await ports.engine.open(files.get(manifest.value.graph.file)!);
  if (!graph.ok) return refuse(`the graph does not load: ${describeProblem(graph.problem)}`, wayOut);
  let largestDifference = 0;
  for (const golden of manifest.value.golden) {
    const difference = await runGolden(golden, files, manifest.value, graph.value, ports);
    if (!difference.ok) return difference;
    largestDifference = Math.max(largestDifference, difference.value);
  }
  if (!(largestDifference <= toleratedDifference)) {
    return refuse(`the scores differ from the golden ones by ${largestDifference}`, wayOut);
  }
  return done({ manifest: manifest.value, largestDifference });
}

function readManifest(files: ModelFiles, { surroundings }: VerifyPorts): Outcome<ModelManifest> {
  const bytes = files.get('manifest.json');
  if (bytes === undefined) return refuse('there is no manifest.json', wayOut);
  let content: unknown;
  try {
    content = JSON.parse(surroundings.toText(bytes));
  } catch {
    return refuse('manifest.json is not JSON', wayOut);
  }
  const parsed = modelManifestSchema.safeParse(content);
  if (parsed.success) return done(parsed.data);
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return refuse('manifest.json does not follow the model contract', wayOut, issues);
}

function checkHashes(
  files: ModelFiles,
  manifest: ModelManifest,
  { surroundings }: VerifyPorts,
): readonly string[] {
  const listed = new Set(['manifest.json', 'manifest.sig', ...manifest.files.map(({ path }) => path)]);
  const besides = [...files.keys()].filter((path) => !listed.has(path)).map((path) => `${path}: not listed`);
  const damaged = manifest.files.flatMap(({ path, sha256, sizeBytes }) => {
    const content = files.get(path);
    if (content === undefined) return [`${path}: missing`];
    return content.length === sizeBytes && surroundings.sha256(content) === sha256
      ? []
      : [`${path}: changed`];
  });
  return [...damaged, ...besides];
}

async function runGolden(
  golden: ModelManifest['golden'][number],
  files: ModelFiles,
  manifest: ModelManifest,
  graph: OpenGraph,
  { recordings }: VerifyPorts,
): Promise<Outcome<number>> {
  const inputs: Record<string, Waveform> = {};
  for (const [key, path] of Object.entries(golden.recordings)) {
    const audio = await recordings.decode(files.get(path)!);
    if (!audio.ok) return refuse(`${path}: ${describeProblem(audio.problem)}`, wayOut);
    const { samples, sampleRateHz } = audio.value;
    inputs[key] = { samples, sampleRateHz, resampleToHz: manifest.input.sampleRateHz };
  }
  const outputs = await graph.run(inputs);
  if (!outputs.ok) return refuse(`the graph does not run: ${describeProblem(outputs.problem)}`, wayOut);
  const scores = difference(golden.scores, outputs.value['scores']);
  if (golden.windowScores === undefined) return done(scores);
  return done(Math.max(scores, difference(golden.windowScores.flat(), outputs.value['window_scores'])));
}

function difference(expected: readonly number[], found: OutputTensor | undefined): number {
  if (found === undefined || found.data.length !== expected.length) return Infinity;
  return expected.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - found.data[index]!)),
    0,
  );
}
