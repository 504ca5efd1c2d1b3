/** What is shipped for other schedulers runs the program's commands, in its order, by its exit codes. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { runIdSchema, trainingSteps } from '../../contract/training/run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): Promise<string> => readFile(join(root, 'training/deploy', path), 'utf8');
const program = ['node_modules/.bin/node', 'training/hosts/cli.ts'];
const finalExitCodes = [trainingExitCodes.wrongOptions, trainingExitCodes.refusedByGate];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-deploy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The exit code of the shipped words on a store of nothing, under another name of the run. */
async function exitCodeOf(words: readonly string[]): Promise<number> {
  const given = words.map((word, at) => {
    if (words[at - 1] === '--run') return 'x';
    return ['--store', '--config', '--folder'].includes(words[at - 1] ?? '') ? join(folder, 'none') : word;
  });
  return new Promise((resolve) => {
    execFile(process.execPath, given, { cwd: root }, (error) =>
      resolve(error === null ? 0 : Number(error.code)),
    );
  });
}

const tasksSchema = z.object({
  maximum: z.number(),
  names: z.array(z.string()),
  tasks: z.array(
    z.object({
      id: z.string(),
      command: z.array(z.string()),
      after: z.array(z.string()),
      retries: z.number(),
    }),
  ),
});
/** Reads the DAG as Airflow does, and tells of it on the last line. */
const tellDag = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("spira_training", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
runs = [type("Run", (), {"run_id": name})() for name in sys.argv[2:]]
tasks = [dict(id=t.task_id, command=t.command, after=sorted(t.upstream_task_ids), retries=t.retries)
         for t in module.dag.topological_sort()]
print(json.dumps(dict(maximum=module.dag.max_active_runs, tasks=tasks, names=[module.run_name(r) for r in runs])))
`;
/** A Python that has Airflow. */
const airflow = process.env['SPIRA_AIRFLOW'];

describe('the Airflow DAG', () => {
  it('has the steps of the program in their order, then the gate, each with options that the program knows', async () => {
    const text = await read('airflow/spira_training.py');
    const steps = /^STEPS = \((.*)\)$/mu.exec(text)?.[1]?.match(/[a-z]+/gu);
    expect(steps).toEqual([...trainingSteps, 'gate']);
    const finals = /^FINAL_EXIT_CODES = \((.*)\)$/mu.exec(text)?.[1]?.split(',').map(Number);
    expect(finals).toEqual(finalExitCodes);
    const words = /words = \[(.*), step\]/u.exec(text)?.[1]?.match(/[^", ]+/gu);
    expect(words).toEqual(program);
    const given = /words \+= \[(.*)\]/u.exec(text)?.[1]?.match(/--[a-z]+/gu);
    expect(given).toEqual(['--run', '--store']);
    for (const step of steps ?? []) {
      const more = step === 'snapshot' ? ['--config', 'x'] : [];
      const code = await exitCodeOf([...program.slice(1), step, '--run', 'x', '--store', 'x', ...more]);
      expect([step, code]).toEqual([step, trainingExitCodes.refused]);
    }
  }, 120_000);

  it.skipIf(airflow === undefined)(
    'is read by Airflow as one chain of these commands, tried again, one run at a time (SPIRA_AIRFLOW: a Python that has it)',
    async () => {
      const script = join(folder, 'tell-dag.py');
      await writeFile(script, tellDag);
      const dag = join(root, 'training/deploy/airflow/spira_training.py');
      const runIds = [
        'manual__2026-11-21T16:40:00.123456+00:00',
        'scheduled__2026-11-22T02:30:00+00:00',
        'É',
      ];
      const { stdout } = await promisify(execFile)(airflow ?? '', [script, dag, ...runIds], {
        env: { ...process.env, AIRFLOW_HOME: join(folder, 'airflow') },
        maxBuffer: 10_000_000,
      });
      const told = tasksSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
      const order = [...trainingSteps, 'gate'];
      expect(told.tasks.map(({ id, after }) => [id, after])).toEqual(
        order.map((step, at) => [step, at === 0 ? [] : [order[at - 1]]]),
      );
      expect(told.tasks.map(({ command }) => command.slice(0, 3))).toEqual(
        order.map((step) => [...program, step]),
      );
      expect([told.maximum, told.tasks.every(({ retries }) => retries > 0)]).toEqual([1, true]);
      expect(told.names.filter((name) => !runIdSchema.safeParse(name).success)).toEqual([]);
      expect(new Set(told.names).size).toBe(runIds.length);
    },
    120_000,
  );
});

const containerSchema = z.object({
  command: z.array(z.string()),
  volumeMounts: z.array(z.object({ name: z.string() })),
});
const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        initContainers: z.array(containerSchema).length(1),
        containers: z.array(containerSchema).length(1),
        volumes: z.array(z.object({ name: z.string() })),
      }),
    }),
  }),
});

const jobSpecSchema = z.object({
  podFailurePolicy: z.object({
    rules: z.array(
      z.object({
        action: z.string(),
        onExitCodes: z
          .object({ containerName: z.string(), operator: z.literal('In'), values: z.array(z.int()) })
          .optional(),
      }),
    ),
  }),
  template: z.object({
    spec: z.object({
      restartPolicy: z.literal('Never'),
      containers: z.tuple([
        z.object({
          name: z.string(),
          command: z.array(z.string()),
          env: z.array(z.object({ name: z.string() })),
        }),
      ]),
    }),
  }),
});
const cronJobSchema = z.object({
  kind: z.literal('CronJob'),
  spec: z.object({
    concurrencyPolicy: z.literal('Forbid'),
    timeZone: z.string(),
    jobTemplate: z.object({ spec: jobSpecSchema }),
  }),
});
const jobSchema = z.object({ kind: z.literal('Job'), spec: jobSpecSchema });

describe.each([
  ['cron-job.json', 'run', (json: unknown) => cronJobSchema.parse(json).spec.jobTemplate.spec],
  ['gate-job.json', 'gate', (json: unknown) => jobSchema.parse(json).spec],
] as const)('the Kubernetes manifest %s', (file, command, specOf) => {
  it('runs the command with options that the program knows, under the name that RUN gives', async () => {
    const [container] = specOf(JSON.parse(await read(`kubernetes/${file}`))).template.spec.containers;
    expect(container.command.slice(0, 3)).toEqual([...program, command]);
    expect(container.command[container.command.indexOf('--run') + 1]).toBe('$(RUN)');
    expect(container.env.map(({ name }) => name)).toContain('RUN');
    expect(await exitCodeOf(container.command.slice(1))).toBe(trainingExitCodes.refused);
  }, 60_000);

  it('ends for good where the program says that another try changes nothing', async () => {
    const { podFailurePolicy, template } = specOf(JSON.parse(await read(`kubernetes/${file}`)));
    const [{ name }] = template.spec.containers;
    const rules = podFailurePolicy.rules.filter(({ onExitCodes }) => onExitCodes?.containerName === name);
    expect(rules.map(({ action, onExitCodes }) => [action, onExitCodes?.values])).toEqual([
      ['FailJob', finalExitCodes],
      ['Ignore', [trainingExitCodes.cancelled]],
    ]);
  });
});

describe('the Deployment of workers', () => {
  it('runs the command with options that the program knows, with a password that nobody else may read', async () => {
    const deployment = deploymentSchema.parse(JSON.parse(await read('kubernetes/workers.json')));
    const { initContainers, containers, volumes } = deployment.spec.template.spec;
    const { command, volumeMounts } = containers[0]!;
    expect(command.slice(0, 3)).toEqual([...program, 'worker']);
    const [secret, password] = [join(folder, 'secret'), join(folder, 'password')];
    await writeFile(secret, 'cavalo bateria grampo', { mode: 0o640 });
    const [node, flag, script] = initContainers[0]!.command;
    expect([node, flag]).toEqual([program[0], '-e']);
    const places = { '/etc/spira/password': secret, '/run/spira/password': password };
    const copy = Object.entries(places).reduce((text, [from, to]) => text.replace(from, to), script ?? '');
    await promisify(execFile)(process.execPath, ['-e', copy]);
    const given = command.slice(1).map((word, at, words) => {
      if (words[at - 1] === '--store') return join(folder, 'none');
      if (words[at - 1] === '--password-file') {
        expect(word).toBe('/run/spira/password');
        return password;
      }
      // Nobody listens there.
      return words[at - 1] === '--registry' ? 'http://127.0.0.1:1' : word;
    });
    const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
      execFile(process.execPath, given, { cwd: root }, (error, _, text) =>
        resolve({ code: error === null ? 0 : Number(error.code), stderr: text }),
      );
    });
    expect([code, stderr]).toEqual([
      trainingExitCodes.refused,
      expect.stringContaining('does not answer') as string,
    ]);
    const mounted = [...volumeMounts, ...initContainers[0]!.volumeMounts].map(({ name }) => name);
    expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }) => name)));
  }, 60_000);
});

it('the codes stand in the text that goes with them', async () => {
  const text = await read('README.md');
  const listed = [...text.matchAll(/^\| (\d+) +\|/gmu)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(trainingExitCodes));
});
