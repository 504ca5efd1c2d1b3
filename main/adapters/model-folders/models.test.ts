import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../contract/model-manifest.ts';
import { encodeWav } from '../../core/wav.ts';
import { memoryAudioDecoding } from '../../ports/audio-decoding.memory.ts';
import { describeModels } from '../../ports/models.contract.ts';
import { memoryModels } from '../../ports/models.memory.ts';
import { checkFolder } from './check-folder.ts';
import { openModels } from './models.ts';

const shippedModels = fileURLToPath(new URL('../../../resources/models', import.meta.url));
const example = 'sustained-vowel-demonstration';
let folder: string;
let shippedFolder: string;
let installedFolder: string;

function prepare(): void {
  folder = mkdtempSync(join(tmpdir(), 'spira-models-'));
  shippedFolder = join(folder, 'shipped');
  installedFolder = join(folder, 'data', 'models');
  cpSync(join(shippedModels, example), join(shippedFolder, example), { recursive: true });
}
const discard = (): void => rmSync(folder, { recursive: true, force: true });

/** A copy of the shipped model with another manifest (and other files, if its lists are to fit). */
function copyOf(name: string, change: (manifest: ModelManifest) => object = (manifest) => manifest): string {
  const copy = join(folder, name);
  cpSync(join(shippedFolder, example), copy, { recursive: true });
  const path = join(copy, 'manifest.json');
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as ModelManifest)));
  return copy;
}
const open = () => openModels({ shippedFolder, installedFolder, audio: memoryAudioDecoding() });
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const problemOf = async (copy: string) => {
  const checked = await checkFolder(copy);
  return checked.ok ? 'sound' : { code: checked.problem.code, ...checked.problem.details };
};

describeModels('model folders', () => {
  prepare();
  return Promise.resolve({
    models: open(),
    newFolder: copyOf('new', (manifest) => ({ ...manifest, version: '9.0.0' })),
    changedFolder: copyOf('changed', (manifest) => ({ ...manifest, version: '9.0.0', licence: 'another' })),
    shipped: { sha256: hashOf(join(shippedFolder, example, 'manifest.json')) },
    discard,
  });
});

describeModels('memory models', async () => {
  prepare();
  const checked = await checkFolder(join(shippedFolder, example));
  if (!checked.ok) throw new Error(checked.problem.code);
  const { manifest, sha256, card } = checked.value;
  const shipped = { manifest, sha256, card, graphPath: join(shippedFolder, example, 'model.onnx') };
  const sampleRateHz = manifest.input.sampleRateHz;
  const paths = manifest.golden.flatMap(({ recordings }) => Object.values(recordings));
  const golden = Object.fromEntries(
    paths.map((path) => [path, { samples: new Float32Array(2000), sampleRateHz }]),
  );
  const models = memoryModels({ shipped: [shipped], golden });
  const next = { ...shipped, manifest: { ...manifest, version: '9.0.0' }, sha256: 'ab'.repeat(32) };
  models.offer('/new', next);
  models.offer('/changed', { ...next, sha256: 'cd'.repeat(32) });
  return { models, newFolder: '/new', changedFolder: '/changed', shipped, discard };
});

describe('a model folder', () => {
  beforeEach(prepare);
  afterEach(() => discard());

  it('that is shipped is sound', async () => {
    for (const name of readdirSync(shippedModels))
      expect(await problemOf(join(shippedModels, name))).toBe('sound');
  });

  it.each<[string, (copy: string) => void, object]>([
    [
      'no manifest',
      (copy) => rmSync(join(copy, 'manifest.json')),
      { code: 'model-invalid', file: 'manifest.json', reason: 'missing' },
    ],
    [
      'a manifest that is no JSON',
      (copy) => writeFileSync(join(copy, 'manifest.json'), '{'),
      { code: 'model-invalid', reason: 'not-json' },
    ],
    [
      'a manifest of gigabytes',
      (copy) => writeFileSync(join(copy, 'manifest.json'), Buffer.alloc(1024 * 1024 + 1)),
      { code: 'model-invalid', reason: 'too-large' },
    ],
    [
      'a changed graph',
      (copy) => flip(join(copy, 'model.onnx')),
      { code: 'model-hash-mismatch', file: 'model.onnx' },
    ],
    [
      'a longer graph',
      (copy) => appendFileSync(join(copy, 'model.onnx'), 'x'),
      { code: 'model-damaged', file: 'model.onnx', reason: 'size' },
    ],
    [
      'no graph',
      (copy) => rmSync(join(copy, 'model.onnx')),
      { code: 'model-damaged', file: 'model.onnx', reason: 'missing' },
    ],
    [
      'a file that is not listed',
      (copy) => writeFileSync(join(copy, 'golden', 'more.wav'), ''),
      { code: 'model-invalid', file: 'golden/more.wav', reason: 'not-listed' },
    ],
    [
      'a link in the place of a file',
      (copy) => {
        rmSync(join(copy, 'card.md'));
        symlinkSync('/etc/hostname', join(copy, 'card.md'));
      },
      { code: 'model-invalid', file: 'card.md', reason: 'not-a-plain-file' },
    ],
    [
      'a link in the place of a folder',
      (copy) => {
        rmSync(join(copy, 'golden'), { recursive: true });
        symlinkSync(join(shippedFolder, example, 'golden'), join(copy, 'golden'));
      },
      { code: 'model-invalid', file: 'golden', reason: 'not-a-plain-file' },
    ],
  ])('with %s is refused', async (_what, damage, problem) => {
    const copy = copyOf('copy');
    damage(copy);
    expect(await problemOf(copy)).toMatchObject(problem);
    expect(await open().install(copy)).toMatchObject({
      ok: false,
      problem: { code: (problem as { code: string }).code },
    });
    expect(existsSync(installedFolder) ? readdirSync(installedFolder) : []).toEqual([]);
  });

  it.each(['../outside.txt', '/etc/hostname', 'golden/../../outside.txt', 'a\\b'])(
    'whose manifest names %j leads nowhere outside',
    async (path) => {
      writeFileSync(join(folder, 'outside.txt'), 'x');
      const copy = copyOf('copy', (manifest) => ({
        ...manifest,
        files: [...manifest.files, { path, sha256: 'ab'.repeat(32), sizeBytes: 1 }],
      }));
      expect(await problemOf(copy)).toMatchObject({ code: 'model-invalid', file: 'manifest.json' });
    },
  );

  it('that is broken is named and hides no other; the same version from two folders stands once', async () => {
    mkdirSync(join(installedFolder, 'empty'), { recursive: true });
    cpSync(join(shippedFolder, example), join(installedFolder, 'same-again'), { recursive: true });
    cpSync(
      copyOf('other', (manifest) => ({ ...manifest, licence: 'another' })),
      join(installedFolder, 'other'),
      { recursive: true },
    );
    const { models, refused } = await open().list();
    expect(models.map(({ manifest }) => manifest.name)).toEqual([example]);
    expect(refused.map(({ folder: name, problem }) => [name, problem.code])).toEqual([
      ['empty', 'model-invalid'],
      ['other', 'model-exists'],
    ]);
  });

  it('that changes after it was checked is checked again', async () => {
    const models = open();
    const before = (await models.list()).models.length;
    flip(join(shippedFolder, example, 'model.onnx'));
    const after = await models.list();
    expect([before, after.models.length, after.refused[0]?.problem.code]).toEqual([
      1,
      0,
      'model-hash-mismatch',
    ]);
  });

  it('gives a golden recording only while it is the one that was hashed', async () => {
    const models = open();
    const [model] = (await models.list()).models;
    if (model === undefined) throw new Error('no model');
    flip(join(shippedFolder, example, 'golden', 'steady.wav'));
    expect(await models.golden(model, 'golden/steady.wav')).toMatchObject({
      ok: false,
      problem: { code: 'model-hash-mismatch', details: { file: 'golden/steady.wav' } },
    });
  });

  it('has golden recordings at the rate of the model alone', async () => {
    const wav = encodeWav(new Float32Array(2000), { sampleRateHz: 8000, bitDepth: 16 });
    const copy = copyOf('copy', (manifest) => ({
      ...manifest,
      version: '2.0.0',
      files: manifest.files.map((file) =>
        file.path === 'golden/steady.wav'
          ? { ...file, sizeBytes: wav.length, sha256: createHash('sha256').update(wav).digest('hex') }
          : file,
      ),
    }));
    writeFileSync(join(copy, 'golden', 'steady.wav'), wav);
    const models = open();
    const installed = await models.install(copy);
    if (!installed.ok) throw new Error(installed.problem.code);
    expect(await models.golden(installed.value, 'golden/steady.wav')).toMatchObject({
      ok: false,
      problem: { code: 'model-damaged', details: { reason: 'sample-rate', sampleRateHz: 8000 } },
    });
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
