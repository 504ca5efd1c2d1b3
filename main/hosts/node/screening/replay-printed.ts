/** Screens the recordings of a former output again and compares: files by their hashes, models by theirs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { formReferenceSchema } from '../../../../contract/form.ts';
import { sha256Schema } from '../../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../../contract/result.ts';
import { largestDifference } from '../../../../contract/compare-scores.ts';
import type { EngineWorld } from '../../../app/prepare-model.ts';
import { runModel } from '../../../app/screen-recordings.ts';
import type { AudioDecoding } from '../../../ports/audio-decoding.ts';
import type { InferenceInputs } from '../../../ports/inference.ts';
import type { InstalledModel } from '../../../ports/models.ts';
import { shownProblem } from './problem-text.ts';
import { readRecording } from './read-recording.ts';
import type { ReplayReport } from './replay-stored.ts';

const replayTolerance = 1e-4;

/** What is needed of an output; the rest may say what it likes. */
const printedSchema = z.object({
  session: z.string(),
  form: formReferenceSchema.nullable(),
  recordings: z.array(z.object({ key: z.string(), file: z.string(), sha256: sha256Schema.optional() })),
  results: z.array(
    z.object({
      model: z.object({ name: z.string(), version: z.string(), sha256: sha256Schema }),
      scores: z.array(z.number()).optional(),
      windowScores: z.array(z.array(z.number())).optional(),
      inputs: z.object({ fields: z.array(z.number()) }).optional(),
    }),
  ),
});
type Printed = z.infer<typeof printedSchema>;

export interface PrintedReplayDesk {
  readonly world: EngineWorld;
  readonly decoding: AudioDecoding;
  readonly models: readonly InstalledModel[];
}

/** Every line of the file is one object of the output; a single object may be spread over lines. */
export function readPrinted(path: string): Result<readonly Printed[]> {
  try {
    const text = readFileSync(path, 'utf8');
    const values = parseOneOrLines(text);
    return ok(z.array(printedSchema).min(1).parse(values));
  } catch (cause) {
    return fail('invalid-input', { message: `${path} is no output of this command` }, cause);
  }
}

function parseOneOrLines(text: string): readonly unknown[] {
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  }
}

export async function replayPrinted(desk: PrintedReplayDesk, printed: Printed): Promise<ReplayReport> {
  const results: Readonly<Record<string, unknown>>[] = [];
  let matches = true;
  for (const { model, scores, windowScores = [], inputs } of printed.results) {
    if (scores === undefined) continue;
    const run = await runAgain(desk, printed, model.sha256, inputs?.fields ?? []);
    const difference = run.ok ? largestDifference({ scores, windowScores }, run.value) : null;
    const same = difference !== null && difference <= replayTolerance;
    matches &&= same;
    results.push({
      model,
      verdict: same ? 'match' : run.ok ? 'differ' : 'error',
      ...(run.ok ? { largestDifference: difference } : { error: shownProblem(run.problem) }),
    });
  }
  return { session: printed.session, matches: matches && results.length > 0, results };
}

async function runAgain(
  { world, decoding, models }: PrintedReplayDesk,
  printed: Printed,
  modelSha256: string,
  fields: readonly number[],
): Promise<
  Result<{ readonly scores: readonly number[]; readonly windowScores: readonly (readonly number[])[] }>
> {
  const model = models.find(({ sha256 }) => sha256 === modelSha256);
  if (model === undefined) return fail('model-hash-mismatch', { sha256: modelSha256 });
  const recordings: InferenceInputs['recordings'][number][] = [];
  for (const { key, maximumS } of model.manifest.input.recordings) {
    const recording = printed.recordings.find((candidate) => candidate.key === key);
    if (recording === undefined) return fail('model-needs-recording', { recording: key });
    const read = await readRecording(decoding, resolve(recording.file));
    if (!read.ok) return read;
    if (read.value.sha256 !== recording.sha256)
      return fail('take-damaged', { recording: key, reason: 'hash' });
    if (!read.value.decoded.ok) return read.value.decoded;
    const { samples, sampleRateHz } = read.value.decoded.value;
    const longest = maximumS === undefined ? samples.length : Math.floor(maximumS * sampleRateHz);
    recordings.push({ key, samples: samples.subarray(0, longest), sampleRateHz });
  }
  const run = await runModel(world, { model }, { recordings, fields });
  return run.ok ? ok(run.value.scored) : run;
}
