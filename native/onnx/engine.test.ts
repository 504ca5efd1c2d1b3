import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resample } from '../audio/resample.ts';
import { createEngine, type Engine, type EngineChild, type EngineInput, type LoadRequest } from './engine.ts';
import { forkEngineChild } from './fork-engine.ts';
import { providerNames } from './providers.ts';

const endless = { x: tensor([0]) };

function fixturePath(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.onnx`, import.meta.url));
}

function loadRequest(name: string, changes: Partial<LoadRequest> = {}): LoadRequest {
  const path = changes.path ?? fixturePath(name);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { key: name, path, sha256, provider: 'cpu', ...changes };
}

function tensor(values: readonly number[], dims: readonly number[] = [values.length]): EngineInput {
  return { kind: 'tensor', data: Float32Array.from(values), dims };
}

/** A real child whose messages can be waited for, so that a test acts at a known moment instead of after a pause. */
function observedChild(onPost: (message: { kind: string }, child: EngineChild) => void): EngineChild {
  const child = forkEngineChild();
  return {
    ...child,
    post(message) {
      child.post(message);
      onPost(message as { kind: string }, child);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended may stay listed until its new parent looks.
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

describe('engine', () => {
  let engine: Engine;
  let children: EngineChild[];
  let onPost: (message: { kind: string }, child: EngineChild) => void;

  function start(timeouts: { loadTimeoutMs: number; runTimeoutMs: number }): Engine {
    return createEngine({
      ...timeouts,
      spawn: () => {
        const child = observedChild((message, from) => onPost(message, from));
        children.push(child);
        return child;
      },
    });
  }

  beforeEach(() => {
    children = [];
    onPost = () => undefined;
    engine = start({ loadTimeoutMs: 15_000, runTimeoutMs: 15_000 });
  });

  afterEach(() => engine.close());

  it('loads a graph, says what it takes and gives, and runs it', async () => {
    expect(await engine.load(loadRequest('gain'))).toEqual({
      ok: true,
      value: {
        provider: 'cpu',
        inputs: [
          { name: 'waveform', type: 'float32', shape: ['samples'] },
          { name: 'gain', type: 'float32', shape: [1] },
        ],
        outputs: [
          { name: 'scaled', type: 'float32', shape: ['samples'] },
          { name: 'mean', type: 'float32', shape: [] },
          { name: 'loudest', type: 'int64', shape: [] },
        ],
      },
    });
    expect(await engine.run('gain', { waveform: tensor([1, 5, 3]), gain: tensor([2]) })).toEqual({
      ok: true,
      value: {
        outputs: {
          scaled: { data: Float32Array.of(2, 10, 6), dims: [3] },
          mean: { data: Float32Array.of(3), dims: [] },
          loudest: { data: Float32Array.of(1), dims: [] },
        },
        resampleMs: expect.any(Number),
        runMs: expect.any(Number),
      },
    });
  });

  it('resamples a waveform in the child exactly as native/audio does, over many parts', async () => {
    await engine.load(loadRequest('gain'));
    // A view into a larger buffer, longer than one part.
    const samples = Float32Array.from({ length: 200_003 }, (_, i) => Math.sin(i / 7)).subarray(3);
    const run = await engine.run('gain', {
      waveform: { kind: 'waveform', samples, sampleRateHz: 44_100, resampleToHz: 16_000 },
      gain: tensor([1]),
    });
    const expected = resample(samples, 44_100, 16_000);
    expect(run.ok && run.value.outputs['scaled']).toEqual({ data: expected, dims: [expected.length] });
  });

  it('runs an empty input and keeps requests in order', async () => {
    await engine.load(loadRequest('root'));
    const runs = await Promise.all(
      [[], [4], [9, 16]].map((values) => engine.run('root', { x: tensor(values) })),
    );
    expect(runs.map((run) => run.ok && [...run.value.outputs['root']!.data])).toEqual([[], [2], [3, 4]]);
  });

  it('lists providers with the processor last', async () => {
    const providers = await engine.providers();
    expect(providers.ok && providers.value.at(-1)).toBe('cpu');
    expect(providers.ok && providers.value.every((name) => providerNames.includes(name))).toBe(true);
  });

  it('refuses a graph whose bytes are not the ones that were promised', async () => {
    const request = loadRequest('gain');
    const promised = createHash('sha256').update('something else').digest('hex');
    expect(await engine.load({ ...request, sha256: promised })).toEqual({
      ok: false,
      problem: {
        code: 'engine-hash-mismatch',
        details: {
          expectedSha256: promised,
          actualSha256: request.sha256,
          sizeBytes: readFileSync(request.path).length,
        },
      },
    });
  });

  it('takes a SHA-256 in capital letters', async () => {
    const request = loadRequest('gain');
    expect(await engine.load({ ...request, sha256: request.sha256.toUpperCase() })).toMatchObject({
      ok: true,
    });
  });

  it('refuses what cannot be a graph, is cut short, is absent, asks for other files or for unknown operators', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const write = async (name: string, bytes: Uint8Array) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return engine.load(loadRequest('gain', { path }));
    };
    const whole = readFileSync(fixturePath('gain'));
    const problems = {
      empty: await write('empty.onnx', new Uint8Array(0)),
      noise: await write(
        'noise.onnx',
        Uint8Array.from({ length: 500 }, (_, i) => (i * 7919) % 251),
      ),
      truncated: await write('truncated.onnx', whole.subarray(0, whole.length - 20)),
      absent: await engine.load({ ...loadRequest('gain'), path: join(folder, 'absent.onnx') }),
      external: await engine.load(loadRequest('external')),
      externalInBranch: await engine.load(loadRequest('external-nested')),
      unknownOperator: await engine.load(loadRequest('unknown-operator')),
    };
    await rm(folder, { recursive: true });
    const reasons = Object.entries(problems).map(([name, result]) => [
      name,
      result.ok ? 'loaded' : `${result.problem.code}: ${String(result.problem.details?.['reason'])}`,
    ]);
    expect(Object.fromEntries(reasons)).toEqual({
      empty: 'engine-load-failed: unreadable',
      noise: 'engine-load-failed: unreadable',
      truncated: 'engine-load-failed: unreadable',
      absent: 'engine-load-failed: ENOENT',
      external: 'engine-load-failed: external-data',
      externalInBranch: 'engine-load-failed: external-data',
      unknownOperator: expect.stringMatching(/^engine-load-failed: .*Nonsense/),
    });
  });

  it('says when a provider is not in this package, and goes on with the processor', async () => {
    const foreign = process.platform === 'darwin' ? 'dml' : 'coreml';
    expect(await engine.load(loadRequest('gain', { provider: foreign }))).toEqual({
      ok: false,
      problem: {
        code: 'engine-provider-unavailable',
        details: { provider: foreign, reason: 'not-in-package' },
      },
    });
    expect(await engine.load(loadRequest('gain'))).toMatchObject({ ok: true });
  });

  it('survives whatever a graphics provider does here', async () => {
    const providers = await engine.providers();
    for (const provider of providers.ok ? providers.value : []) {
      const loaded = await engine.load(loadRequest('gain', { key: provider, provider }));
      if (!loaded.ok) {
        expect(['engine-provider-unavailable', 'engine-crashed', 'engine-timed-out']).toContain(
          loaded.problem.code,
        );
        continue;
      }
      const run = await engine.run(provider, { waveform: tensor([1, 2]), gain: tensor([3]) });
      expect(run).toMatchObject({
        ok: true,
        value: { outputs: { scaled: { data: Float32Array.of(3, 6) } } },
      });
    }
    expect(await engine.load(loadRequest('gain'))).toMatchObject({ ok: true });
  });

  it('answers a failing run with a problem and keeps the session', async () => {
    await engine.load(loadRequest('gain'));
    const child = engine.pid();
    expect(await engine.run('gain', { waveform: tensor([1]), volume: tensor([1]) })).toEqual({
      ok: false,
      problem: {
        code: 'engine-run-failed',
        details: { reason: 'inputs', missing: 'gain', unexpected: 'volume' },
      },
    });
    for (const gain of [tensor([1, 2]), tensor([1, 2, 3], [2, 2])]) {
      expect(await engine.run('gain', { waveform: tensor([1]), gain })).toMatchObject({
        ok: false,
        problem: { code: 'engine-run-failed' },
      });
    }
    expect(await engine.run('gain', { waveform: tensor([1]), gain: tensor([2]) })).toMatchObject({
      ok: true,
    });
    expect(engine.pid()).toBe(child);
  });

  it('refuses an output that is not a number and says which', async () => {
    await engine.load(loadRequest('root'));
    expect(await engine.run('root', { x: tensor([4, -1]) })).toEqual({
      ok: false,
      problem: { code: 'engine-output-invalid', details: { output: 'root', reason: 'not-finite', index: 1 } },
    });
  });

  it('fails only the run in flight when its child is killed, and loads again for the next', async () => {
    await engine.load(loadRequest('endless'));
    await engine.load(loadRequest('root'));
    onPost = (message, child) => {
      if (message.kind !== 'run') return;
      onPost = () => undefined;
      process.kill(child.pid!, 'SIGKILL');
    };
    const [killed, next] = await Promise.all([
      engine.run('endless', endless),
      engine.run('root', { x: tensor([25]) }),
    ]);
    expect(killed).toEqual({
      ok: false,
      problem: { code: 'engine-crashed', details: { exitCode: -1, signal: 'SIGKILL' } },
    });
    expect(next).toMatchObject({ ok: true, value: { outputs: { root: { data: Float32Array.of(5) } } } });
    expect(children.length).toBe(2);
  });

  it('notices a child that dies between requests', async () => {
    await engine.load(loadRequest('root'));
    const [first] = children;
    const gone = new Promise<void>((resolve) => first!.onExit(() => resolve()));
    process.kill(first!.pid!, 'SIGKILL');
    await gone;
    expect(engine.pid()).toBeUndefined();
    expect(await engine.run('root', { x: tensor([25]) })).toMatchObject({ ok: true });
  });

  it('ends a run that hangs, and the next one works', async () => {
    engine = start({ loadTimeoutMs: 15_000, runTimeoutMs: 300 });
    await engine.load(loadRequest('endless'));
    await engine.load(loadRequest('root'));
    const hung = children[0]!;
    const gone = new Promise<string | null>((resolve) => hung.onExit(({ signal }) => resolve(signal)));
    expect(await engine.run('endless', endless)).toEqual({
      ok: false,
      problem: { code: 'engine-timed-out', details: { timeoutMs: 300 } },
    });
    expect(await gone).toBe('SIGKILL');
    expect(await engine.run('root', { x: tensor([25]) })).toMatchObject({ ok: true });
  });

  it('fails what is in flight and what waits when it is closed', async () => {
    await engine.load(loadRequest('endless'));
    onPost = (message) => message.kind === 'run' && engine.close();
    const results = await Promise.all([engine.run('endless', endless), engine.providers()]);
    expect(results).toEqual([
      { ok: false, problem: { code: 'engine-closed' } },
      { ok: false, problem: { code: 'engine-closed' } },
    ]);
    expect(await engine.providers()).toEqual({ ok: false, problem: { code: 'engine-closed' } });
  });

  it('forgets a session that was released', async () => {
    await engine.load(loadRequest('root'));
    expect(await engine.release('root')).toEqual({ ok: true, value: null });
    expect(await engine.release('root')).toEqual({ ok: true, value: null });
    await expect(engine.run('root', { x: tensor([1]) })).rejects.toThrow('run before load');
  });

  it('treats a child that talks nonsense as crashed', async () => {
    let say: (message: unknown) => void = () => undefined;
    let kills = 0;
    const odd = createEngine({
      loadTimeoutMs: 15_000,
      runTimeoutMs: 15_000,
      spawn: () => ({
        pid: undefined,
        post: () => say({ id: 'one' }),
        onMessage: (listener) => {
          say = listener;
        },
        onExit: () => undefined,
        kill: () => {
          kills++;
        },
      }),
    });
    expect(await odd.providers()).toEqual({
      ok: false,
      problem: { code: 'engine-crashed', details: { reason: 'unreadable-reply' } },
    });
    expect(kills).toBe(1);
  });

  it('takes its child with it when the parent is killed in the middle of a run', async () => {
    const program = `
      import { createEngine } from ${JSON.stringify(new URL('./engine.ts', import.meta.url).href)};
      import { forkEngineChild } from ${JSON.stringify(new URL('./fork-engine.ts', import.meta.url).href)};
      const engine = createEngine({
        loadTimeoutMs: 15000,
        runTimeoutMs: 600000,
        spawn: () => {
          const child = forkEngineChild();
          return {
            ...child,
            post(message) {
              child.post(message);
              if (message.kind === 'run') console.log(child.pid);
            },
          };
        },
      });
      await engine.load(${JSON.stringify(loadRequest('endless'))});
      await engine.run('endless', { x: { kind: 'tensor', data: new Float32Array(1), dims: [1] } });
    `;
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (
      await new Promise<string>((resolve) => {
        parent.stdout.setEncoding('utf8').once('data', resolve);
      })
    ).split('\n');
    const childPid = Number(line);
    expect(isAlive(childPid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(childPid), { timeout: 10_000, interval: 20 });
  });
});
