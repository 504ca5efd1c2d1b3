/** One ONNX graph in this very process: for the engine's worker, and for programs that are a process of their own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { fail, ok, type Result } from '../../contract/result.ts';
import { checkExternalData } from './external-data.ts';
import { orderProviders, type ProviderName } from './providers.ts';

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array;

export interface Tensor {
  readonly data: TensorData;
  /** Row-major; the product equals the data's length. */
  readonly dims: readonly number[];
}

export interface ValueInfo {
  readonly name: string;
  /** ONNX Runtime's name of the element type: `float32`, `int64`, … */
  readonly type: string;
  /** A number per fixed dimension, a name (or an empty string) per free one. */
  readonly shape: readonly (number | string)[];
}

export interface SessionDescription {
  readonly provider: ProviderName;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface OnnxSession {
  readonly description: SessionDescription;
  /**
   * Runs the graph once and blocks this thread meanwhile. Inputs by name, exactly those that the graph names.
   * Fails with 'engine-run-failed' (wrong inputs, or the graph's own error in `reason`).
   */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Result<Readonly<Record<string, Tensor>>>>;
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: ProviderName;
  /** Threads within one operator; as many as there are cores, at most 4, when absent. */
  readonly threads?: number;
}

/** The providers of this platform's ONNX Runtime package, the preferred first; `cpu` always last. */
export function listProviders(): ProviderName[] {
  return orderProviders(process.platform, ort.listSupportedBackends());
}

/** Threads within one operator, where nobody says how many. */
export function defaultThreads(): number {
  return Math.min(4, availableParallelism());
}

/**
 * Reads an ONNX file once, checks that these bytes have the SHA-256 (hexadecimal), and opens them. Fails with
 * 'engine-load-failed' (`reason`), 'engine-hash-mismatch' or 'engine-provider-unavailable'.
 */
export async function openSessionFile(
  file: { readonly path: string; readonly sha256: string },
  options: SessionOptions,
): Promise<Result<OnnxSession>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'read';
    return fail('engine-load-failed', { reason }, cause);
  }
  const actualSha256 = createHash('sha256').update(bytes).digest('hex');
  if (actualSha256 !== file.sha256.toLowerCase()) {
    return fail('engine-hash-mismatch', {
      expectedSha256: file.sha256.toLowerCase(),
      actualSha256,
      sizeBytes: bytes.length,
    });
  }
  return openSession(bytes, options);
}

/** Opens a self-contained ONNX model. Problems as `openSessionFile`. */
async function openSession(bytes: Uint8Array, options: SessionOptions): Promise<Result<OnnxSession>> {
  const content = checkExternalData(bytes);
  if (content !== 'self-contained') return fail('engine-load-failed', { reason: content });
  const { provider } = options;
  if (!listProviders().includes(provider)) {
    return fail('engine-provider-unavailable', { provider, reason: 'not-in-package' });
  }
  try {
    return ok(describeSession(await createSession(bytes, options), provider));
  } catch (cause) {
    const reason = firstLine(cause);
    // Whose fault it is shows when the CPU, which runs every valid graph, is given the same bytes.
    if (provider !== 'cpu' && (await opensOnCpu(bytes))) {
      return fail('engine-provider-unavailable', { provider, reason }, cause);
    }
    return fail('engine-load-failed', { provider, reason }, cause);
  }
}

function createSession(
  bytes: Uint8Array,
  { provider, threads }: SessionOptions,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: threads ?? defaultThreads(),
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

async function opensOnCpu(bytes: Uint8Array): Promise<boolean> {
  try {
    await (await createSession(bytes, { provider: 'cpu', threads: 1 })).release();
    return true;
  } catch {
    return false;
  }
}

function describeSession(session: ort.InferenceSession, provider: ProviderName): OnnxSession {
  return {
    description: {
      provider,
      inputs: session.inputMetadata.map(valueInfo),
      outputs: session.outputMetadata.map(valueInfo),
    },
    run: (inputs) => runSession(session, inputs),
    release: () => session.release(),
  };
}

async function runSession(
  session: ort.InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Result<Readonly<Record<string, Tensor>>>> {
  const given = Object.keys(inputs);
  const missing = session.inputNames.filter((name) => !given.includes(name));
  const unexpected = given.filter((name) => !session.inputNames.includes(name));
  if (missing.length > 0 || unexpected.length > 0) {
    return fail('engine-run-failed', {
      reason: 'inputs',
      missing: missing.join(', '),
      unexpected: unexpected.join(', '),
    });
  }
  try {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));
    const fetched = await session.run(feeds);
    const outputs: Record<string, Tensor> = {};
    for (const name of session.outputNames) {
      const value = fetched[name]!;
      if (!isTensorData(value.data)) {
        return fail('engine-output-invalid', { output: name, reason: 'type', type: value.type });
      }
      outputs[name] = { data: value.data, dims: value.dims };
    }
    return ok(outputs);
  } catch (cause) {
    return fail('engine-run-failed', { reason: firstLine(cause) }, cause);
  }
}

function toOrt({ data, dims }: Tensor): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  if (data instanceof Float64Array) return new ort.Tensor('float64', data, dims);
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims);
  return new ort.Tensor('int64', data, dims);
}

function isTensorData(data: unknown): data is TensorData {
  return (
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof BigInt64Array
  );
}

function valueInfo(metadata: ort.InferenceSession.ValueMetadata): ValueInfo {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: [...metadata.shape] }
    : { name: metadata.name, type: 'no-tensor', shape: [] };
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n', 1)[0]!.slice(0, 300);
}
