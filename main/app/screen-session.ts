/** Models on a stored session: inputs gathered and checked, each model run, each result stored as soon as it is there. */
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import type { FormDefinition } from '../../contract/form.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { ScreeningResult, Take } from '../../contract/session.ts';
import { settledAnswers } from '../core/answers.ts';
import { isUsable, usedTakes } from '../core/session-rules.ts';
import { isSameModel } from '../core/same-model.ts';
import type { InstalledModel } from '../ports/models.ts';
import { StoreFailure } from '../ports/store-failure.ts';
import type { SessionRecord, StoreTransaction } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import { formOf, protocolOf } from './definitions.ts';
import { holdScreening } from './hold-screening.ts';
import { checkInService } from './model-standing.ts';
import { newId } from './new-id.ts';
import { noteProblem } from './note-problem.ts';
import { checkAudioHere, readTake } from './read-take.ts';
import { recordDeed } from './record-deed.ts';
import { testMemory } from './remember-test.ts';
import { screenRecordings, type RecordingToScreen } from './screen-recordings.ts';
import type { World } from './world.ts';

/** Further models, or one again, on a session that is complete. */
export async function screenAgain(
  { world, account }: Caller,
  { sessionId, models }: Input<'sessions.screen'>,
): Promise<Output<'sessions.screen'>> {
  const installed = (await world.models.list()).models;
  const chosen: InstalledModel[] = [];
  for (const reference of models) {
    const model = installed.find(({ manifest }) => isSameModel(manifest, reference));
    if (model === undefined) {
      return fail('model-not-found', { name: reference.name, version: reference.version });
    }
    chosen.push(model);
  }
  const begun = world.store.write((transaction): Result<null> => {
    const session = transaction.sessions.get(sessionId);
    if (session === undefined) return fail('session-not-found');
    if (session.status === 'discarded') return fail('session-closed', { status: session.status });
    if (session.mode === 'collection') return fail('conflict', { reason: 'collection-mode' });
    if (session.status === 'draft') return fail('session-incomplete', { reason: 'draft' });
    if (session.status === 'processing') return fail('conflict', { reason: 'processing' });
    for (const model of chosen) {
      const isItsOwn = session.models.some((known) => isSameModel(known, model.manifest));
      const serves = checkInService(transaction, model);
      if (!serves.ok && !isItsOwn) return serves;
    }
    const added = models.filter((model) => !session.models.some((known) => isSameModel(known, model)));
    transaction.sessions.update({
      ...session,
      models: [...session.models, ...added],
      status: 'processing',
      updatedAt: world.clock.now(),
    });
    return ok(null);
  });
  if (!begun.ok) return begun;
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  return ok([...(await screenModels(world, sessionId, models, { id: account.id, name: account.username }))]);
}

export interface Screener {
  readonly id: ScreeningResult['by'];
  /** Username, or `system` after a crash. */
  readonly name: string;
}

/**
 * Runs the models on a session that is `processing`, one after the other, and gives it the status that follows. Rejects
 * with a StoreFailure where the store takes no result, on a full disk for example: the screening is then held and goes on
 * from there by itself, so that it ends without a restart.
 */
export function screenModels(
  world: World,
  sessionId: SessionId,
  models: readonly ModelReference[],
  by: Screener,
): Promise<readonly ScreeningResult[]> {
  return goOn(world, { sessionId, by, refusals: 0, open: [...models], unstored: undefined, results: [] });
}

/** How far the models of one session have come. */
interface ScreeningUnderWay {
  readonly sessionId: SessionId;
  readonly by: Screener;
  /** How often the store has refused what was to be written. */
  refusals: number;
  /** Models without a stored result, the one whose turn it is first. */
  readonly open: ModelReference[];
  /** What the first of them said, while it is not stored. */
  unstored: ScreeningResult | undefined;
  readonly results: ScreeningResult[];
}

async function goOn(world: World, screening: ScreeningUnderWay): Promise<readonly ScreeningResult[]> {
  const { sessionId, by, open, results } = screening;
  try {
    for (let model = open[0]; model !== undefined; model = open[0]) {
      screening.unstored ??= await screenOne(world, sessionId, model, by);
      results.push(storeOrGiveUp(world, screening.unstored, screening));
      screening.unstored = undefined;
      open.shift();
      const payload = { sessionId, model, stage: 'done' } as const;
      world.events.publish({ name: 'screening.progress', payload });
    }
    settleStatus(world, sessionId);
  } catch (error) {
    if (error instanceof StoreFailure) hold(world, screening, error.problem);
    throw error;
  }
  world.events.publish({ name: 'session.changed', payload: { sessionId } });
  return results;
}

function hold(world: World, screening: ScreeningUnderWay, { code }: Problem): void {
  const { sessionId } = screening;
  screening.refusals += 1;
  const { refusals } = screening;
  holdScreening(world, sessionId, { refusals, goOn: () => goOn(world, screening) });
  noteProblem(world, code);
  const model = screening.open[0] ?? screening.results.at(-1)?.model;
  if (model === undefined) return;
  const { name, version } = model;
  const payload = { sessionId, model: { name, version }, stage: 'not-stored', problem: code } as const;
  world.events.publish({ name: 'screening.progress', payload });
}

/** After so many refusals a result is given up where the few words that say so still fit. */
const refusalsOfWhole = 5;

/** The result as it is in the store now: whole, or after many refusals an error with the reason. */
function storeOrGiveUp(
  world: World,
  result: ScreeningResult,
  { by, refusals }: Pick<ScreeningUnderWay, 'by' | 'refusals'>,
): ScreeningResult {
  try {
    storeResult(world, result, by.name);
    return result;
  } catch (error) {
    if (!(error instanceof StoreFailure) || refusals < refusalsOfWhole) throw error;
    const given = { ...result, at: world.clock.now(), outcome: errorOutcome(error.problem) };
    storeResult(world, given, by.name);
    return given;
  }
}

/** `completed` while one model has said something; `error` when none has. */
function settleStatus(world: World, sessionId: SessionId): void {
  world.store.write((transaction) => {
    const session = transaction.sessions.get(sessionId);
    if (session?.status !== 'processing') return;
    const newest = newestPerModel(transaction, sessionId);
    const status = newest.some((result) => result.outcome.status === 'completed') ? 'completed' : 'error';
    const at = world.clock.now();
    transaction.sessions.update({ ...session, status, updatedAt: at });
  });
}

function newestPerModel(transaction: StoreTransaction, sessionId: SessionId): readonly ScreeningResult[] {
  const results = transaction.screenings.ofSession(sessionId);
  return [
    ...new Map(results.map((result) => [`${result.model.name} ${result.model.version}`, result])).values(),
  ];
}

async function screenOne(
  world: World,
  sessionId: SessionId,
  reference: ModelReference,
  by: Screener,
): Promise<ScreeningResult> {
  const { models } = await world.models.list();
  const model = models.find(({ manifest }) => isSameModel(manifest, reference));
  const gathered = await gather(world, sessionId);
  const used = gathered.ok && model !== undefined ? takesOf(model, gathered.value) : [];
  const outcome =
    model === undefined
      ? fail('model-not-found', { name: reference.name, version: reference.version })
      : gathered.ok
        ? await run(world, { model, gathered: gathered.value, by, takes: used, sessionId })
        : gathered;
  return {
    id: newId.result(world),
    sessionId,
    at: world.clock.now(),
    by: by.id,
    model: {
      name: reference.name,
      version: reference.version,
      sha256: model?.sha256 ?? unknownSha256,
      isDemonstration: model?.manifest.isDemonstration ?? false,
    },
    appVersion: world.appVersion,
    inputs: {
      takes: used.map(({ stepKey, id, sha256 }) => ({ stepKey, takeId: id, sha256 })),
      fields: outcome.ok ? [...outcome.value.fields] : [],
      ageYears: outcome.ok ? outcome.value.ageYears : null,
      refusedRecordings: outcome.ok ? [...outcome.value.refusedRecordings] : [],
    },
    outcome: outcome.ok ? outcome.value.outcome : errorOutcome(outcome.problem),
  };
}

/** Stands where a model was asked for that is not on this PC. */
const unknownSha256 = '0'.repeat(64);

function errorOutcome({ code, details }: Problem): ScreeningResult['outcome'] {
  return { status: 'error', problem: code, details: { ...details } };
}

function storeResult(world: World, result: ScreeningResult, by: string): void {
  const { outcome, model, sessionId } = result;
  world.store.write((transaction) => {
    transaction.screenings.insert(result);
    const named = { resultId: result.id, model: model.name, version: model.version, sha256: model.sha256 };
    recordDeed(transaction, {
      at: result.at,
      by,
      sessionId,
      action: outcome.status === 'completed' ? 'session-screened' : 'screening-failed',
      details:
        outcome.status === 'completed'
          ? { ...named, provider: outcome.provider, decision: outcome.decision }
          : { ...named, problem: outcome.problem },
      changed: [{ kind: 'result', subjectId: result.id }],
    });
  });
}

interface Gathered {
  readonly session: SessionRecord;
  readonly form: FormDefinition;
  readonly protocol: ProtocolDefinition;
  readonly takes: ReadonlyMap<string, Take>;
}

async function gather(world: World, sessionId: SessionId): Promise<Result<Gathered>> {
  const found = world.store.read((transaction) => ({
    session: transaction.sessions.get(sessionId),
    takes: transaction.takes.ofSession(sessionId),
  }));
  const { session } = found;
  if (session === undefined) return fail('session-not-found');
  const form = await formOf(world, session.form);
  if (!form.ok) return form;
  const protocol = await protocolOf(world, session.protocol);
  if (!protocol.ok) return protocol;
  const takes = usedTakes(found.takes, session.skips);
  return ok({ session, form: form.value, protocol: protocol.value, takes });
}

function takesOf(model: InstalledModel, { takes }: Gathered): readonly Take[] {
  return model.manifest.input.recordings.flatMap(({ key }) => takes.get(key) ?? []);
}

interface OneRun {
  readonly model: InstalledModel;
  readonly gathered: Gathered;
  readonly takes: readonly Take[];
  readonly by: Screener;
  readonly sessionId: SessionId;
}

async function run(
  world: World,
  { model, gathered, takes, by, sessionId }: OneRun,
): ReturnType<typeof screenRecordings> {
  const recordings: RecordingToScreen[] = [];
  for (const take of takes) {
    const isHere = checkAudioHere(world, take.id);
    if (!isHere.ok) return isHere;
    const audio = await readTake(world, take);
    if (!audio.ok) return audio;
    const { sampleRateHz } = take;
    recordings.push({ key: take.stepKey, samples: audio.value, sampleRateHz, isUsable: isUsable(take) });
  }
  const consentKey = gathered.protocol.steps.find((step) => step.role === 'consent')?.key;
  const { name, version } = model.manifest;
  return screenRecordings(world, {
    model,
    recordings,
    answers: settledAnswers(gathered.form, gathered.session.answers),
    form: gathered.form,
    ...(consentKey === undefined ? {} : { consentKey }),
    remember: testMemory(world, model, by.name),
    onStage: (stage) =>
      world.events.publish({
        name: 'screening.progress',
        payload: { sessionId, model: { name, version }, stage },
      }),
  });
}
