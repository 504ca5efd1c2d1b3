import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const run = (args: readonly string[], more: Record<string, string> = {}) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    const { PATH = '', HOME = '' } = process.env;
    execFile(process.execPath, [cli, ...args], { env: { PATH, HOME, ...more } }, (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const { wrongOptions } = trainingExitCodes;

it.each([
  [['worker'], {}, '--registry is missing'],
  [['worker', '--once', '--until-idle', '5'], {}, '--until-idle takes a number of seconds'],
  [['worker', '--until-idle', 'soon'], {}, '--until-idle takes a number of seconds'],
  [['features', '--run', 'a', '--workers', 'bus'], {}, 'workers are asked for by "registry"'],
  [['features', '--run', 'a', '--workers', 'registry'], {}, '--workers registry needs --registry'],
  [['run', '--run', 'a'], { SPIRA_TRAINING_WORKERS: 'registry' }, '--workers registry needs --registry'],
  [['run', '--run', 'a', '--wait-for-workers', '-1'], {}, "--wait-for-workers' argument is ambiguous"],
  [['run', '--run', 'a', '--wait-for-workers', '9e9'], {}, '--wait-for-workers takes a number of seconds'],
] as const)('%j with %j is a wrong use, and says why', async (args, environment, said) => {
  const { code, stdout, stderr } = await run(args, environment);
  expect([code, stdout, stderr]).toEqual([wrongOptions, '', expect.stringContaining(said)]);
});

it('tells how it is used', async () => {
  const { code, stdout } = await run(['worker', '--help']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('--until-idle SECONDS')]);
});
