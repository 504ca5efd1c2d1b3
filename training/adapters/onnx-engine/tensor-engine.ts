import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok } from '../../../contract/result.ts';
import type { ProviderName } from '../../../native/onnx/providers.ts';
import { defaultThreads, openSessionFile } from '../../../native/onnx/session.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { FloatTensor, OpenTensorGraph, TensorEngine } from '../../ports/tensor-engine.ts';

export interface TensorEngineOptions {
  readonly provider?: ProviderName;
  /** Threads within one operator; as many as there are cores, at most 4, when absent. Other bits for another number. */
  readonly threads?: number;
}

/** Threads of an engine that is not told how many: part of what makes the bits of a fit. */
export const engineThreads = defaultThreads;

/**
 * ONNX Runtime in this very process: a training step hands over megabytes several times a second, and the training
 * program is a process of its own. `encode` is given by the host: adapters know no siblings.
 */
export function onnxTensorEngine(
  encode: (graph: Graph) => Uint8Array,
  { provider = 'cpu', threads }: TensorEngineOptions = {},
): TensorEngine {
  return {
    async open(graph) {
      const bytes = encode(graph);
      const folder = await mkdtemp(join(tmpdir(), `spira-training-${process.pid}-`));
      try {
        const path = join(folder, `${randomUUID()}.onnx`);
        await writeFile(path, bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const options = threads === undefined ? { provider } : { provider, threads };
        const opened = await openSessionFile({ path, sha256 }, options);
        if (!opened.ok) return opened;
        const session = opened.value;
        const run: OpenTensorGraph['run'] = async (inputs) => {
          const result = await session.run(inputs);
          if (!result.ok) return result;
          const outputs: Record<string, FloatTensor> = {};
          for (const [name, { data, dims }] of Object.entries(result.value)) {
            if (!(data instanceof Float32Array))
              return fail('engine-output-invalid', { output: name, reason: 'type' });
            outputs[name] = { data, dims };
          }
          return ok(outputs);
        };
        return ok({ run, release: () => session.release() });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
