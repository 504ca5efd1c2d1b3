/**
 * What whoever brings in a model that was made elsewhere says of it: all of the model contract that a graph cannot say.
 * Files, hashes, golden cases and the operator set are worked out.
 */
import { z } from 'zod';
import { modelManifestSchema } from '../model-manifest.ts';

const { name, version, title, licence, input, window, labels, positiveLabel, thresholds, limits } =
  modelManifestSchema.shape;
const { isDemonstration, intendedUse, trainedOn, dataHash, metrics } = modelManifestSchema.shape;

export const modelDescriptionSchema = z.strictObject({
  name,
  version,
  title,
  licence,
  input,
  /** Needed where the graph gives `window_scores`. */
  window,
  labels,
  positiveLabel,
  thresholds,
  limits,
  isDemonstration: isDemonstration.default(true),
  intendedUse,
  trainedOn,
  dataHash,
  metrics: metrics.default([]),
});
export type ModelDescription = z.infer<typeof modelDescriptionSchema>;
