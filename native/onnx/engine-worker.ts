/**
 * Entry of the engine's child process, under child_process.fork and under Electron's utilityProcess. ONNX Runtime
 * blocks this process's thread while a graph runs; nothing else may live here.
 */
import { Worker } from 'node:worker_threads';
import { fail, ok, type Result } from '../../contract/result.ts';
import { resample } from '../audio/resample.ts';
import { engineRequest, type EngineReply, type EngineRequest, type RunRequest } from './messages.ts';
import { listProviders, openSessionFile, type OnnxSession, type Tensor } from './session.ts';

/** The part of Electron's process.parentPort that is used; Electron's types are not loaded here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

const sessions = new Map<string, OnnxSession>();
let parts: { readonly id: number; readonly inputs: Map<string, Float32Array[]> } = {
  id: 0,
  inputs: new Map(),
};

const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
if (port !== undefined) {
  port.on('message', (event) => void receive(event.data, (reply) => port.postMessage(reply)));
} else {
  process.on('message', (message) => void receive(message, (reply) => process.send?.(reply)));
  process.on('disconnect', dieNow);
  if (process.argv.includes('--die-with-stdin')) watchParent();
}

async function receive(message: unknown, send: (reply: EngineReply) => void): Promise<void> {
  const request = engineRequest.parse(message);
  if (request.kind === 'part') {
    if (parts.id !== request.id) parts = { id: request.id, inputs: new Map() };
    const pieces = parts.inputs.get(request.input) ?? [];
    pieces.push(request.data);
    parts.inputs.set(request.input, pieces);
    return;
  }
  const result = await answer(request);
  if (result.ok) return send({ id: request.id, ok: true, value: result.value });
  const { code, details } = result.problem;
  send({ id: request.id, ok: false, problem: details === undefined ? { code } : { code, details } });
}

async function answer(request: Exclude<EngineRequest, { kind: 'part' }>): Promise<Result<unknown>> {
  switch (request.kind) {
    case 'providers':
      return ok(listProviders());
    case 'load': {
      await release(request.key);
      const { provider, threads } = request;
      const opened = await openSessionFile(
        request,
        threads === undefined ? { provider } : { provider, threads },
      );
      if (!opened.ok) return opened;
      sessions.set(request.key, opened.value);
      return ok(opened.value.description);
    }
    case 'run':
      return run(request);
    case 'release':
      await release(request.key);
      return ok(null);
  }
}

async function run(request: RunRequest): Promise<Result<unknown>> {
  const session = sessions.get(request.key);
  if (session === undefined) throw new Error(`run before load: ${request.key}`);
  const startedAt = performance.now();
  const inputs: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(request.inputs)) {
    const data = collectParts(request.id, name, shape.length);
    if (shape.kind === 'tensor') {
      inputs[name] = { data, dims: shape.dims };
      continue;
    }
    const waveform = resample(data, shape.sampleRateHz, shape.resampleToHz);
    inputs[name] = { data: waveform, dims: [waveform.length] };
  }
  parts = { id: 0, inputs: new Map() };
  const resampledAt = performance.now();
  const result = await session.run(inputs);
  if (!result.ok) return result;
  const runMs = performance.now() - resampledAt;
  const outputs: Record<string, FloatTensor> = {};
  for (const [name, tensor] of Object.entries(result.value)) {
    const data = tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data, Number);
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) return fail('engine-output-invalid', { output: name, reason: 'not-finite', index });
    outputs[name] = { data, dims: tensor.dims };
  }
  return ok({ outputs, resampleMs: resampledAt - startedAt, runMs });
}

function collectParts(id: number, input: string, length: number): Float32Array {
  const pieces = parts.id === id ? (parts.inputs.get(input) ?? []) : [];
  if (pieces.length === 1 && pieces[0]!.length === length) return pieces[0]!;
  const whole = new Float32Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  if (offset !== length) throw new Error(`input ${input}: ${offset} of ${length} values came`);
  return whole;
}

async function release(key: string): Promise<void> {
  const session = sessions.get(key);
  sessions.delete(key);
  await session?.release();
}

/** Leaving by process.exit while a graph runs aborts with a core dump; SIGKILL does not. */
function dieNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * The parent holds the other end of stdin. It closes however the parent ends, and a thread that waits on it notices
 * even while this one is blocked in a graph.
 */
function watchParent(): void {
  const source = `
    const { readSync } = require('node:fs');
    const byte = Buffer.alloc(1);
    for (;;) {
      try {
        if (readSync(0, byte) === 0) break;
      } catch (cause) {
        if (cause.code !== 'EAGAIN') break;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
      }
    }
    process.kill(process.pid, 'SIGKILL');
  `;
  new Worker(source, { eval: true }).unref();
}
