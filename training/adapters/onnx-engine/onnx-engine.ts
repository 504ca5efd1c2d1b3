import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok } from '../../../contract/result.ts';
import { createEngine } from '../../../native/onnx/engine.ts';
import { forkEngineChild } from '../../../native/onnx/fork-engine.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { GraphEngine } from '../../ports/graph-engine.ts';

export interface OnnxEngine extends GraphEngine {
  /** Ends the engine's process and removes its files. */
  close(): Promise<void>;
}

/** Runs graphs in the engine that all programs share. `encode` is given by the host: adapters know no siblings. */
export function onnxEngine(encode: (graph: Graph) => Uint8Array): OnnxEngine {
  const engine = createEngine({ spawn: forkEngineChild, loadTimeoutMs: 60_000, runTimeoutMs: 300_000 });
  let folder: Promise<string> | undefined;
  return {
    encode,
    async open(encoded) {
      folder ??= mkdtemp(join(tmpdir(), 'spira-graphs-'));
      const key = randomUUID();
      const path = join(await folder, `${key}.onnx`);
      await writeFile(path, encoded);
      const sha256 = createHash('sha256').update(encoded).digest('hex');
      const loaded = await engine.load({ key, path, sha256, provider: 'cpu' });
      if (!loaded.ok) return loaded;
      return ok({
        async run(waveforms) {
          const inputs = Object.entries(waveforms).map(
            ([name, waveform]) => [name, { kind: 'waveform' as const, ...waveform }] as const,
          );
          const result = await engine.run(key, Object.fromEntries(inputs));
          return result.ok ? ok(result.value.outputs) : result;
        },
      });
    },
    async close() {
      engine.close();
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
    },
  };
}
