import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../native/audio/wav.ts';
import { seededRandom } from '../core/fit/random.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-cli-'));
  const random = seededRandom(1);
  const names = Array.from({ length: 8 }, (_, i) => `voice, ${i}.wav`);
  for (const [i, name] of names.entries()) {
    const samples = Float32Array.from({ length: 9_000 }, (_, n) =>
      i % 2 === 0 ? 0.2 * random.normal() : 0.2 * Math.sin(n * (0.1 + 0.01 * i)) + 0.01 * random.normal(),
    );
    await writeFile(join(folder, name), encodeWav({ samples, sampleRateHz: 8_000, bitDepth: 16 }));
  }
  const rows = names.map((name, i) => `"${name}",${i % 2},F,3${i}`);
  await writeFile(join(folder, 'list.csv'), `\uFEFFfile_path,class,sexo,idade\r\n${rows.join('\r\n')}\r\n`);
  await writeFile(join(folder, 'NOTICE.md'), 'Whose the recordings are.\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('npm run train', () => {
  it('lists its commands, and the options of each', async () => {
    const [all, none, one] = await Promise.all([run('--help'), run(), run('run', '--help')]);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('package') as string });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('package') as string });
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('--config FILE') as string });
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['runn'], 'there is no command "runn"'],
    ['an unknown option', ['run', '--cvs', 'x'], "Unknown option '--cvs'"],
    ['a stray argument', ['run', 'x'], "Unexpected argument 'x'"],
  ])('answers 2 to %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('makes a baseline of file_path,class with quoted names at another rate, with its attribution, and checks it', async () => {
    const config = join(folder, 'run.json');
    await writeFile(
      config,
      JSON.stringify({
        data: { kind: 'csv', file: 'list.csv' },
        split: { kind: 'folds', count: 4 },
        noise: { training: { negative: 0, positive: 0 } },
        features: { kind: 'statistics', windowS: 0.5, stepS: 0.5 },
        network: 'baseline',
        engine: { threads: 1 },
        evaluate: { replicates: 100, permutedFits: 0 },
        model: { name: 'noise', version: '1.2.3', recording: 'sustentada', notice: 'NOTICE.md' },
      }),
    );
    const store = join(folder, 'store');
    const made = await run('run', '--run', 'a', '--config', config, '--store', store);
    expect([made.code, made.stderr]).toEqual([
      0,
      expect.stringContaining('warning: the data name no subjects') as string,
    ]);
    const model = join(store, 'runs', 'a', 'outputs', 'model');
    expect(await readFile(join(model, 'NOTICE.md'), 'utf8')).toBe('Whose the recordings are.\n');
    const verified = await run('verify', '--model', model);
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect((await readdir(model)).sort()).toEqual([
      'NOTICE.md',
      'card.md',
      'golden',
      'manifest.json',
      'model.onnx',
    ]);
    const record = JSON.parse(await readFile(join(store, 'runs', 'a', 'run.json'), 'utf8')) as {
      environment: Record<string, string>;
    };
    expect(record.environment['threads']).toBe('1');
  }, 60_000);

  it('makes the same by options alone, once', async () => {
    const options = [
      ...[
        '--csv',
        join(folder, 'list.csv'),
        '--recording',
        'sustentada',
        '--name',
        'hum',
        '--version',
        '1.0.0',
      ],
      ...['--labels', '0=noise,1=tone', '--window-s', '0.5', '--step-s', '0.5', '--folds', '4'],
      ...['--bootstrap', '100', '--notice', join(folder, 'NOTICE.md'), '--title', 'Hum'],
      ...['--out', join(folder, 'hum'), '--store', join(folder, 'store')],
    ];
    const made = await run('baseline', ...options);
    expect([made.code, made.stdout]).toEqual([
      0,
      expect.stringContaining(`hum 1.0.0 written to ${join(folder, 'hum')}\n`) as string,
    ]);
    expect((await run('verify', '--model', join(folder, 'hum'))).code).toBe(0);
    const manifest = JSON.parse(await readFile(join(folder, 'hum', 'manifest.json'), 'utf8')) as {
      readonly labels: readonly string[];
      readonly title: Readonly<Record<string, string>>;
    };
    expect([manifest.labels, manifest.title['es']]).toEqual([['noise', 'tone'], 'Hum']);
    const again = await run('baseline', ...options);
    expect([again.code, again.stderr.split('\n')[0]]).toEqual([
      1,
      `error: ${join(folder, 'hum')} is there already`,
    ]);
  }, 60_000);

  it.each<[string, string[], string]>([
    ['labels that are not there', ['--positive-label', '2'], 'which of 0 and 1 is looked for'],
    ['one label', ['--labels', '0=noise'], 'tells two labels apart, and here are 1: 0'],
    ['no CSV', ['--csv', 'none.csv'], 'none.csv is not there'],
  ])('answers 1 to a baseline of %s', async (_name, change, message) => {
    const options = [
      ...[
        '--csv',
        join(folder, 'list.csv'),
        '--recording',
        'sustentada',
        '--name',
        'hum',
        '--version',
        '1.0.0',
      ],
      ...['--out', join(folder, 'none'), '--store', join(folder, 'store')],
    ];
    const refused = await run('baseline', ...options, ...change);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(message) as string]);
  });

  it('answers 1 to a CSV that is not there, and to a folder that holds no model', async () => {
    const config = join(folder, 'none.json');
    await writeFile(
      config,
      JSON.stringify({
        data: { kind: 'csv', file: 'none.csv' },
        model: { name: 'noise', version: '1.2.3', recording: 'sustentada' },
      }),
    );
    const missing = await run('snapshot', '--run', 'b', '--config', config, '--store', join(folder, 'store'));
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('none.csv') as string]);
    const { code, stderr } = await run('verify', '--model', folder);
    expect([code, stderr.split('\n')[0]]).toEqual([1, `error: ${folder} holds no manifest.json`]);
  });
});
