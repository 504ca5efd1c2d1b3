/** What workers on other machines need to know to work out features: content of the store that they all share. */
import { z } from 'zod';
import { sha256Schema } from '../ids.ts';
import { trainingConfigurationSchema } from './configuration.ts';

export const featuresOrderSchema = z.strictObject({
  format: z.literal(1),
  features: trainingConfigurationSchema.shape.features,
  noise: trainingConfigurationSchema.shape.noise,
  /** Whether it is noted what was made of whom, so that a withdrawal finds it. */
  isTraced: z.boolean(),
  /** Outputs of the steps before, in the same store. */
  snapshotSha256: sha256Schema,
  splitSha256: sha256Schema,
  /** Of the engine: another number gives other last digits. */
  threads: z.int().min(1).max(64),
});
export type FeaturesOrder = z.infer<typeof featuresOrderSchema>;
