import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainingSteps, type TrainingStep } from '../../../contract/training/run.ts';
import type { ProgramFacts } from '../../ports/program.ts';
import { hashSources } from './source-hash.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * What a step is given by ports and what shapes numbers, beside the step's own module. What only keeps or tells (runs,
 * contents, checkpoints: all read back by hash) is not here; a test asks this of every adapter that is wired.
 */
export const shapingAdapters = [
  'training/adapters/audio-files/audio-files.ts',
  'training/adapters/disk/datasets.ts',
  'training/adapters/onnx-engine/onnx-engine.ts',
  'training/adapters/onnx-engine/tensor-engine.ts',
  'training/adapters/onnx-proto/encode-onnx.ts',
  'training/adapters/registry-http/datasets.ts',
] as const;

/** Sources, from the root, of which the module of a step is the first. */
export async function entriesOf(step: TrainingStep, root = repository): Promise<readonly string[]> {
  const native = (await readdir(join(root, 'native'), { recursive: true }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|js)$/u.test(file) && !/\.(test|contract)\.ts$|fixtures\//u.test(file))
    .map((file) => `native/${file}`);
  return [`training/app/steps/${step}-step.ts`, ...shapingAdapters, ...native];
}

/** The program as it stands: its sources by hash, what it runs on. `codeVersion` is for people. */
export async function describeProgram(
  codeVersion: string,
  { threads }: { readonly threads: number },
): Promise<ProgramFacts> {
  const codeOf: Partial<Record<TrainingStep, string>> = {};
  for (const step of trainingSteps) codeOf[step] = await hashSources(repository, await entriesOf(step));
  const processors = cpus();
  return {
    codeVersion,
    codeSha256: createHash('sha256').update(Object.values(codeOf).join('\n')).digest('hex'),
    codeOf: codeOf as Record<TrainingStep, string>,
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: String(processors.length),
      threads: String(threads),
      provider: 'cpu',
    },
  };
}
