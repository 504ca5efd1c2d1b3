/**
 * Which models this PC uses, beside the store, for programs that do without it: what each model is to new sessions, and
 * which are preselected. Written after each change; the store is what counts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Schema } from '../../../contract/ids.ts';
import { modelReferenceSchema } from '../../../contract/model-manifest.ts';
import { modelServices } from '../../../contract/model-rollout.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { writeFileSafely } from '../system/write-file-safely.ts';

const modelsInUseSchema = z.strictObject({
  format: z.literal('spira-models-in-use-1'),
  /** By the manifest's hash. One that does not stand here came with the program or was put here by hand, and serves. */
  services: z.record(sha256Schema, z.enum(modelServices)),
  preselected: z.array(modelReferenceSchema),
});
export type ModelsInUse = Omit<z.infer<typeof modelsInUseSchema>, 'format'>;

const fileName = 'models-in-use.json';

/** Throws as node:fs does. */
export function writeModelsInUse(dataFolder: string, inUse: ModelsInUse): void {
  const text = JSON.stringify({ format: 'spira-models-in-use-1', ...inUse }, null, 2);
  writeFileSafely(join(dataFolder, fileName), Buffer.from(text, 'utf8'));
}

/** A PC that never wrote it down uses every model it has. `storage-unavailable` where it cannot be read or understood. */
export function readModelsInUse(dataFolder: string): Result<ModelsInUse> {
  let text: string;
  try {
    text = readFileSync(join(dataFolder, fileName), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ok({ services: {}, preselected: [] });
    return fail('storage-unavailable', { reason: fileName }, cause);
  }
  try {
    const { services, preselected } = modelsInUseSchema.parse(JSON.parse(text));
    return ok({ services, preselected });
  } catch (cause) {
    return fail('storage-unavailable', { reason: fileName }, cause);
  }
}
