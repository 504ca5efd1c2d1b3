import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featuresSchema, runRecordSchema, scoresSchema, type Scores } from '../../contract/training/run.ts';
import { encodeWav } from '../../native/audio/wav.ts';
import { synthesise } from '../core/model/golden-voices.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const exportScript = fileURLToPath(new URL('../fixtures/export-reference-network.py', import.meta.url));
let folder: string;
let store: string;
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    execFile(process.execPath, [cli, ...args, '--store', store], (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const output = (id: string, name: string): string => join(store, 'runs', id, 'outputs', name);
const scoresOf = async (id: string): Promise<Scores> =>
  scoresSchema.parse(JSON.parse(await readFile(output(id, 'scores.json'), 'utf8')));
const configure = async (name: string, change: object): Promise<string> => {
  const path = join(folder, `${name}.json`);
  const configuration = {
    data: { kind: 'lists', patients: 'patients.txt', controls: 'controls.txt' },
    audio: { minimumS: 0.4 },
    noise: { training: { negative: 0, positive: 0 } },
    evaluate: { replicates: 100, permutedFits: 0 },
    model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
    ...change,
  };
  await writeFile(path, JSON.stringify(configuration));
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-import-'));
  store = join(folder, 'store');
  await mkdir(join(folder, 'audio'));
  const lists: [string[], string[]] = [[], []];
  for (let i = 0; i < 12; i++) {
    const samples = synthesise(
      {
        ...{ name: '', durationS: 0.6, pitchHz: 100 + 6 * ((i * 5) % 12), tremor: 0.01, jitter: 0.002 },
        breath: i % 2 === 0 ? 0.3 : 0.002,
      },
      16_000,
      i + 1,
    );
    const path = `audio/voice ${i}.wav`;
    await writeFile(join(folder, path), encodeWav({ samples, sampleRateHz: 16_000, bitDepth: 16 }));
    lists[i % 2]!.push(path);
  }
  await writeFile(join(folder, 'patients.txt'), lists[0].join('\n'));
  await writeFile(join(folder, 'controls.txt'), lists[1].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('npm run train -- import', () => {
  const small = {
    features: { windowS: 0.5, stepS: 0.25 },
    network: 'small',
    fit: { recordingsPerBatch: 4, mostEpochs: 3, warmUpSteps: 10, learningRate: 0.01 },
  };

  it('puts weights in the place of a fit, which then go the same way to a model folder', async () => {
    const config = await configure('small', small);
    expect((await run('run', '--run', 'a', '--config', config)).code).toBe(0);
    const weights = join(folder, 'elsewhere.safetensors');
    await cp(output('a', 'weights.safetensors'), weights);
    const taken = await run(
      ...['import', '--run', 'b', '--config', config, '--weights', weights],
      ...['--origin', 'torchrun on eight machines'],
    );
    expect([taken.code, taken.stderr]).toEqual([0, expect.stringContaining('fit: done') as string]);
    // The store has them: the file may go.
    await rm(weights);
    const whole = await run('run', '--run', 'b');
    expect([whole.code, whole.stderr]).toEqual([
      0,
      expect.stringContaining('fit: nothing that it depends on has changed') as string,
    ]);
    expect((await scoresOf('b')).scores).toEqual((await scoresOf('a')).scores);
    const card = await readFile(output('b', 'model/card.md'), 'utf8');
    expect(card).toContain('Weights that were trained elsewhere: torchrun on eight machines');
    expect(card).toContain('that test participants were kept away from there is not proven here');
    const record = runRecordSchema.parse(
      JSON.parse(await readFile(join(store, 'runs', 'b', 'run.json'), 'utf8')),
    );
    expect(record.steps.package).toMatchObject({ state: 'done' });
    expect(record.trainedBy).toHaveLength(1);
  }, 240_000);

  it('refuses weights of another network, by name, and leaves no run that goes on with them', async () => {
    const config = await configure('wider', {
      ...small,
      features: { windowS: 0.5, stepS: 0.25, kind: 'spectrogram' },
    });
    const refused = await run(
      ...['import', '--run', 'c', '--config', config, '--weights', output('a', 'weights.safetensors')],
      ...['--origin', 'elsewhere'],
    );
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('should be [') as string]);
    const missing = await run('import', '--run', 'c', '--weights', 'none', '--origin', 'x');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('is not there') as string]);
  }, 240_000);

  it.each<[string, string[]]>([
    ['no weights', ['import', '--run', 'x', '--origin', 'y']],
    ['no origin', ['import', '--run', 'x', '--weights', 'y']],
    ['weights for a fit', ['fit', '--run', 'x', '--weights', 'y']],
  ])('answers 2 to %s', async (_name, args) => {
    expect((await run(...args)).code).toBe(2);
  });
});

const python = ['/usr/bin/python3', 'python3'].find((program) => {
  try {
    execFileSync(program, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** The network of the weights on a file of features [windows, 401, 40], in PyTorch; prints its probabilities. */
const judgeInTorch = `
import json, runpy, sys, torch
reference_network = runpy.run_path(sys.argv[1])["reference_network"]
torch.manual_seed(20261121)
network = reference_network().eval()
for path in sys.argv[2:]:
    features = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.float32).reshape(-1, 1, 401, 40)
    with torch.no_grad():
        print(json.dumps(torch.sigmoid(network(features).flatten()).tolist()))
`;

describe.skipIf(python === undefined)('weights of PyTorch (skipped where python3 has no torch)', () => {
  it('give the scores of PyTorch on the windows of a run to 1e-5', { timeout: 400_000 }, async () => {
    execFileSync(python!, [exportScript, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const config = await configure('torch', { fit: { warmUpSteps: 10 } });
    const taken = await run(
      ...['import', '--run', 't', '--config', config, '--origin', 'PyTorch, untrained'],
      ...['--weights', join(folder, 'weights.safetensors')],
    );
    expect(taken.stderr).toContain('fit: done');
    expect((await run('evaluate', '--run', 't')).code).toBe(0);
    const features = featuresSchema.parse(JSON.parse(await readFile(output('t', 'features.json'), 'utf8')));
    const { scores } = await scoresOf('t');
    const paths = scores.map(({ recording }) => {
      const { sha256 } = features.clean[recording]!.content;
      return join(store, 'objects', sha256.slice(0, 2), sha256);
    });
    const printed = execFileSync(python!, ['-c', judgeInTorch, exportScript, ...paths], { encoding: 'utf8' });
    const expected = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as number[]);
    expect(expected).toHaveLength(scores.length);
    expect(scores.length).toBeGreaterThan(3);
    for (const [index, { windowScores }] of scores.entries()) {
      expect(windowScores).toHaveLength(expected[index]!.length);
      windowScores.forEach((score, window) =>
        expect(Math.abs(score - expected[index]![window]!)).toBeLessThan(1e-5),
      );
    }
  });
});
