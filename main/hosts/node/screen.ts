/** Screens recordings without a window: files and folders in, one JSON object per session out. */
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { forkEngineChild } from '../../../native/onnx/fork-engine.ts';
import { audioFiles } from '../../adapters/audio-files/audio-files.ts';
import { checkFolder } from '../../adapters/model-folders/check-folder.ts';
import { readModelsInUse, type ModelsInUse } from '../../adapters/model-folders/models-in-use.ts';
import { storeExists } from '../../adapters/sqlite/store-files.ts';
import { systemClock } from '../../adapters/system/system.ts';
import type { EngineWorld } from '../../app/prepare-model.ts';
import { createProcessMemory } from '../../app/process-memory.ts';
import type { Definitions } from '../../ports/definitions.ts';
import type { InstalledModel, Models } from '../../ports/models.ts';
import { composeDefinitions, composeEngine, composeModels, openWorld } from '../shared/compose.ts';
import { defaultDataFolder } from '../shared/data-folder.ts';
import { createLog, type HostLog } from '../shared/log.ts';
import { appVersion } from '../shared/program.ts';
import { startFailure } from '../shared/start-messages.ts';
import { chooseKeys } from './choose-keys.ts';
import { chooseModels, warningsOf } from './screening/choose-models.ts';
import { help, parseCommandLine, type ScreenOptions } from './screening/command-line.ts';
import { findSessions, type FoundSession } from './screening/find-sessions.ts';
import { shownProblem } from './screening/problem-text.ts';
import { readPrinted, replayPrinted } from './screening/replay-printed.ts';
import { replayStored, type ReplayReport } from './screening/replay-stored.ts';
import { screenFound, type ScreenedSession, type ScreeningDesk } from './screening/screen-found.ts';

const exitCodes = { fine: 0, sessionFailed: 1, usage: 2 } as const;

// A reader that has seen enough (head, a closed pager) is no error of ours.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') throw cause;
  process.exit(exitCodes.fine);
});
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(args);
  if (!parsed.ok) return usage(parsed);
  const options = parsed.value;
  if (options.wantsHelp) {
    process.stdout.write(help);
    return exitCodes.fine;
  }
  const { replay } = options;
  if (replay !== undefined && !/\.jsonl?$/iu.test(replay)) return replayOfStore(options, replay);
  const dataFolder = folderOf(options);
  const shelf = composeModels(dataFolder);
  const engine = composeEngine(() => forkEngineChild(), quietLog());
  const world: EngineWorld = {
    inference: engine.inference,
    models: shelf,
    clock: systemClock(),
    memory: createProcessMemory(),
  };
  try {
    return replay === undefined
      ? await screen(options, world)
      : await replayOfOutput(options, world, resolve(replay));
  } finally {
    engine.close();
  }
}

async function screen(options: ScreenOptions, world: EngineWorld): Promise<number> {
  const desk = await setUp(options, world);
  if (!desk.ok) return usage(desk);
  const asked = [
    ...new Set(desk.value.models.flatMap(({ manifest }) => manifest.input.recordings.map(({ key }) => key))),
  ];
  const all = new Set([...desk.value.protocol.steps.map(({ key }) => key), ...asked]);
  const sessions = wanted(options, { all, asked });
  let failed = 0;
  for (const found of sessions) {
    for (const name of found.ignored) note(`${found.name}: ${name} is not used: no recording is called so`);
    const screened = await screenFound(desk.value, found).catch((cause: unknown) => faultOf(found, cause));
    if (screened.error !== undefined) failed += 1;
    print(screened);
  }
  if (failed > 0) note(`${failed} of ${sessions.length} sessions have an error`);
  return failed > 0 ? exitCodes.sessionFailed : exitCodes.fine;
}

/** A bug of ours costs one session; the others go on. */
function faultOf({ name }: FoundSession, cause: unknown): ScreenedSession {
  note(`${name}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  return { session: name, error: shownProblem({ code: 'internal' }) };
}

/** Named recordings (or answers alone) are one session; everything else is found on the disk. */
function wanted(options: ScreenOptions, keys: Parameters<typeof findSessions>[1]): readonly FoundSession[] {
  const { paths, recordings } = options;
  if (paths.length > 0) return findSessions(paths, keys);
  return [{ name: 'session', recordings, answersPath: undefined, ignored: [] }];
}

async function setUp(options: ScreenOptions, world: EngineWorld): Promise<Result<ScreeningDesk>> {
  const definitions = await definitionsFor(options, composeDefinitions(folderOf(options)));
  if (!definitions.ok) return definitions;
  const models = await modelsFor(options, world.models);
  if (!models.ok) return models;
  for (const { message } of models.value.warnings) note(message);
  return ok({
    world,
    decoding: audioFiles(),
    models: models.value.models,
    warnings: models.value.warnings,
    protocol: definitions.value.protocol,
    answers: { forms: definitions.value.forms, form: options.form, today: today() },
    answersPath: options.answersPath,
    appVersion: appVersion(),
  });
}

async function definitionsFor({ protocol: named, form }: ScreenOptions, definitions: Definitions) {
  const listed = await definitions.list();
  if (!listed.ok) return listed;
  const { forms, protocols, refused } = listed.value;
  for (const { file, problem } of refused) note(`${file}: ${shownProblem(problem).message}`);
  const protocol =
    named === undefined
      ? protocols[0]
      : protocols.find(({ id, version }) => id === named.name && version === named.version);
  const known = (list: readonly { id: string; version: string }[]): string =>
    list.map(({ id, version }) => `${id}@${version}`).join(', ') || 'none';
  if (protocol === undefined) {
    return fail('not-found', { message: `there is no such protocol; there are: ${known(protocols)}` });
  }
  if (form !== undefined && !forms.some(({ id, version }) => id === form.name && version === form.version)) {
    return fail('not-found', { message: `there is no such form; there are: ${known(forms)}` });
  }
  return ok({ forms, protocol });
}

async function modelsFor(options: ScreenOptions, shelf: Models) {
  const inUse = readModelsInUse(folderOf(options));
  if (!inUse.ok) return inUse;
  const models = await chosenModels(options, shelf, inUse.value);
  return models.ok ? ok({ models: models.value, warnings: warningsOf(models.value, inUse.value) }) : models;
}

async function chosenModels(
  { models: wantedModels, modelFolders }: ScreenOptions,
  shelf: Models,
  inUse: ModelsInUse,
): Promise<Result<readonly InstalledModel[]>> {
  const given: InstalledModel[] = [];
  for (const folder of modelFolders) {
    const checked = await modelFromFolder(folder);
    if (!checked.ok) return checked;
    given.push(checked.value);
  }
  if (given.length > 0 && wantedModels.length === 0) return ok(given);
  const { models, refused } = await shelf.list();
  for (const { folder, problem } of refused) note(`model folder ${folder}: ${shownProblem(problem).message}`);
  const chosen = chooseModels(models, inUse, wantedModels);
  return chosen.ok ? ok([...given, ...chosen.value]) : chosen;
}

async function modelFromFolder(folder: string): Promise<Result<InstalledModel>> {
  const checked = await checkFolder(folder);
  if (!checked.ok) {
    const { code, details } = checked.problem;
    return fail(code, {
      ...details,
      message: `--model-folder ${folder}: ${shownProblem(checked.problem).message}`,
    });
  }
  const { manifest, sha256, card } = checked.value;
  return ok({ manifest, sha256, card, source: 'installed', graphPath: join(folder, manifest.graph.file) });
}

async function replayOfOutput(options: ScreenOptions, world: EngineWorld, path: string): Promise<number> {
  const printed = readPrinted(path);
  if (!printed.ok) return usage(printed);
  const given: InstalledModel[] = [];
  for (const folder of options.modelFolders) {
    const checked = await modelFromFolder(folder);
    if (!checked.ok) return usage(checked);
    given.push(checked.value);
  }
  const models = [...given, ...(await world.models.list()).models];
  let areSame = true;
  for (const session of printed.value) {
    const report = await replayPrinted({ world, decoding: audioFiles(), models }, session);
    areSame &&= report.matches;
    printReport(report);
  }
  return areSame ? exitCodes.fine : exitCodes.sessionFailed;
}

async function replayOfStore(options: ScreenOptions, session: string): Promise<number> {
  const dataFolder = folderOf(options);
  if (!storeExists(dataFolder)) {
    note(`there is no store in ${dataFolder}; name its folder with --data`);
    return exitCodes.usage;
  }
  const keys = chooseKeys({ ...options, dataFolder });
  const opened = keys.ok
    ? await openWorld({
        host: 'node',
        dataFolder,
        keys: keys.value,
        spawnEngine: () => forkEngineChild(),
        log: quietLog(),
      })
    : keys;
  if (!opened.ok) {
    note(startFailure(opened.problem, dataFolder).message);
    return exitCodes.usage;
  }
  try {
    const report = await replayStored(opened.value.world, session);
    if (!report.ok) {
      print({ session, error: shownProblem(report.problem) });
      return exitCodes.sessionFailed;
    }
    printReport(report.value);
    return report.value.matches ? exitCodes.fine : exitCodes.sessionFailed;
  } finally {
    await opened.value.close();
  }
}

function printReport(report: ReplayReport): void {
  print({ ...report, verdict: report.matches ? 'match' : 'differ' });
}

function usage({ problem }: { readonly problem: Parameters<typeof shownProblem>[0] }): number {
  const message = problem.details?.['message'];
  note(typeof message === 'string' ? message : shownProblem(problem).message);
  note('Try --help.');
  return exitCodes.usage;
}

function print(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

function note(text: string): void {
  process.stderr.write(`screen: ${text}\n`);
}

/** What the engine says goes nowhere: its problems stand in the output. */
function quietLog(): HostLog {
  return createLog({ write: () => undefined, close: () => undefined });
}

/** The calendar date where this PC stands, YYYY-MM-DD. */
function today(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function folderOf({ dataFolder }: Pick<ScreenOptions, 'dataFolder'>): string {
  return dataFolder ?? defaultDataFolder(process.platform, process.env);
}
