import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingEventSchema, type TrainingEvent } from '../../contract/training/run.ts';
import { encodeWav } from '../../native/audio/wav.ts';
import { synthesise } from '../core/model/golden-voices.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-step-cli-'));
  await mkdir(join(folder, 'audio'));
  const lists: [string[], string[]] = [[], []];
  for (let i = 0; i < 16; i++) {
    const breath = i % 2 === 0 ? 0.3 : 0.002;
    const samples = synthesise(
      { name: '', durationS: 0.6, pitchHz: 100 + 7 * i, tremor: 0.01, jitter: 0.002, breath },
      16_000,
      i + 1,
    );
    const path = `audio/voice ${i}.wav`;
    await writeFile(join(folder, path), encodeWav({ samples, sampleRateHz: 16_000, bitDepth: 16 }));
    lists[i % 2]!.push(path);
  }
  await writeFile(join(folder, 'patients.txt'), lists[0].join('\n'));
  await writeFile(join(folder, 'controls.txt'), lists[1].join('\r\n'));
  config = join(folder, 'run.json');
  await writeFile(
    config,
    JSON.stringify({
      data: { kind: 'lists', patients: 'patients.txt', controls: 'controls.txt' },
      audio: { minimumS: 0.4 },
      noise: { training: { negative: 0, positive: 0 } },
      features: { windowS: 0.5, stepS: 0.25 },
      network: 'small',
      fit: { recordingsPerBatch: 2, mostEpochs: 8, warmUpSteps: 10, stepsPerCheckpoint: 1 },
      evaluate: { replicates: 100, permutedEpochs: 2 },
      model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs until an event is seen, then kills the process without warning. */
const killAt = async (
  args: string[],
  isReached: (event: TrainingEvent) => boolean,
): Promise<string | null> => {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (isReached(trainingEventSchema.parse(JSON.parse(line)))) child.kill('SIGKILL');
  }
  const [, signal] = (await gone) as [number | null, string | null];
  return signal;
};

describe('npm run train -- run', () => {
  it('comes to the same result after it was killed in the fit and in the evaluation', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    const first = await run('run', '--run', 'a', '--config', config, '--store', whole);
    expect([first.code, first.stderr.includes('error')]).toEqual([0, false]);
    const args = ['run', '--run', 'a', '--config', config, '--store', broken, '--json'];
    const inFit = await killAt(args, ({ step, epoch }) => step === 'fit' && epoch === 3);
    const inEvaluation = await killAt(
      args,
      ({ step, message }) => step === 'evaluate' && message.startsWith('permuted labels'),
    );
    expect([inFit, inEvaluation]).toEqual(['SIGKILL', 'SIGKILL']);
    const last = await run('run', '--run', 'a', '--store', broken);
    expect(last.code).toBe(0);
    expect(last.stderr).toContain('fit: nothing that it depends on has changed');
    for (const name of ['scores.json', 'report.json', 'weights.safetensors', 'model/model.onnx']) {
      const [expected, found] = await Promise.all(
        [whole, broken].map((store) => readFile(join(store, 'runs', 'a', 'outputs', name))),
      );
      expect(found!.equals(expected!), name).toBe(true);
    }
    const events = await readFile(join(broken, 'runs', 'a', 'events.jsonl'), 'utf8');
    expect(events).toContain('goes on at epoch');
  }, 180_000);

  it('does one step by itself, lists the runs and compares them', async () => {
    const store = join(folder, 'single');
    for (const step of ['snapshot', 'split']) {
      const done = await run(step, '--run', 'b', '--config', config, '--store', store);
      expect([done.code, done.stderr.includes(`${step}: done`)]).toEqual([0, true]);
    }
    const early = await run('package', '--run', 'b', '--store', store);
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining('"package" needs "features", which is not done') as string,
    ]);
    await run('snapshot', '--run', 'c', '--config', config, '--store', store, '--parent', 'b');
    const listed = await run('runs', '--store', store);
    expect(listed.stdout).toMatch(/^b .* split/mu);
    expect(listed.stdout).toMatch(/^c +b .* snapshot/mu);
    const compared = await run('compare', 'b', 'c', '--store', store);
    expect(compared.stdout).toContain('The configurations are the same.');
    expect(compared.stdout).toContain('No test recording is common to both.');
  }, 60_000);

  it('answers 1 to a configuration with an unknown key, naming it, and to a run that is not there', async () => {
    const wrong = join(folder, 'wrong.json');
    const json = JSON.parse(await readFile(config, 'utf8')) as object;
    await writeFile(wrong, JSON.stringify({ ...json, learningRate: 1 }));
    const refused = await run('run', '--run', 'd', '--config', wrong, '--store', join(folder, 'none'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('learningRate');
    const missing = await run('fit', '--run', 'nobody', '--store', join(folder, 'none'));
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('there is no run nobody') as string,
    ]);
  });

  it.each<[string, string[]]>([
    ['no run', ['run']],
    ['an id that cannot be one', ['run', '--run', '../x']],
    ['an unknown option', ['fit', '--run', 'x', '--epochs', '3']],
    ['one run to compare', ['compare', 'x']],
  ])('answers 2 to %s', async (_name, args) => {
    expect((await run(...args)).code).toBe(2);
  });
});
