/** What the engine and its child process say to each other; each side parses what it receives, once. */
import { z } from 'zod';
import { problemCodes } from '../../contract/result.ts';
import { providerNames } from './providers.ts';

const samples = z.instanceof(Float32Array);
const dims = z.array(z.number().int().nonnegative());
const valueInfo = z.object({
  name: z.string(),
  type: z.string(),
  shape: z.array(z.union([z.number(), z.string()])),
});

export const providersReply = z.array(z.enum(providerNames));

export const loadReply = z.object({
  provider: z.enum(providerNames),
  inputs: z.array(valueInfo),
  outputs: z.array(valueInfo),
});

export const runReply = z.object({
  outputs: z.record(z.string(), z.object({ data: samples, dims })),
  resampleMs: z.number(),
  runMs: z.number(),
});

export const emptyReply = z.null();

const inputShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tensor'), length: z.number().int().nonnegative(), dims }),
  z.object({
    kind: z.literal('waveform'),
    length: z.number().int().nonnegative(),
    sampleRateHz: z.number().int().positive(),
    resampleToHz: z.number().int().positive(),
  }),
]);

export const engineRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('providers'), id: z.number() }),
  z.object({
    kind: z.literal('load'),
    id: z.number(),
    key: z.string(),
    path: z.string(),
    sha256: z.string(),
    provider: z.enum(providerNames),
    threads: z.number().int().positive().optional(),
  }),
  /** A piece of one input of the run with this id; pieces come before it and in order. */
  z.object({ kind: z.literal('part'), id: z.number(), input: z.string(), data: samples }),
  z.object({
    kind: z.literal('run'),
    id: z.number(),
    key: z.string(),
    inputs: z.record(z.string(), inputShape),
  }),
  z.object({ kind: z.literal('release'), id: z.number(), key: z.string() }),
]);

export const engineReply = z.discriminatedUnion('ok', [
  z.object({ id: z.number(), ok: z.literal(true), value: z.unknown() }),
  z.object({
    id: z.number(),
    ok: z.literal(false),
    problem: z.object({
      code: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  }),
]);

export type EngineRequest = z.infer<typeof engineRequest>;
export type EngineReply = z.infer<typeof engineReply>;
export type RunRequest = Extract<EngineRequest, { kind: 'run' }>;
