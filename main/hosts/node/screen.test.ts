import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeModelsInUse } from '../../adapters/model-folders/models-in-use.ts';
import { encodeWav } from '../../core/wav.ts';
import { programRoot } from '../shared/program.ts';
import { runProgram } from './host-process.ts';

/** What a reader of the output may count on. */
const outputSchema = z.object({
  session: z.string(),
  error: z.object({ code: z.string(), message: z.string(), file: z.string().optional() }).optional(),
  appVersion: z.string(),
  form: z.object({ id: z.string(), version: z.string() }).nullable(),
  protocol: z.object({ id: z.string(), version: z.string() }),
  recordings: z.array(
    z.object({
      key: z.string(),
      file: z.string(),
      sha256: z.string().optional(),
      sampleRateHz: z.number().optional(),
      channelCount: z.number().optional(),
      quality: z.object({ passed: z.boolean(), signalToNoiseDb: z.number().nullable() }).optional(),
      error: z.object({ code: z.string() }).optional(),
    }),
  ),
  results: z.array(
    z.object({
      model: z.object({
        name: z.string(),
        version: z.string(),
        sha256: z.string(),
        isDemonstration: z.boolean(),
      }),
      provider: z.string().optional(),
      scores: z.array(z.number()).optional(),
      windowScores: z.array(z.array(z.number())).optional(),
      evidence: z.array(z.object({ stepKey: z.string(), startS: z.number(), endS: z.number() })).optional(),
      decision: z.enum(['positive', 'negative', 'inconclusive']).optional(),
      reasons: z.array(z.string()).optional(),
      timing: z.object({ inferenceMs: z.number() }).optional(),
      limits: z.object({ en: z.string() }).optional(),
      error: z.object({ code: z.string() }).optional(),
    }),
  ),
  warnings: z.array(z.object({ code: z.string(), service: z.string() })).optional(),
  timing: z.object({ totalMs: z.number() }),
});
type Output = z.infer<typeof outputSchema>;

const modelFolder = join(programRoot, 'resources', 'models', 'sustained-vowel-demonstration');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-screen-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** With this PC's own folders left alone. */
async function screened(...args: readonly string[]) {
  const run = await runProgram('screen.ts', ['--data', join(folder, 'no-data'), ...args]);
  const objects = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Output => outputSchema.parse(JSON.parse(line)));
  return { ...run, objects };
}

/** A steady tone with overtones, loud enough for every gate. */
function tone(seconds: number, sampleRateHz: number, level = 0.3): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, index) => {
    const phase = (2 * Math.PI * 150 * index) / sampleRateHz;
    return level * (Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase));
  });
}

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

const plain = (seconds = 3, sampleRateHz = 16_000): Uint8Array =>
  encodeWav(tone(seconds, sampleRateHz), { sampleRateHz, bitDepth: 16 });

/** A WAV of any coding, written by hand: the store's own writer makes only plain ones. */
function wav(options: {
  sampleRateHz: number;
  channels: number;
  bits: 8 | 16 | 24 | 32;
  isFloat?: boolean;
}): Buffer {
  const { sampleRateHz, channels, bits, isFloat = false } = options;
  const samples = tone(3, sampleRateHz);
  const bytesPer = bits / 8;
  const data = Buffer.alloc(samples.length * channels * bytesPer);
  samples.forEach((sample, frame) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = (frame * channels + channel) * bytesPer;
      if (isFloat) data.writeFloatLE(sample, at);
      else if (bits === 8) data.writeUInt8(Math.round(sample * 127) + 128, at);
      else data.writeIntLE(Math.round(sample * (2 ** (bits - 1) - 1)), at, bytesPer);
    }
  });
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(isFloat ? 3 : 1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * channels * bytesPer, 28);
  header.writeUInt16LE(channels * bytesPer, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

describe('screening one file', () => {
  it('says what was screened, with what, how sure, and what it does not say', async () => {
    const bytes = plain();
    const { code, objects } = await screened(write('voice.wav', bytes));
    expect(code).toBe(0);
    expect(objects).toHaveLength(1);
    const [object] = objects;
    expect(object!.recordings[0]).toMatchObject({
      key: 'sustentada',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sampleRateHz: 16_000,
      quality: { passed: true },
    });
    const result = object!.results[0]!;
    expect(result.model).toMatchObject({ name: 'sustained-vowel-demonstration', isDemonstration: true });
    expect(result.model.sha256).toBe(
      createHash('sha256')
        .update(readFileSync(join(modelFolder, 'manifest.json')))
        .digest('hex'),
    );
    expect(result.scores!.reduce((total, score) => total + score, 0)).toBeCloseTo(1, 5);
    expect(result.windowScores).toHaveLength(5);
    expect(result.evidence![4]).toMatchObject({ stepKey: 'sustentada', startS: 2, endS: 3 });
    expect(result.limits!.en).toMatch(/demonstration/iu);
    expect(result.reasons).toHaveLength(1);
  });

  it('reads every coding of WAV that is in use, and says the same of each', async () => {
    const files = [
      write('a.wav', wav({ sampleRateHz: 16_000, channels: 1, bits: 16 })),
      write('b.wav', wav({ sampleRateHz: 16_000, channels: 1, bits: 8 })),
      write('c.wav', wav({ sampleRateHz: 16_000, channels: 1, bits: 24 })),
      write('d.wav', wav({ sampleRateHz: 16_000, channels: 1, bits: 32, isFloat: true })),
      write('e.wav', wav({ sampleRateHz: 96_000, channels: 1, bits: 16 })),
      write('f.wav', wav({ sampleRateHz: 44_100, channels: 2, bits: 16 })),
    ];
    const { code, objects } = await screened(...files);
    expect(code).toBe(0);
    expect(objects.map(({ session }) => session)).toEqual([
      'a.wav',
      'b.wav',
      'c.wav',
      'd.wav',
      'e.wav',
      'f.wav',
    ]);
    expect(objects.map(({ recordings }) => recordings[0]!.channelCount)).toEqual([1, 1, 1, 1, 1, 2]);
    const decisions = objects.map(({ results }) => results[0]!.decision);
    expect(new Set(decisions).size).toBe(1);
    const [first, , third] = objects;
    expect(third!.results[0]!.scores![1]).toBeCloseTo(first!.results[0]!.scores![1]!, 2);
  });

  it('is inconclusive where the quality refuses', async () => {
    const quiet = encodeWav(tone(3, 16_000, 0.002), { sampleRateHz: 16_000, bitDepth: 16 });
    const { code, objects } = await screened(write('quiet.wav', quiet));
    expect(code).toBe(0);
    expect(objects[0]!.recordings[0]!.quality).toMatchObject({ passed: false });
    expect(objects[0]!.results[0]).toMatchObject({ decision: 'inconclusive', reasons: ['quality-refused'] });
  });
});

describe('bad audio', () => {
  it('is named file by file, and the others go on', async () => {
    const whole = wav({ sampleRateHz: 16_000, channels: 1, bits: 16 });
    const endless = Buffer.from(whole);
    const cases: readonly (readonly [string, Buffer | string, string])[] = [
      ['empty.wav', '', 'audio-empty'],
      ['text.wav', 'this is no audio at all, only words', 'audio-not-recognised'],
      ['cut.wav', whole.subarray(0, whole.length - 4000), 'audio-truncated'],
      ['header.wav', whole.subarray(0, 20), 'audio-truncated'],
      ['short.wav', Buffer.from(plain(0.4)), 'audio-too-short'],
      [
        'nothing.wav',
        Buffer.from(encodeWav(new Float32Array(0), { sampleRateHz: 16_000, bitDepth: 16 })),
        'audio-empty',
      ],
      [
        'long.wav',
        Buffer.from(encodeWav(new Float32Array(7200 * 8000), { sampleRateHz: 8000, bitDepth: 16 })),
        'audio-too-long',
      ],
      ['fine.wav', endless, 'none'],
    ];
    const files = cases.map(([name, bytes]) => write(name, bytes));
    const { code, objects } = await screened(...files, join(folder, 'nowhere.wav'));
    expect(code).toBe(1);
    const found = new Map(objects.map(({ session, error }) => [session, error?.code ?? 'none']));
    expect(Object.fromEntries(found)).toEqual({
      ...Object.fromEntries(cases.map(([name, , expected]) => [name, expected])),
      'nowhere.wav': 'audio-file-missing',
    });
    for (const { session, error } of objects) {
      if (error === undefined) continue;
      expect([session, error.message.length > 20]).toEqual([session, true]);
      if (error.code !== 'audio-too-short') expect(error.file).toContain(session);
    }
    expect(objects.find(({ session }) => session === 'fine.wav')!.results[0]!.scores).toHaveLength(2);
  });
});

describe('a folder of sessions', () => {
  it('screens each, with two versions of a form side by side', async () => {
    const answers = (version: string, more: object) =>
      JSON.stringify({ form: { id: 'spira-patient', version }, answers: { age: 61, ...more } });
    write('ward/one/sustentada.wav', plain());
    write('ward/one/ruido.wav', encodeWav(tone(10, 16_000, 0.0005), { sampleRateHz: 16_000, bitDepth: 16 }));
    write('ward/one/answers.json', answers('1.0.0', {}));
    write('ward/two/sustentada.wav', plain());
    write('ward/two/answers.json', answers('1.1.0', { height: 170 }));
    write('ward/three/answers.json', answers('1.0.0', { height: 170 }));
    write('ward/three/sustentada.wav', plain());
    write('ward/four/notes.txt', 'nothing here');
    write('ward/.hidden/sustentada.wav', plain());
    const { code, objects } = await screened(join(folder, 'ward'));
    expect(code).toBe(1);
    expect(objects.map(({ session, error }) => [session, error?.code])).toEqual([
      ['four', 'audio-file-missing'],
      ['one', undefined],
      ['three', 'form-invalid-answer'],
      ['two', undefined],
    ]);
    const one = objects.find(({ session }) => session === 'one')!;
    const two = objects.find(({ session }) => session === 'two')!;
    expect([one.form?.version, two.form?.version]).toEqual(['1.0.0', '1.1.0']);
    const voice = one.recordings.find(({ key }) => key === 'sustentada')!;
    expect(voice.quality!.signalToNoiseDb).toBeGreaterThan(30);
    expect(two.recordings[0]!.quality!.signalToNoiseDb).toBeNull();
  });

  it('names two files that stand for the same recording', async () => {
    write('ward/one/sustentada.wav', plain());
    write('ward/one/sustentada.WAV.flac', 'x');
    write('ward/one/sustentada.flac', plain());
    const { code, objects } = await screened(join(folder, 'ward'));
    expect(code).toBe(1);
    expect(objects[0]!.error).toMatchObject({ code: 'conflict' });
  });

  it('never takes the consent, or another recording, for the one that the model asks for', async () => {
    const { code, objects } = await screened(write('aceite.wav', plain()));
    expect(code).toBe(1);
    expect(objects[0]).toMatchObject({
      recordings: [{ key: 'aceite' }],
      error: { code: 'model-needs-recording' },
    });
  });

  it('takes recordings that are named one by one', async () => {
    const path = write('whatever.bin', plain());
    const { code, objects } = await screened('--recording', `sustentada=${path}`);
    expect(code).toBe(0);
    expect(objects[0]).toMatchObject({ session: 'session', recordings: [{ key: 'sustentada' }] });
  });
});

describe('models', () => {
  it('can be a folder, and several at once', async () => {
    const copy = join(folder, 'copy');
    cpSync(modelFolder, copy, { recursive: true });
    const { objects } = await screened(
      '--model-folder',
      copy,
      '--model',
      'sustained-vowel-demonstration@1.0.0',
      write('voice.wav', plain()),
    );
    expect(objects[0]!.results).toHaveLength(2);
    expect(objects[0]!.results[0]!.scores).toEqual(objects[0]!.results[1]!.scores);
  });

  it('that were withdrawn are run where they are named only, and the output warns', async () => {
    const [data, voice] = [join(folder, 'no-data'), write('voice.wav', plain())];
    const sha256 = createHash('sha256')
      .update(readFileSync(join(modelFolder, 'manifest.json')))
      .digest('hex');
    mkdirSync(data);
    writeModelsInUse(data, { services: { [sha256]: 'withdrawn' }, preselected: [] });
    const unnamed = await screened(voice);
    expect([unnamed.code, unnamed.stdout]).toEqual([2, '']);
    expect(unnamed.stderr).toContain('sustained-vowel-demonstration@1.0.0 withdrawn');
    const { code, objects } = await screened('--model', 'sustained-vowel-demonstration@1.0.0', voice);
    expect([code, objects[0]!.results.length]).toEqual([0, 1]);
    expect(objects[0]!.warnings).toMatchObject([{ code: 'model-not-in-service', service: 'withdrawn' }]);
  });

  it('that were changed are refused by name', async () => {
    const copy = join(folder, 'copy');
    cpSync(modelFolder, copy, { recursive: true });
    writeFileSync(join(copy, 'card.md'), 'trained on everybody');
    const { code, stderr, stdout } = await screened('--model-folder', copy, write('voice.wav', plain()));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(copy);
  });
});

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, stdout } = await runProgram('screen.ts', ['--help']);
    expect([code, stdout.includes('--model-folder')]).toEqual([0, true]);
  });

  it.each([
    [['--modle', 'x', 'a.wav'], '--modle'],
    [['--model', 'unknown-model', 'a.wav'], 'sustained-vowel-demonstration'],
    [['--form', 'spira-patient@7.0.0', 'a.wav'], 'spira-patient@1.0.0'],
    [['--replay', '0192d5f0-0000-7000-8000-000000000000'], 'no store'],
    [['--replay', 'nothing.json'], 'nothing.json'],
  ])('%j is wrong, and is told why', async (args, reason) => {
    const { code, stdout, stderr } = await screened(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
  });
});

describe('a former output', () => {
  it('matches when it is run again, and differs when somebody changed it', async () => {
    const path = write('voice.wav', plain());
    const { stdout } = await screened(path);
    const printed = write('result.jsonl', stdout);
    const same = await runProgram('screen.ts', ['--replay', printed]);
    expect(same.code).toBe(0);
    expect(JSON.parse(same.stdout)).toMatchObject({ verdict: 'match', results: [{ verdict: 'match' }] });

    const object = JSON.parse(stdout) as { results: { scores: number[] }[] };
    object.results[0]!.scores[1]! += 0.001;
    const changed = write('changed.json', JSON.stringify(object));
    const differs = await runProgram('screen.ts', ['--replay', changed]);
    expect(differs.code).toBe(1);
    expect(JSON.parse(differs.stdout)).toMatchObject({ verdict: 'differ' });

    write('voice.wav', plain(4));
    const other = await runProgram('screen.ts', ['--replay', printed]);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({
      results: [{ verdict: 'error', error: { code: 'take-damaged' } }],
    });
  });
});
