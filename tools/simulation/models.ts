/** Models of a simulated world: one that is shipped, and later versions that a registry offers in packages. */
import { modelManifestSchema, type ModelManifest } from '../../contract/model-manifest.ts';
import { ok } from '../../contract/result.ts';
import { memoryScores } from '../../main/ports/inference.memory.ts';
import type { GoldenRecording, InstalledModel } from '../../main/ports/models.ts';
import { manifestBytesOf } from '../../main/ports/models.memory.ts';
import type { PackedModel } from '../../registry/ports/model-packages.memory.ts';
import { vowelStep } from './definitions.ts';
import { fastHashing } from './hashing.ts';

export const modelName = 'breath';
const shippedVersion = '1.0.0';
/** In the order in which somebody may publish them. */
export const laterVersions = ['1.1.0', '1.2.0', '1.3.0'] as const;
const sampleRateHz = 8000;

export const goldenPath = 'golden/tone.wav';
export const golden: GoldenRecording = {
  samples: Float32Array.from({ length: 80 }, (_, index) => (index % 2 === 0 ? 0.25 : -0.25)),
  sampleRateHz,
};

const text = (words: string): ModelManifest['title'] => ({ 'pt-BR': words, en: words, es: words });

function manifestOf(version: string): ModelManifest {
  const file = { sizeBytes: 1, sha256: 'a'.repeat(64) };
  const scores = memoryScores(
    { key: '', graphPath: '', graphSha256: file.sha256, sampleRateHz, hasWindowScores: true, labelCount: 2 },
    { recordings: [{ key: vowelStep, ...golden }], fields: [] },
  );
  return modelManifestSchema.parse({
    contractVersion: 1,
    name: modelName,
    version,
    title: text(modelName),
    createdAt: '2026-01-01T00:00:00.000Z',
    licence: 'Apache-2.0',
    files: ['model.onnx', 'card.md', goldenPath].map((path) => ({ path, ...file })),
    graph: { file: 'model.onnx', opset: 17 },
    input: { sampleRateHz, recordings: [{ key: vowelStep, minimumS: 0 }], fields: [] },
    output: { hasWindowScores: true },
    window: { lengthS: 1, stepS: 1 },
    labels: ['insufficient', 'sufficient'],
    positiveLabel: 'insufficient',
    thresholds: { positive: 0.5, negative: 0.1 },
    limits: {
      decisions: ['positive', 'negative', 'inconclusive'],
      lowestScore: 0,
      highestScore: 1,
      text: text('limits'),
    },
    isDemonstration: true,
    intendedUse: text('simulation'),
    trainedOn: text('nothing'),
    dataHash: 'b'.repeat(64),
    codeVersion: '1',
    metrics: [],
    card: 'card.md',
    golden: [
      {
        name: 'tone',
        recordings: { [vowelStep]: goldenPath },
        scores: scores.scores,
        windowScores: scores.windowScores,
      },
    ],
  });
}

interface MadeModel {
  readonly model: Omit<InstalledModel, 'source'>;
  readonly manifestBytes: Uint8Array;
  readonly package: Uint8Array;
}

function make(version: string): MadeModel {
  const manifest = manifestOf(version);
  const manifestBytes = manifestBytesOf(manifest);
  const padding = version.repeat(600);
  return {
    model: {
      manifest,
      sha256: fastHashing.sha256(manifestBytes),
      graphPath: `/models/${version}/model.onnx`,
      card: '# breath',
    },
    manifestBytes,
    package: Buffer.from(JSON.stringify({ version, padding }), 'utf8'),
  };
}

export const shipped = make(shippedVersion).model;
const later = new Map(laterVersions.map((version) => [version as string, make(version)]));

export function laterModel(version: string): MadeModel {
  const made = later.get(version);
  if (made === undefined) throw new RangeError(`there is no version ${version}`);
  return made;
}

/** What the registry's twin of packages knows. */
export const packedModels: readonly PackedModel[] = [...later.values()].map(
  ({ model: { manifest, sha256, graphPath, card }, manifestBytes, package: bytes }) => ({
    manifest,
    sha256,
    graphPath,
    card,
    manifestBytes,
    package: bytes,
    read: () => Promise.resolve(ok(new Uint8Array(1))),
  }),
);

/** The model in the bytes of a package, as the workstation's twin reads it; undefined where there is none. */
export function unpacked(bytes: Uint8Array): MadeModel | undefined {
  return [...later.values()].find((made) => Buffer.from(made.package).equals(bytes));
}
