import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelManifestSchema, windowSpans } from '../../contract/model-manifest.ts';
import { encodeWav } from '../../native/audio/wav.ts';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { synthesise } from '../core/model/golden-voices.ts';
import type { BaselinePorts, BaselineRequest } from './baseline.ts';
import { trainBaseline } from './train-baseline.ts';
import { verifyModelFiles } from './verify-model.ts';

let folder: string;
const lines: string[] = [];
const engine = onnxEngine(encodeOnnx);
const ports = (): BaselinePorts => ({
  engine,
  recordings: audioFiles(folder),
  folders: diskModelFolders(),
  surroundings: systemSurroundings((line) => lines.push(line)),
});

/** Fourteen synthetic participants; the breath in the voice tells the classes apart. */
const people = Array.from({ length: 14 }, (_, i) => ({ name: `p${i}`, isPositive: i % 2 === 0 }));
const voice = (i: number, durationS = 1.3): Float32Array => {
  const breath = people[i]!.isPositive ? 0.15 : 0.002;
  const pitchHz = 100 + 9 * ((i * 5) % 14);
  return synthesise({ name: '', durationS, pitchHz, tremor: 0.01, jitter: 0.002, breath }, 16_000, i);
};
const rows = people.map(({ name, isPositive }) => `${name}.wav,${name},${isPositive ? 1 : 0}`);
const csv = (...lines: string[]): string => ['path,subject,label', ...lines].join('\n');

const request = (change: Partial<BaselineRequest> = {}): BaselineRequest => ({
  csvText: csv(...rows),
  labels: { labels: '0=clear,1=breathy' },
  labelUnit: 'subject',
  keepsTwins: false,
  recordingKey: 'sustentada',
  name: 'breath',
  version: '0.1.0',
  folder: join(folder, 'model'),
  window: { lengthS: 0.5, stepS: 0.25 },
  minimumS: 0.4,
  maximumS: 10,
  seed: 3,
  folds: { kind: 'folds', count: 3 },
  bootstrapReplicates: 200,
  toleratedErrors: 0.1,
  licence: 'Apache-2.0',
  createdAt: '2026-11-21T12:00:00.000Z',
  ...change,
});
const refusal = async (change: Partial<BaselineRequest>) => {
  const outcome = await trainBaseline(request(change), ports());
  return outcome.ok ? undefined : outcome.refusal;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-training-'));
  for (const [i, { name }] of people.entries()) {
    const wav = encodeWav({ samples: voice(i), sampleRateHz: 16_000, bitDepth: 16 });
    await writeFile(join(folder, `${name}.wav`), wav);
  }
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

describe('training a baseline', () => {
  it('writes a model folder that follows the contract and finds what tells the classes apart', async () => {
    const outcome = await trainBaseline(request({ folder: join(folder, 'whole') }), ports());
    if (!outcome.ok) throw new Error(outcome.refusal.what);
    expect(outcome.value).toMatchObject({
      recordings: 14,
      participants: { positive: 7, negative: 7 },
      defects: [],
    });
    expect(outcome.value.metrics.auc.value).toBeGreaterThan(0.95);
    const files = await diskModelFolders().read(join(folder, 'whole'));
    if (!files.ok) throw new Error(files.refusal.what);
    expect([...files.value.keys()].sort()).toEqual([
      'card.md',
      'golden/shortest.wav',
      'golden/steady.wav',
      'golden/trembling.wav',
      'manifest.json',
      'model.onnx',
    ]);
    const manifest = modelManifestSchema.parse(
      JSON.parse(Buffer.from(files.value.get('manifest.json')!).toString()),
    );
    expect(manifest).toMatchObject({
      labels: ['clear', 'breathy'],
      positiveLabel: 'breathy',
      isDemonstration: true,
      input: {
        sampleRateHz: 16_000,
        recordings: [{ key: 'sustentada', minimumS: 0.4, maximumS: 10 }],
        fields: [],
      },
      window: { lengthS: 0.5, stepS: 0.25 },
      limits: { lowestScore: 1 / 9, highestScore: 8 / 9 },
    });
    for (const golden of manifest.golden) {
      const wav = files.value.get(golden.recordings['sustentada']!)!;
      const durationS = (wav.length - 44) / 2 / 16_000;
      expect(golden.windowScores).toHaveLength(windowSpans(durationS, manifest.window!).length);
      golden.windowScores!.forEach(([a, b]) => expect(a! + b!).toBeCloseTo(1, 6));
      const mean = golden.windowScores!.reduce((sum, row) => sum + row[1]!, 0) / golden.windowScores!.length;
      expect(golden.scores[1]).toBeCloseTo(mean, 6);
    }
    const verified = await verifyModelFiles(files.value, ports());
    expect(verified.ok && verified.value.largestDifference).toBeLessThan(1e-5);
  });

  it('names no participant and no file in what it writes', async () => {
    const outcome = await trainBaseline(request({ folder: join(folder, 'nameless') }), ports());
    expect(outcome.ok).toBe(true);
    for (const file of ['card.md', 'manifest.json']) {
      const text = await readFile(join(folder, 'nameless', file), 'utf8');
      for (const { name } of people) expect(text).not.toMatch(new RegExp(`\\b${name}\\b`, 'u'));
    }
  });

  it('gives the same bytes for the same seed and data, in whatever order they are listed', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    await trainBaseline(request({ folder: first }), ports());
    await trainBaseline(request({ folder: second, csvText: csv(...[...rows].reverse()) }), ports());
    for (const file of await readdir(first, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath.slice(first.length), file.name);
      expect(await readFile(join(second, path)), path).toEqual(await readFile(join(first, path)));
    }
  });

  it('finds nothing after labels have been permuted between participants', async () => {
    // As many of each true class on both sides, so that nothing is left to find.
    const permuted = people.map(({ name }, i) => `${name}.wav,${name},${i % 4 < 2 ? 1 : 0}`).slice(0, 12);
    const outcome = await trainBaseline(
      request({ folder: join(folder, 'permuted'), csvText: csv(...permuted) }),
      ports(),
    );
    expect(outcome.ok && outcome.value.metrics.auc.value).toBeLessThan(0.8);
  });
});

describe('defects of the data', () => {
  it('are left out by name and counted, and the rest is used', async () => {
    const whole = encodeWav({ samples: voice(0), sampleRateHz: 16_000, bitDepth: 16 });
    const write = (name: string, content: Uint8Array | string) => writeFile(join(folder, name), content);
    await write('cut.wav', whole.subarray(0, 20_000));
    await write('text.wav', 'this is not audio');
    await write('empty.wav', '');
    await write('short.wav', encodeWav({ samples: voice(1, 0.2), sampleRateHz: 16_000, bitDepth: 16 }));
    await write(
      'silent.wav',
      encodeWav({ samples: new Float32Array(16_000), sampleRateHz: 16_000, bitDepth: 16 }),
    );
    await write('again.wav', encodeWav({ samples: voice(0), sampleRateHz: 16_000, bitDepth: 24 }));
    const bad = [
      'gone.wav,x1,1',
      'cut.wav,x2,1',
      'text.wav,x3,1',
      'empty.wav,x4,1',
      'short.wav,x5,0',
      'silent.wav,x6,0',
      'again.wav,p0,1',
      'p0.wav,p0,',
    ];
    const outcome = await trainBaseline(
      request({ folder: join(folder, 'defects'), csvText: csv(...rows, ...bad) }),
      ports(),
    );
    if (!outcome.ok) throw new Error(outcome.refusal.what);
    expect(outcome.value.recordings).toBe(14);
    expect(
      outcome.value.defects.map(({ name, reason }) => `${name}: ${reason.split(' (')[0]}`).sort(),
    ).toEqual([
      'again.wav: the same audio as p0.wav',
      'cut.wav: audio truncated',
      'empty.wav: audio empty',
      'gone.wav: audio file missing',
      'p0.wav: line 23 has no label',
      'short.wav: too short: 0.200 s, at least 0.4 s are needed',
      'silent.wav: silent: all samples are the same',
      'text.wav: audio not recognised',
    ]);
    const card = await readFile(join(folder, 'defects', 'card.md'), 'utf8');
    expect(card).toContain('1 (audio truncated)');
    for (const { name } of outcome.value.defects)
      expect(lines.some((line) => line.startsWith(`left out ${name}`))).toBe(true);
  });

  it('stop the run where they would make the result a lie', async () => {
    const other = encodeWav({ samples: voice(2), sampleRateHz: 16_000, bitDepth: 24 });
    await writeFile(join(folder, 'copy.wav'), other);
    expect(await refusal({ csvText: csv(...rows, 'p0.wav,p0,0') })).toMatchObject({
      what: 'the same audio has two labels',
      items: ['p0.wav = p0.wav'],
    });
    expect(await refusal({ csvText: csv(...rows, 'copy.wav,somebody,1') })).toMatchObject({
      items: ['p2.wav = copy.wav'],
    });
    await writeFile(
      join(folder, 'more.wav'),
      encodeWav({ samples: voice(2, 1), sampleRateHz: 16_000, bitDepth: 16 }),
    );
    expect(await refusal({ csvText: csv(...rows, 'more.wav,p2,0') })).toMatchObject({
      what: '1 subject is in both classes',
      items: ['p2'],
    });
    expect(await refusal({ csvText: csv(...rows.slice(0, 5)) })).toMatchObject({
      what: 'too few participants are left: 3 "breathy" and 2 "clear", at least 3 of each are needed',
    });
    expect((await readdir(folder)).filter((name) => name.startsWith('model'))).toEqual([]);
  });

  it('leave out a copy that only its sound gives away', async () => {
    const copy = voice(3).map((sample, n) => 0.31 * sample + 1e-4 * Math.sin(n * n));
    await writeFile(
      join(folder, 'twin.wav'),
      encodeWav({ samples: copy, sampleRateHz: 16_000, bitDepth: 16 }),
    );
    const csvText = csv(...rows, 'twin.wav,somebody,0');
    const outcome = await trainBaseline(request({ folder: join(folder, 'twins'), csvText }), ports());
    expect(outcome.ok && outcome.value.defects).toEqual([
      { name: 'twin.wav', reason: 'almost the same sound as p3.wav, under another subject' },
    ]);
    const kept = await trainBaseline(
      request({ folder: join(folder, 'kept'), csvText, keepsTwins: true }),
      ports(),
    );
    expect(kept.ok && kept.value.recordings).toBe(15);
  });

  it('warn when every file had to count as a participant of its own', async () => {
    const text = [
      'file_path,class',
      ...people.map(({ name, isPositive }) => `${name}.wav,${isPositive ? 1 : 0}`),
    ];
    const outcome = await trainBaseline(
      request({ folder: join(folder, 'files'), csvText: text.join('\r\n') }),
      ports(),
    );
    expect(outcome.ok && outcome.value.warnings).toEqual([
      'the CSV names no subjects, so every file counts as a participant of its own; if a person has several files, the metrics are too good',
    ]);
  });
});

describe('a model that is there already', () => {
  it('is never overwritten', async () => {
    const taken = join(folder, 'taken');
    await trainBaseline(request({ folder: taken }), ports());
    const before = await readFile(join(taken, 'manifest.json'));
    expect((await refusal({ folder: taken, seed: 9 }))?.what).toBe(
      `${taken} is already there, and a published version is never overwritten`,
    );
    expect(await readFile(join(taken, 'manifest.json'))).toEqual(before);
  });
});

describe('settings', () => {
  it.each<[Partial<BaselineRequest>, string]>([
    [{ window: { lengthS: 0.123, stepS: 0.25 } }, 'whole steps of 10 ms'],
    [{ window: { lengthS: 1, stepS: 61 } }, 'over 60 s'],
    [{ minimumS: 0.01 }, 'too short to analyse'],
    [{ minimumS: 3, maximumS: 2 }, 'lies below the minimum'],
  ])('%j are refused', async (change, part) => {
    expect((await refusal(change))?.what).toContain(part);
  });

  it('that break the model contract are refused with its words, and nothing is written', async () => {
    const result = await refusal({ name: 'Not A Name', folder: join(folder, 'misnamed') });
    expect(result?.items?.[0]).toMatch(/^name: /u);
    expect(await readdir(folder)).not.toContain('misnamed');
  });
});
