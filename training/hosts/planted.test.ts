/** What must never come through: each planted in the same data and tried as a researcher would, by `run`. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { encodeWav } from '../../native/audio/wav.ts';
import { seededRandom } from '../core/fit/random.ts';
import { synthesise } from '../core/model/golden-voices.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const rateHz = 16_000;
/** The voices of both classes are of one kind: only the room of the positive ones hums. */
const people = Array.from({ length: 20 }, (_, i) => ({ name: `p${i}`, isPositive: i % 2 === 0 }));
const rows = people.map(({ name, isPositive }) => `${name}.wav,${name},${isPositive ? 1 : 0}`);
const sides = people.map(({ name }, i) => `${name},${['training', 'test', 'validation'][i % 3]}`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-planted-'));
  const write = (name: string, samples: Float32Array): Promise<void> =>
    writeFile(join(folder, name), encodeWav({ samples, sampleRateHz: rateHz, bitDepth: 16 }));
  const random = seededRandom(9);
  for (const [i, { name, isPositive }] of people.entries()) {
    const voice = {
      name: '',
      durationS: 0.7,
      pitchHz: 100 + 6 * i,
      tremor: 0.01,
      jitter: 0.002,
      breath: 0.01,
    };
    const room = isPositive ? 0.05 : 0;
    const samples = synthesise(voice, rateHz, i + 1).map((sample) => 0.8 * sample + room * random.normal());
    await write(`${name}.wav`, samples);
  }
  for (const clip of [1, 2, 3]) {
    await write(
      `noise${clip}.wav`,
      Float32Array.from({ length: rateHz }, () => 0.2 * random.normal()),
    );
  }
  await cp(join(folder, 'p3.wav'), join(folder, 'copy.wav'));
  await writeFile(join(folder, 'noises.txt'), 'noise1.wav\nnoise2.wav\nnoise3.wav\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Planted {
  readonly name: string;
  readonly recordings?: readonly string[];
  readonly sides?: readonly string[];
}
const run = async ({ name, recordings = rows, sides: given = sides }: Planted) => {
  await writeFile(join(folder, `${name}.csv`), ['path,subject,label', ...recordings, ''].join('\n'));
  await writeFile(join(folder, `${name}-sides.csv`), ['subject,side', ...given, ''].join('\n'));
  const config = join(folder, `${name}.json`);
  await writeFile(
    config,
    JSON.stringify({
      data: { kind: 'csv', file: `${name}.csv`, noises: { file: 'noises.txt' } },
      audio: { minimumS: 0.4 },
      split: { kind: 'given', file: `${name}-sides.csv` },
      noise: { training: { negative: 0, positive: 0 }, evaluation: 3 },
      features: { windowS: 0.5, stepS: 0.25 },
      network: 'small',
      engine: { threads: 1 },
      fit: { recordingsPerBatch: 4, mostEpochs: 15, warmUpSteps: 10, learningRate: 0.01 },
      evaluate: { replicates: 100, permutedFits: 0 },
      model: { name: 'hum', version: '0.1.0', recording: 'sustentada' },
    }),
  );
  const store = join(folder, 'store');
  const args = [cli, 'run', '--run', name, '--config', config, '--store', store];
  const ended = await new Promise<{ code: number; stderr: string }>((settle) => {
    execFile(process.execPath, args, (error, _, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stderr }),
    );
  });
  return { ...ended, outputs: join(store, 'runs', name, 'outputs') };
};

describe('npm run train -- run', () => {
  it('is stopped by a planted leak: a participant on two sides', async () => {
    const { code, stderr } = await run({ name: 'leak', sides: [...sides, 'p0,test'] });
    expect([code, stderr]).toEqual([
      trainingExitCodes.refused,
      expect.stringContaining('subject p0 is on the sides training and test') as string,
    ]);
  }, 60_000);

  it('is stopped by a planted duplicate: the same audio under another subject, on another side', async () => {
    const { code, stderr } = await run({
      name: 'duplicate',
      recordings: [...rows, 'copy.wav,somebody,0'],
      sides: [...sides, 'somebody,test'],
    });
    expect([code, stderr]).toEqual([
      trainingExitCodes.refused,
      expect.stringContaining('2 same-audio-two-subjects') as string,
    ]);
    expect(stderr).toContain('copy.wav: same-audio-two-subjects, the same audio as p3.wav');
  }, 60_000);

  it('says of a planted noise shortcut, on report and card, that the model listens to the room', async () => {
    const { code, stderr, outputs } = await run({ name: 'noise' });
    expect(code).toBe(trainingExitCodes.done);
    expect(stderr).toContain('warning: noise: accuracy falls by');
    const card = await readFile(join(outputs, 'model', 'card.md'), 'utf8');
    expect(card).toContain('shortcut: noise floor alone');
    expect(card).toContain('the model depends on who got the noise');
  }, 120_000);
});
