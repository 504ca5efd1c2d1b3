import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionSchema, type Verdict } from '../../contract/training/release.ts';
import { encodeWav } from '../../native/audio/wav.ts';
import { synthesise } from '../core/model/golden-voices.ts';

const programs = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(programs, 'training', 'hosts', 'cli.ts');
const password = 'cavalo bateria grampo';

let folder: string;
let store: string;
let url: string;
let server: ChildProcess;
let token: string;

const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    const { SPIRA_TRAINING_REGISTRY: _, ...env } = process.env;
    execFile(process.execPath, [cli, ...args, '--store', store], { env }, (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
const as = (username: string): string[] => [
  ...['--registry', url, '--as', username],
  ...['--password-file', join(folder, 'password')],
];
const publish = (id: string, ...more: string[]) =>
  run(
    'publish',
    '--run',
    id,
    '--why',
    'for the study',
    '--key',
    join(folder, 'key.pem'),
    ...as('root'),
    ...more,
  );
const api = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
  return (await answer.json()) as T;
};

/** What is expected of breaths in synthetic voices: everything that the voices themselves can show. */
const lenient = {
  floors: { sensitivity: { lower: 0 }, specificity: { lower: 0 } },
  noise: { whenUnknown: 'pass' },
  permuted: { whenMissing: 'pass' },
  shortcuts: 'warn',
  thresholds: 'warn',
};
const configure = async (name: string, change: object): Promise<string> => {
  const path = join(folder, `${name}.json`);
  const configuration = {
    data: { kind: 'lists', patients: 'patients.txt', controls: 'controls.txt' },
    audio: { minimumS: 0.4 },
    noise: { training: { negative: 0, positive: 0 } },
    features: { windowS: 0.5, stepS: 0.25 },
    network: 'small',
    fit: { recordingsPerBatch: 4, mostEpochs: 15, warmUpSteps: 10, learningRate: 0.01 },
    evaluate: { replicates: 100, permutedFits: 0 },
    gate: lenient,
    model: { name: 'breath', version: '0.1.0', recording: 'sustentada' },
    ...change,
  };
  await writeFile(path, JSON.stringify(configuration));
  return path;
};
const train = async (id: string, config: string) => {
  const trained = await run('run', '--run', id, '--config', config, ...as('grace'));
  expect([trained.code, trained.stderr]).toEqual([0, expect.not.stringContaining('error:') as string]);
  return trained;
};

async function startRegistry(): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  server = spawn(process.execPath, [join(programs, 'registry', 'hosts', 'server.ts')], {
    env: {
      ...{ PATH, HOME, SPIRA_REGISTRY_PORT: '0' },
      SPIRA_REGISTRY_DATA_FOLDER: join(folder, 'registry'),
      SPIRA_REGISTRY_MODEL_KEY_FILES: join(folder, 'key.pem.pub'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  for await (const chunk of server.stdout!) {
    output += String(chunk);
    const port = /listens at https?:\/\/127\.0\.0\.1:(\d+)\n/u.exec(output)?.[1];
    const setupCode = /set-up code {3}(\S+)/u.exec(output)?.[1];
    if (port === undefined || setupCode === undefined) continue;
    url = `http://127.0.0.1:${port}`;
    await api('/api/first-account', 'POST', { setupCode, username: 'root', displayName: 'Root', password });
    break;
  }
  server.stdout!.resume();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-release-'));
  store = join(folder, 'store');
  await mkdir(join(folder, 'audio'));
  const lists: [string[], string[]] = [[], []];
  for (let i = 0; i < 16; i++) {
    const breath = i % 2 === 0 ? 0.3 : 0.002;
    const samples = synthesise(
      { name: '', durationS: 0.6, pitchHz: 100 + 6 * ((i * 5) % 16), tremor: 0.01, jitter: 0.002, breath },
      16_000,
      i + 1,
    );
    const path = `audio/voice ${i}.wav`;
    await writeFile(join(folder, path), encodeWav({ samples, sampleRateHz: 16_000, bitDepth: 16 }));
    lists[i % 2]!.push(path);
  }
  await writeFile(join(folder, 'patients.txt'), lists[0].join('\n'));
  await writeFile(join(folder, 'controls.txt'), lists[1].join('\n'));
  await writeFile(join(folder, 'password'), `${password}\n`, { mode: 0o600 });
  const sign = join(programs, 'registry', 'hosts', 'sign-model.ts');
  await once(spawn(process.execPath, [sign, '--make-key', join(folder, 'key.pem')]), 'exit');
  await startRegistry();
  const signedIn = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username: 'root', password }),
  });
  ({ access_token: token } = (await signedIn.json()) as { access_token: string });
  for (const username of ['grace', 'ada']) {
    const account = { username, displayName: username, email: null, roles: ['researcher'], hospitals: 'all' };
    await api('/api/accounts', 'POST', { ...account, language: 'en', password });
  }
}, 240_000);
afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

interface ShownModel {
  readonly name: string;
  readonly version: string;
  readonly aliases: readonly string[];
}
const models = async (): Promise<string[]> =>
  (await api<{ models: ShownModel[] }>('/api/models')).models.map(({ name, version, aliases }) =>
    `${name} ${version} ${aliases.join()}`.trim(),
  );
const history = async (): Promise<{ version: string; by: string; why: string }[]> =>
  (await api<{ history: never[] }>('/api/models/breath/aliases/production/history')).history;

describe('between a trained model and the wards', () => {
  it('stands the gate: refused by its rules, approved by someone else, then published once', async () => {
    await train('one', await configure('strict', { gate: { ...lenient, noise: {} } }));
    const early = await publish('one');
    expect(early.code).toBe(3);
    expect(early.stderr).toContain('the release gate refuses breath 0.1.0: noise, approval');
    expect(early.stderr).toContain('noise: how the model does in noise is not known');
    expect(early.stderr).toContain('approval: someone other than grace must approve');
    expect(await models()).toEqual([]);

    const approve = (who: string) => run('approve', '--run', 'one', '--why', 'read the report', ...as(who));
    const own = await approve('grace');
    expect([own.code, own.stderr]).toEqual([
      3,
      expect.stringContaining('grace had steps of the run one done') as string,
    ]);
    expect((await approve('ada')).code).toBe(0);
    const noisy = await publish('one');
    expect([noisy.code, noisy.stderr]).toEqual([
      3,
      expect.stringContaining('the release gate refuses breath 0.1.0: noise\n') as string,
    ]);

    const again = await train('one', await configure('lenient', {}));
    expect(again.stderr).toContain('package: nothing that it depends on has changed');
    const unsigned = await publish('one', '--key', join(folder, 'none.pem'));
    expect([unsigned.code, unsigned.stderr]).toEqual([
      1,
      expect.stringContaining('cannot be read (ENOENT)') as string,
    ]);
    expect(await models()).toEqual([]);
    const published = await publish('one');
    expect([published.code, published.stdout]).toEqual([0, `breath 0.1.0 is production at ${url}\n`]);
    expect(await models()).toEqual(['breath 0.1.0 production']);
    expect(await history()).toMatchObject([
      {
        version: '0.1.0',
        by: 'root',
        why: 'for the study (run one; approved by ada: read the report)',
      },
    ]);

    const repeated = await publish('one');
    expect([repeated.code, repeated.stdout]).toEqual([
      0,
      expect.stringContaining('as it was before') as string,
    ]);
    expect(await history()).toHaveLength(1);
  }, 400_000);

  it('compares the next one with the one in production, and refuses what was compared with nothing', async () => {
    const model = (version: string) => ({ name: 'breath', version, recording: 'sustentada' });
    const evaluate = { replicates: 100, permutedFits: 0, production: { kind: 'registry' } };
    const second = await configure('second', { evaluate, model: model('0.2.0') });
    const trained = await train('two', second);
    expect(trained.stderr).toContain(
      `Compared with the model in production, breath 0.1.0 (${url}, alias production`,
    );
    for (const name of ['report.html', 'model/card.md']) {
      const text = await readFile(join(store, 'runs', 'two', 'outputs', name), 'utf8');
      expect(text).toContain('(McNemar, exact: p 1.0000)');
      expect(text).toContain('DeLong: difference +0.000');
    }
    const alone = await configure('alone', { model: model('0.3.0') });
    await train('alone', alone);
    const judged = await run('gate', '--run', 'alone', '--json', ...as('ada'));
    expect(judged.code).toBe(3);
    const verdicts = JSON.parse(judged.stdout) as Verdict[];
    expect(verdicts.filter(({ outcome }) => outcome === 'failed').map(({ rule }) => rule)).toEqual([
      'production',
      'approval',
    ]);
    expect(verdicts.find(({ rule }) => rule === 'production')!.says).toContain('evaluate again');

    await run('approve', '--run', 'two', '--why', 'as good as before', ...as('ada'));
    const published = await publish('two');
    expect([published.code, published.stderr]).toEqual([0, expect.not.stringContaining('error:') as string]);
    expect((await models()).sort()).toEqual(['breath 0.1.0', 'breath 0.2.0 production']);
  }, 400_000);

  it('refuses another model under a version that is taken, before anything is sent', async () => {
    const model = { name: 'breath', version: '0.1.0', recording: 'sustentada', licence: 'another' };
    const other = await configure('other', { model });
    await train('other', other);
    const refused = await publish('other');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('the registry has another breath 0.1.0') as string,
    ]);
  }, 400_000);

  it('leaves every decision in the log and in the audit trail of the registry', async () => {
    const printed = await run('decisions', '--json');
    const decisions = decisionSchema.array().parse(JSON.parse(printed.stdout));
    expect(
      decisions.map(({ run: id, decision }) =>
        `${id} ${decision.kind} ${'outcome' in decision ? decision.outcome : ''}`.trim(),
      ),
    ).toEqual([
      'one gate refused',
      'one approval refused',
      'one approval given',
      'one gate refused',
      'one gate passed',
      'one gate passed',
      'one publication',
      'alone gate refused',
      'two approval given',
      'two gate passed',
      'two publication',
    ]);
    const { entries } = await api<{ entries: { action: string }[] }>('/api/audit?limit=500');
    const actions = entries.map(({ action }) => action);
    expect(actions.filter((action) => action === 'model-uploaded')).toHaveLength(2);
    expect(actions.filter((action) => action === 'alias-set')).toHaveLength(2);
  });

  it.each<[number, string, () => Promise<{ code: number }>]>([
    [1, 'a registry and no password', () => run('gate', '--run', 'one', '--registry', url, '--as', 'ada')],
    [1, 'no registry to publish to', () => run('publish', '--run', 'one', '--why', 'x', '--key', 'k')],
    [1, 'a run that is not there', () => run('gate', '--run', 'nobody')],
    [2, 'no reason', () => run('approve', '--run', 'one')],
    [2, 'no key', () => run('publish', '--run', 'one', '--why', 'x', ...as('root'))],
    [2, 'two ways to sign', () => publish('one', '--sign-command', '["x"]')],
  ])('answers %d to %s', async (code, _name, act) => {
    expect((await act()).code).toBe(code);
  });
});
