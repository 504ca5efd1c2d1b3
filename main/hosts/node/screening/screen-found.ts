/** One session from files: decode, judge, screen with every model, and say all of it in one object. */
import { relative } from 'node:path';
import type { ProtocolDefinition } from '../../../../contract/protocol.ts';
import type { Problem, Result } from '../../../../contract/result.ts';
import type { TakeQuality } from '../../../../contract/session.ts';
import { measureSamples } from '../../../app/measure-recording.ts';
import type { EngineWorld } from '../../../app/prepare-model.ts';
import { screenRecordings, type RecordingToScreen, type Screening } from '../../../app/screen-recordings.ts';
import { judgeTake, type TakeMeasure } from '../../../core/quality.ts';
import type { AudioDecoding, DecodedRecording } from '../../../ports/audio-decoding.ts';
import type { InstalledModel } from '../../../ports/models.ts';
import type { ModelWarning } from './choose-models.ts';
import { readAnswers, type AnswersContext, type FormAnswers } from './answers-file.ts';
import type { FoundSession } from './find-sessions.ts';
import { shownProblem, type ShownProblem } from './problem-text.ts';
import { readRecording } from './read-recording.ts';

export interface ScreeningDesk {
  readonly world: EngineWorld;
  readonly decoding: AudioDecoding;
  readonly models: readonly InstalledModel[];
  /** Of models that were named although this PC uses them no more. */
  readonly warnings: readonly ModelWarning[];
  readonly protocol: ProtocolDefinition;
  readonly answers: AnswersContext;
  /** For sessions without an answers.json of their own. */
  readonly answersPath: string | undefined;
  readonly appVersion: string;
}

type ShownError = ShownProblem & { readonly file?: string };

interface ReadEntry {
  readonly key: string;
  readonly file: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  readonly decoded?: DecodedRecording;
  readonly measure?: TakeMeasure;
  readonly problem?: Problem;
}

export interface ScreenedSession {
  readonly session: string;
  readonly error?: ShownError;
  readonly [more: string]: unknown;
}

export async function screenFound(desk: ScreeningDesk, found: FoundSession): Promise<ScreenedSession> {
  const startedMs = desk.world.clock.monotonicMs();
  const answersPath = found.answersPath ?? desk.answersPath;
  const answers = answersPath === undefined ? undefined : readAnswers(answersPath, desk.answers);
  const entries: ReadEntry[] = [];
  for (const recording of found.recordings) entries.push(await readEntry(desk, recording));
  const readMs = desk.world.clock.monotonicMs() - startedMs;
  const judged = judgeAll(desk.protocol, entries);
  const settled = answers?.ok === true ? answers.value : undefined;
  const results =
    found.problem === undefined && answers?.ok !== false ? await screenAll(desk, judged, settled) : [];
  const error = firstError([
    [found.problem, found.problemPath],
    [answers?.ok === false ? answers.problem : undefined, answersPath],
    ...entries.map(({ problem, file }): [Problem | undefined, string] => [problem, file]),
    ...results.map(({ problem }): [Problem | undefined, undefined] => [problem, undefined]),
  ]);
  return {
    session: found.name,
    ...(error === undefined ? {} : { error }),
    ...(desk.warnings.length === 0 ? {} : { warnings: desk.warnings }),
    appVersion: desk.appVersion,
    form: settled === undefined ? null : { id: settled.form.id, version: settled.form.version },
    protocol: { id: desk.protocol.id, version: desk.protocol.version },
    recordings: judged.map(shownRecording),
    results: results.map(({ shown }) => shown),
    timing: { readMs: rounded(readMs), totalMs: rounded(desk.world.clock.monotonicMs() - startedMs) },
  };
}

async function readEntry(
  desk: ScreeningDesk,
  { key, path }: { key: string; path: string },
): Promise<ReadEntry> {
  const file = shownPath(path);
  const read = await readRecording(desk.decoding, path);
  if (!read.ok) return { key, file, problem: read.problem };
  const { sha256, sizeBytes, decoded } = read.value;
  if (!decoded.ok) return { key, file, sha256, sizeBytes, problem: decoded.problem };
  const { samples, sampleRateHz } = decoded.value;
  const measure = await measureSamples(desk.world, samples, sampleRateHz);
  return { key, file, sha256, sizeBytes, decoded: decoded.value, measure };
}

interface JudgedEntry extends ReadEntry {
  readonly quality?: TakeQuality;
}

/** By the limits of the protocol's step, with the session's own ambient noise where it has one. */
function judgeAll(protocol: ProtocolDefinition, entries: readonly ReadEntry[]): readonly JudgedEntry[] {
  const noiseKey = protocol.steps.find(({ role }) => role === 'ambient-noise')?.key;
  const noise = entries.find(({ key }) => key === noiseKey)?.measure;
  const noiseLimits = protocol.steps.find(({ key }) => key === noiseKey)?.quality;
  const noiseDbfs = noise && noiseLimits ? judgeTake(noise, noiseLimits, null).levelDbfs : null;
  return entries.map((entry) => {
    const limits = protocol.steps.find(({ key }) => key === entry.key)?.quality;
    if (entry.measure === undefined) return entry;
    const bounds = limits ?? { minimumS: 0, maximumS: Number.MAX_VALUE };
    return { ...entry, quality: judgeTake(entry.measure, bounds, entry.key === noiseKey ? null : noiseDbfs) };
  });
}

interface ModelRun {
  readonly shown: Readonly<Record<string, unknown>>;
  readonly problem: Problem | undefined;
}

async function screenAll(
  desk: ScreeningDesk,
  entries: readonly JudgedEntry[],
  answers: FormAnswers | undefined,
): Promise<readonly ModelRun[]> {
  const recordings = entries.flatMap(({ key, decoded, quality }): RecordingToScreen[] =>
    decoded === undefined
      ? []
      : [
          {
            key,
            samples: decoded.samples,
            sampleRateHz: decoded.sampleRateHz,
            isUsable: quality?.passed ?? true,
          },
        ],
  );
  const unreadable = new Set(entries.filter(({ problem }) => problem !== undefined).map(({ key }) => key));
  const consentKey = desk.protocol.steps.find(({ role }) => role === 'consent')?.key;
  // Without answers the newest form still tells which field is the label.
  const form = answers?.form ?? desk.answers.forms[0];
  const runs: ModelRun[] = [];
  for (const model of desk.models) {
    // The recording's own error says it better than "missing" would.
    if (model.manifest.input.recordings.some(({ key }) => unreadable.has(key))) continue;
    const screened = await screenRecordings(desk.world, {
      model,
      recordings,
      answers: answers?.answers ?? {},
      ...(form === undefined ? {} : { form }),
      ...(consentKey === undefined ? {} : { consentKey }),
    });
    runs.push(shownRun(model, screened));
  }
  return runs;
}

function shownRun({ manifest, sha256 }: InstalledModel, screened: Result<Screening>): ModelRun {
  const model = {
    name: manifest.name,
    version: manifest.version,
    sha256,
    isDemonstration: manifest.isDemonstration,
  };
  if (!screened.ok)
    return { shown: { model, error: shownProblem(screened.problem) }, problem: screened.problem };
  const { outcome, fields, ageYears, refusedRecordings } = screened.value;
  const { status: _status, ...scored } = outcome;
  return {
    problem: undefined,
    shown: {
      model,
      ...scored,
      inputs: { fields, ageYears, refusedRecordings },
      limits: manifest.limits.text,
    },
  };
}

function shownRecording({ key, file, sha256, sizeBytes, decoded, quality, problem }: JudgedEntry) {
  return {
    key,
    file,
    ...(sha256 === undefined ? {} : { sha256, sizeBytes }),
    ...(decoded === undefined
      ? {}
      : {
          format: decoded.format,
          sampleRateHz: decoded.sampleRateHz,
          channelCount: decoded.channelCount,
          bitDepth: decoded.bitDepth,
        }),
    ...(quality === undefined ? {} : { quality }),
    ...(problem === undefined ? {} : { error: shownProblem(problem) }),
  };
}

function firstError(
  found: readonly (readonly [Problem | undefined, string | undefined])[],
): ShownError | undefined {
  for (const [problem, path] of found) {
    if (problem === undefined) continue;
    return { ...shownProblem(problem), ...(path === undefined ? {} : { file: shownPath(path) }) };
  }
  return undefined;
}

/** As short as it can be said from here. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
