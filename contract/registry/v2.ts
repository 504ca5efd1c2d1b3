/**
 * Open Inference Protocol v2 (KServe's "V2 inference protocol", REST), for standard clients. Inputs are named after the
 * manifest: one FP32 tensor per recording (mono samples at the manifest's rate, shape [samples]), `fields` FP32 where
 * the model takes a form vector. Outputs: `scores`, `window_scores`.
 */
import { z } from 'zod';
import type { Action } from './access.ts';

export const v2DataTypes = ['FP32', 'FP64', 'BYTES', 'INT32', 'INT64'] as const;
export const v2TensorSchema = z.object({
  name: z.string().min(1).max(100),
  shape: z.array(z.int().nonnegative()).min(1).max(4),
  datatype: z.enum(v2DataTypes),
  parameters: z.record(z.string(), z.unknown()).optional(),
  /** Flat, or nested row by row; the values are looked at where the tensor's use is known. */
  data: z.custom<readonly unknown[]>((value) => Array.isArray(value), 'not a list'),
});
export type V2Tensor = z.infer<typeof v2TensorSchema>;
/** Without `data` where its values stand behind the JSON: `parameters.binary_data_size` bytes of them. */
const v2SentTensorSchema = v2TensorSchema.partial({ data: true });

export const v2InferRequestSchema = z.object({
  id: z.string().max(100).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z.array(v2SentTensorSchema).min(1).max(16),
  outputs: z
    .array(z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()).optional() }))
    .optional(),
});
export type V2InferRequest = z.infer<typeof v2InferRequestSchema>;
export const v2InferAnswerSchema = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  /** `decision`, `notice`: what the scores mean by this model's own thresholds, and what they are not. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  outputs: z.array(v2SentTensorSchema),
});

export const v2ServerMetadataSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const v2ModelMetadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
  outputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
});
export const v2ErrorSchema = z.object({ error: z.string() });

interface V2Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly action: Action;
}

export const v2Routes = {
  live: { method: 'GET', path: '/v2/health/live', action: 'health.read' },
  ready: { method: 'GET', path: '/v2/health/ready', action: 'health.read' },
  server: { method: 'GET', path: '/v2', action: 'health.read' },
  model: { method: 'GET', path: '/v2/models/:name', action: 'models.read' },
  modelVersion: { method: 'GET', path: '/v2/models/:name/versions/:version', action: 'models.read' },
  modelReady: { method: 'GET', path: '/v2/models/:name/ready', action: 'models.read' },
  modelVersionReady: {
    method: 'GET',
    path: '/v2/models/:name/versions/:version/ready',
    action: 'models.read',
  },
  /** Without a version: the one that the alias `production` points at. */
  infer: { method: 'POST', path: '/v2/models/:name/infer', action: 'predictions.run' },
  inferVersion: {
    method: 'POST',
    path: '/v2/models/:name/versions/:version/infer',
    action: 'predictions.run',
  },
  /** CSV in, CSV out, row by row: files larger than memory. */
  batch: { method: 'POST', path: '/v2/models/:name/versions/:version/batch', action: 'predictions.run' },
} as const satisfies Record<string, V2Route>;
