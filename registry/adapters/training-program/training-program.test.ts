import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import type { TrainingProgram, TrainingSign, TrainingTry } from '../../ports/training-program.ts';
import { openTrainingProgram } from './training-program.ts';

const program = fileURLToPath(new URL('./fixtures/program.ts', import.meta.url));
const order = {
  runId: 'vowel-1',
  configuration: trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'vowels.csv' },
    network: 'small',
    model: { name: 'vowel', version: '1.0.0', recording: 'sustentada' },
  }),
  trainers: ['ana', 'bia'],
};

let folder: string;
let signs: TrainingSign[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-program-'));
  signs = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (scene: string): Promise<TrainingProgram> =>
  openTrainingProgram({
    folder,
    command: [program, scene],
    environment: { ...process.env, SPIRA_REGISTRY_DATABASE_URL: 'postgres://secret', SPIRA_TRAINING_X: 'y' },
  });
const start = async (
  scene: string,
): Promise<{ readonly attempt: TrainingTry; readonly firstSign: Promise<void> }> => {
  const { promise: firstSign, resolve } = Promise.withResolvers<void>();
  const attempt = (await open(scene)).start(order, (sign) => {
    signs.push(sign);
    resolve();
  });
  return { attempt, firstSign };
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('is told run, order, folders and on whose behalf, and none of the registry’s secrets', async () => {
  const { attempt } = await start('told');
  expect(await attempt.ended).toEqual({ kind: 'exited', exitCode: 0 });
  const log = join(folder, 'logs', 'vowel-1.log');
  const said = JSON.parse(await readFile(log, 'utf8')) as {
    args: string[];
    secrets: string[];
    network: string;
  };
  expect(said.secrets).toEqual(['SPIRA_TRAINING_X']);
  expect(said.network).toBe('small');
  expect(said.args.join(' ')).toBe(
    `--run vowel-1 --store ${join(folder, 'store')} --json --config ${join(folder, 'orders', 'vowel-1.json')} ` +
      `--folder ${join(folder, 'data')} --attended --on-behalf-of ana --on-behalf-of bia`,
  );
  if (process.platform !== 'win32') expect((await stat(log)).mode & 0o077).toBe(0);
});

it('passes on what an event says without its text, and nothing that is no event', async () => {
  const { attempt } = await start('told');
  await attempt.ended;
  expect(signs).toEqual([
    { step: 'snapshot', kind: 'started', epoch: null, loss: null, secondsLeftAtMost: null },
    { step: 'fit', kind: 'progress', epoch: 2, loss: 0.25, secondsLeftAtMost: 30 },
    { step: 'gate', kind: 'started', epoch: null, loss: null, secondsLeftAtMost: null },
  ]);
});

it('tells the exit code of a run that was refused, of which no gate is asked', async () => {
  const { attempt } = await start('refused');
  expect([await attempt.ended, signs]).toEqual([{ kind: 'exited', exitCode: 1 }, []]);
});

it('tells a model that the gate refuses from one that nobody has approved yet', async () => {
  const [poor, unapproved] = [await start('poor'), await start('unapproved')];
  expect(await poor.attempt.ended).toEqual({ kind: 'exited', exitCode: 3 });
  expect(await unapproved.attempt.ended).toEqual({ kind: 'exited', exitCode: 0 });
});

it('ends by itself when it is asked to', async () => {
  const { attempt, firstSign } = await start('attended');
  await firstSign;
  attempt.stop();
  expect(await attempt.ended).toEqual({ kind: 'exited', exitCode: 130 });
});

it('is killed with all that it started', async () => {
  const { attempt, firstSign } = await start('deaf');
  await firstSign;
  const grandchild = signs[0]?.loss ?? 0;
  expect(isAlive(grandchild)).toBe(true);
  attempt.stop();
  attempt.kill();
  expect(await attempt.ended).toEqual({ kind: 'killed' });
  await expect.poll(() => isAlive(grandchild), { timeout: 20_000 }).toBe(false);
});

it('says that it could not be started', async () => {
  const opened = await open('told');
  await rm(folder, { recursive: true });
  expect(await opened.start(order, () => undefined).ended).toEqual({ kind: 'not-started' });
});
