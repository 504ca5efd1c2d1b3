import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelManifestSchema, type ModelManifest } from '../../contract/model-manifest.ts';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import type { ModelFiles } from '../ports/model-folders.ts';
import { verifyModelFiles } from './verify-model.ts';

const shipped = fileURLToPath(new URL('../../resources/models/', import.meta.url));
const name = 'sustained-vowel-demonstration';
const engine = onnxEngine(encodeOnnx);
const ports = {
  engine,
  recordings: audioFiles(shipped),
  surroundings: systemSurroundings(() => undefined),
};
afterAll(() => engine.close());

const filesOf = async (model: string): Promise<Map<string, Uint8Array>> => {
  const files = await diskModelFolders().read(`${shipped}${model}`);
  if (!files.ok) throw new Error(files.refusal.what);
  return new Map(files.value);
};
const manifestOf = (files: ModelFiles): ModelManifest =>
  modelManifestSchema.parse(JSON.parse(Buffer.from(files.get('manifest.json')!).toString()));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the models that are shipped', () => {
  it('are right: manifest, every file, golden scores to 1e-5', async () => {
    for (const model of await readdir(shipped)) {
      const verified = await verifyModelFiles(await filesOf(model), ports);
      expect(verified.ok ? verified.value.manifest.name : verified.refusal, model).toBe(model);
    }
  });

  it('say in every language that the demonstration is one, and what it was trained on', async () => {
    const files = await filesOf(name);
    const manifest = manifestOf(files);
    const card = Buffer.from(files.get('card.md')!).toString();
    expect(manifest.isDemonstration).toBe(true);
    expect([manifest.labels, manifest.positiveLabel, manifest.licence]).toEqual([
      ['healthy', 'als'],
      'als',
      'MPL-2.0',
    ]);
    const phrases = {
      'pt-BR': ['insuficiência respiratória', 'não serve para diagnóstico', '22 falantes'],
      en: ['respiratory insufficiency', 'not for diagnosis', '22 speakers'],
      es: ['insuficiencia respiratoria', 'no sirve para el diagnóstico', '22 hablantes'],
    };
    for (const [language, expected] of Object.entries(phrases) as ['en', string[]][]) {
      const said = [manifest.title, manifest.intendedUse, manifest.trainedOn, manifest.limits.text].map(
        (text) => text[language],
      );
      for (const phrase of expected) expect(said.join(' ')).toContain(phrase);
      for (const text of said) expect(card).toContain(text);
    }
    expect([...files.values()].reduce((sum, content) => sum + content.length, 0)).toBeLessThan(1024 * 1024);
  });
});

describe('a model folder that is not what it was', () => {
  let files: Map<string, Uint8Array>;
  beforeAll(async () => {
    files = await filesOf(name);
  });
  const refusalOf = async (change: (copy: Map<string, Uint8Array>) => void) => {
    const copy = new Map(files);
    change(copy);
    const verified = await verifyModelFiles(copy, ports);
    return verified.ok ? undefined : { what: verified.refusal.what, items: verified.refusal.items };
  };
  /** Changes the manifest, and the graph's entry in it where another graph is given. */
  const withManifest = (copy: Map<string, Uint8Array>, change: (manifest: ModelManifest) => unknown): void =>
    void copy.set('manifest.json', bytes(JSON.stringify(change(manifestOf(copy)))));

  it.each<[string, (copy: Map<string, Uint8Array>) => void, RegExp, RegExp | undefined]>([
    [
      'a changed byte',
      (copy) =>
        void copy.set(
          'model.onnx',
          copy.get('model.onnx')!.map((b, i) => (i === 9000 ? b ^ 1 : b)),
        ),
      /not what its manifest says/u,
      /model\.onnx: changed/u,
    ],
    [
      'a missing file',
      (copy) => void copy.delete('card.md'),
      /not what its manifest says/u,
      /card\.md: missing/u,
    ],
    [
      'a file too many',
      (copy) => void copy.set('x.bin', bytes('x')),
      /not what its manifest says/u,
      /x\.bin: not listed/u,
    ],
    ['no manifest', (copy) => void copy.delete('manifest.json'), /no manifest/u, undefined],
    [
      'a manifest that is no JSON',
      (copy) => void copy.set('manifest.json', bytes('{')),
      /not JSON/u,
      undefined,
    ],
    [
      'a manifest that breaks the contract',
      (copy) => withManifest(copy, (m) => ({ ...m, labels: [] })),
      /model contract/u,
      /labels/u,
    ],
    [
      'other golden scores',
      (copy) =>
        withManifest(copy, (m) => ({
          ...m,
          golden: m.golden.map((g) => ({ ...g, scores: g.scores.map((s) => s + 2e-5) })),
        })),
      /differ from the golden ones/u,
      undefined,
    ],
    [
      'golden windows too many',
      (copy) =>
        withManifest(copy, (m) => ({
          ...m,
          golden: m.golden.map((g) => ({ ...g, windowScores: [...g.windowScores!, [0, 1]] })),
        })),
      /differ from the golden ones/u,
      undefined,
    ],
    [
      'a graph that is none, with the right hash',
      (copy) => {
        const content = bytes('not a graph');
        const sha256 = createHash('sha256').update(content).digest('hex');
        copy.set('model.onnx', content);
        withManifest(copy, (m) => ({
          ...m,
          files: m.files.map((f) =>
            f.path === 'model.onnx' ? { ...f, sha256, sizeBytes: content.length } : f,
          ),
        }));
      },
      /does not load/u,
      undefined,
    ],
  ])('is refused with %s', async (_name, change, what, item) => {
    const refusal = await refusalOf(change);
    expect(refusal?.what).toMatch(what);
    if (item !== undefined) expect(refusal?.items?.join('\n')).toMatch(item);
  });
});
