import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
  const names = Array.from({ length: 6 }, (_, i) => `dir/voice, ${i}.wav`);
  await mkdir(join(folder, 'dir'));
  for (const [i, name] of names.entries()) {
    const samples = Float32Array.from({ length: 9_000 }, (_, n) =>
      i % 2 === 0 ? 0.2 * random.normal() : 0.2 * Math.sin(n * (0.1 + 0.01 * i)) + 0.01 * random.normal(),
    );
    await writeFile(join(folder, name), encodeWav({ samples, sampleRateHz: 8_000, bitDepth: 16 }));
  }
  const rows = names.map((name, i) => `"${name}",${i % 2},F,3${i}`);
  await writeFile(join(folder, 'list.csv'), `\uFEFFfile_path,class,sexo,idade\r\n${rows.join('\r\n')}\r\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (change: Record<string, string> = {}): string[] => {
  const all = {
    csv: join(folder, 'list.csv'),
    recording: 'sustentada',
    name: 'noise',
    version: '1.2.3',
    out: join(folder, 'model'),
    'window-s': '0.5',
    'step-s': '0.5',
    bootstrap: '100',
    ...change,
  };
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
};

describe('npm run train', () => {
  it('lists its commands, and the options of each', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('baseline') as string,
    });
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('baseline') as string });
    expect(await run('baseline', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--positive-label') as string,
    });
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['bassline'], 'there is no command "bassline"'],
    ['an unknown option', ['baseline', '--cvs', 'x'], "Unknown option '--cvs'"],
    ['a stray argument', ['baseline', 'x'], "Unexpected argument 'x'"],
    [
      'missing options',
      ['baseline', '--csv', 'x'],
      '--recording is missing; --name is missing; --version is missing; --out is missing',
    ],
  ])('answers 2 to %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('answers 1 to a CSV that is not there', async () => {
    const missing = join(folder, 'none.csv');
    const { code, stderr } = await run('baseline', ...options({ csv: missing }));
    expect([code, stderr]).toEqual([
      1,
      `error: ${missing} is not there\n  Check the path; it is relative to the folder where the command runs.\n`,
    ]);
  });

  it('answers 1 to a CSV that is not UTF-8, and to texts that are not whole', async () => {
    const latin = join(folder, 'latin.csv');
    await writeFile(latin, Buffer.from('path,subject,label\nvog\xe3l.wav,a,1\n', 'latin1'));
    expect((await run('baseline', ...options({ csv: latin }))).stderr).toContain('is not text in UTF-8');
    const texts = join(folder, 'texts.json');
    await writeFile(texts, '{"title":{"en":"only one"}}');
    const { code, stderr } = await run('baseline', ...options({ texts }));
    expect(code).toBe(1);
    expect(stderr).toContain('title.pt-BR');
  });

  it('trains on file_path,class with quoted names at another rate, and checks what it wrote', async () => {
    const trained = await run('baseline', ...options());
    expect(trained.stderr).toContain('warning: the CSV names no subjects');
    expect(trained.stdout).toContain('noise 1.2.3 written to');
    expect(trained.stdout).toMatch(/^auc +1\.000/mu);
    expect(trained.code).toBe(0);
    const verified = await run('verify', '--model', join(folder, 'model'));
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect((await run('baseline', ...options())).code).toBe(1);
    expect((await readdir(folder)).filter((name) => name.includes('draft'))).toEqual([]);
  });

  it('answers 1 to a folder that holds no model', async () => {
    const { code, stderr } = await run('verify', '--model', join(folder, 'dir'));
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      `error: ${join(folder, 'dir')} holds no manifest.json`,
    ]);
  });
});
