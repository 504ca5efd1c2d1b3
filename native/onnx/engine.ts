/**
 * ONNX Runtime in a child process: a crash or a hang of a graph or a driver costs the request in flight, never this
 * process. Deliberately without retries: the caller knows whether trying again makes sense.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type z } from 'zod';
import { fail, ok, type Result } from '../../contract/result.ts';
import {
  emptyReply,
  engineReply,
  loadReply,
  providersReply,
  runReply,
  type EngineRequest,
  type RunRequest,
} from './messages.ts';
import type { ProviderName } from './providers.ts';
import type { SessionDescription } from './session.ts';

/** A process that speaks the engine's messages; made by `forkEngineChild`, or by a host over utilityProcess. */
export interface EngineChild {
  readonly pid: number | undefined;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (exit: { exitCode: number | null; signal: string | null }) => void): void;
  /** Ends it at once and surely (SIGKILL), even while a graph runs. */
  kill(): void;
}

export interface EngineOptions {
  readonly spawn: () => EngineChild;
  /** For starting the child and for loading, each. */
  readonly loadTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly log?: (event: string, details: Readonly<Record<string, string | number>>) => void;
}

export interface LoadRequest {
  /** Names the session in later runs; loading again under the same key replaces it. */
  readonly key: string;
  readonly path: string;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  readonly provider: ProviderName;
  /** Threads within one operator; as many as there are cores, at most 4, when absent. */
  readonly threads?: number;
}

export type EngineInput =
  | { readonly kind: 'tensor'; readonly data: Float32Array; readonly dims: readonly number[] }
  /** Mono samples, resampled in the child and fed as a float32 tensor of one dimension. */
  | {
      readonly kind: 'waveform';
      readonly samples: Float32Array;
      readonly sampleRateHz: number;
      readonly resampleToHz: number;
    };

export interface EngineOutputs {
  /** All finite; numbers of other types than float32 are converted. */
  readonly outputs: Readonly<
    Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>
  >;
  readonly resampleMs: number;
  readonly runMs: number;
}

/**
 * Requests run one at a time, in order. Each may fail with 'engine-crashed' (`exitCode`, `signal`),
 * 'engine-timed-out' (`timeoutMs`) or 'engine-closed'; the request after that gets a new child with the sessions it
 * needs loaded again.
 */
export interface Engine {
  /** Providers worth trying here, the preferred first, `cpu` last. */
  providers(): Promise<Result<ProviderName[]>>;
  /** Also 'engine-load-failed', 'engine-hash-mismatch', 'engine-provider-unavailable'; the key is unknown then. */
  load(request: LoadRequest): Promise<Result<SessionDescription>>;
  /** Also 'engine-run-failed', 'engine-output-invalid'. Throws for a key that was never loaded or was released. */
  run(key: string, inputs: Readonly<Record<string, EngineInput>>): Promise<Result<EngineOutputs>>;
  release(key: string): Promise<Result<null>>;
  /** Ends the child; what waits or is in flight fails with 'engine-closed', and so does everything later. */
  close(): void;
  /** Of the child, while there is one. */
  pid(): number | undefined;
}

interface LiveChild {
  readonly child: EngineChild;
  readonly loadedKeys: Set<string>;
  /** Takes the answer to the one request in flight. */
  settle: ((result: Result<unknown>) => void) | undefined;
  waitsForId: number;
  isGone: boolean;
}

/** Large messages are copied in one go and would hold up this process's event loop: 256 KiB at a time instead. */
const valuesPerPart = 65_536;

export function createEngine(options: EngineOptions): Engine {
  const log = options.log ?? (() => undefined);
  const known = new Map<string, LoadRequest>();
  let live: LiveChild | undefined;
  let isClosed = false;
  let lastId = 0;
  let queue: Promise<unknown> = Promise.resolve();

  return {
    providers: () =>
      inTurn(() => ask(providersReply, options.loadTimeoutMs, (id) => [{ kind: 'providers', id }])),
    load: (request) =>
      inTurn(async () => {
        known.delete(request.key);
        const loaded = await load(request);
        if (loaded.ok) known.set(request.key, request);
        return loaded;
      }),
    run: (key, inputs) =>
      inTurn(async () => {
        const request = known.get(key);
        if (request === undefined) throw new Error(`engine: run before load (${key})`);
        if (live === undefined || !live.loadedKeys.has(key)) {
          const loaded = await load(request);
          if (!loaded.ok) return loaded;
        }
        return ask(runReply, options.runTimeoutMs, (id) => runMessages(id, key, inputs));
      }),
    release: (key) =>
      inTurn(async () => {
        known.delete(key);
        if (live?.loadedKeys.delete(key) !== true) return ok(null);
        return ask(emptyReply, options.loadTimeoutMs, (id) => [{ kind: 'release', id, key }]);
      }),
    close() {
      isClosed = true;
      if (live !== undefined) discard(live, fail('engine-closed'));
    },
    pid: () => live?.child.pid,
  };

  function inTurn<T>(task: () => Promise<Result<T>>): Promise<Result<T>> {
    const turn = queue.then(() => (isClosed ? fail('engine-closed') : task()));
    queue = turn.catch(() => undefined);
    return turn;
  }

  async function load(request: LoadRequest): Promise<Result<SessionDescription>> {
    const loaded = await ask(loadReply, options.loadTimeoutMs, (id) => [{ kind: 'load', id, ...request }]);
    if (loaded.ok) live?.loadedKeys.add(request.key);
    return loaded;
  }

  async function ask<T>(
    schema: z.ZodType<T>,
    timeoutMs: number,
    messages: (id: number) => Iterable<EngineRequest>,
  ): Promise<Result<T>> {
    const target = (live ??= start());
    const id = ++lastId;
    const settled = new Promise<Result<unknown>>((resolve) => {
      target.settle = resolve;
      target.waitsForId = id;
    });
    const timer = setTimeout(() => {
      log('engine-timed-out', { timeoutMs });
      discard(target, fail('engine-timed-out', { timeoutMs }));
    }, timeoutMs);
    let isFirst = true;
    for (const message of messages(id)) {
      if (!isFirst) await nextTurn();
      if (target.isGone) break;
      target.child.post(message);
      isFirst = false;
    }
    const result = await settled;
    clearTimeout(timer);
    if (!result.ok) return result;
    const parsed = schema.safeParse(result.value);
    if (parsed.success) return ok(parsed.data);
    discard(target, fail('engine-crashed'));
    return fail('engine-crashed', { reason: 'unreadable-reply' }, parsed.error);
  }

  function start(): LiveChild {
    const child = options.spawn();
    const started: LiveChild = {
      child,
      loadedKeys: new Set(),
      settle: undefined,
      waitsForId: 0,
      isGone: false,
    };
    child.onMessage((message) => {
      const reply = engineReply.safeParse(message);
      if (!reply.success) return discard(started, fail('engine-crashed', { reason: 'unreadable-reply' }));
      if (reply.data.id !== started.waitsForId) return;
      const { settle } = started;
      started.settle = undefined;
      const { data } = reply;
      if (data.ok) return settle?.(ok(data.value));
      settle?.(fail(data.problem.code, data.problem.details));
    });
    child.onExit(({ exitCode, signal }) => {
      if (started.isGone) return;
      const details = { exitCode: exitCode ?? -1, signal: signal ?? 'none' };
      log('engine-exited', details);
      discard(started, fail('engine-crashed', details));
    });
    log('engine-started', { pid: child.pid ?? -1 });
    return started;
  }

  /** Ends a child and gives its request in flight, if any, this result. */
  function discard(target: LiveChild, result: Result<never>): void {
    target.isGone = true;
    if (live === target) live = undefined;
    target.child.kill();
    const { settle } = target;
    target.settle = undefined;
    settle?.(result);
  }
}

function* runMessages(
  id: number,
  key: string,
  inputs: Readonly<Record<string, EngineInput>>,
): Generator<EngineRequest> {
  const shapes: RunRequest['inputs'] = {};
  for (const [name, input] of Object.entries(inputs)) {
    const values = input.kind === 'tensor' ? input.data : input.samples;
    for (let offset = 0; offset < values.length; offset += valuesPerPart) {
      // A copy: what is serialised is the whole buffer behind a view.
      yield { kind: 'part', id, input: name, data: values.slice(offset, offset + valuesPerPart) };
    }
    const { length } = values;
    shapes[name] =
      input.kind === 'tensor'
        ? { kind: 'tensor', length, dims: [...input.dims] }
        : { kind: 'waveform', length, sampleRateHz: input.sampleRateHz, resampleToHz: input.resampleToHz };
  }
  yield { kind: 'run', id, key, inputs: shapes };
}
