/** One step of a run, or all of them: what did not change is not done again, what failed leaves the others as they are. */
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import {
  stepResultSchema,
  type RunRecord,
  type StepOutputs,
  type StepRecord,
  type StepResult,
  type TrainingEvent,
  type TrainingStep,
} from '../../../contract/training/run.ts';
import { done, refuse, type Outcome, type Refusal } from '../../core/outcome.ts';
import { evaluateStep } from './evaluate-step.ts';
import { featuresStep } from './features-step.ts';
import { fitStep } from './fit-step.ts';
import { packageStep } from './package-step.ts';
import { hashJson, snapshotStep } from './snapshot-step.ts';
import { splitStep } from './split-step.ts';
import { parseJson, type StepDefinition, type StepPorts } from './step.ts';

const definitions: Readonly<Record<TrainingStep, StepDefinition>> = {
  snapshot: snapshotStep,
  split: splitStep,
  features: featuresStep,
  fit: fitStep,
  evaluate: evaluateStep,
  package: packageStep,
};

export interface OpenRunRequest {
  readonly id: string;
  /** Absent for a run that exists: it goes on with its own. */
  readonly configuration?: TrainingConfiguration;
  /** Where relative paths of the configuration start. */
  readonly folder?: string;
  readonly parent?: string;
  /** Who have the steps done: the model of a run is approved by somebody else. */
  readonly trainers?: readonly string[];
}

/**
 * The record of a run, made where there is none. Another configuration replaces that of the record once a step is
 * asked for.
 */
export async function openRun(
  { id, configuration, folder, parent, trainers }: OpenRunRequest,
  { runs, program, surroundings }: StepPorts,
): Promise<Outcome<RunRecord>> {
  const found = await runs.read(id);
  if (!found.ok) return found;
  if (found.value !== undefined) {
    const record = {
      ...found.value,
      ...(configuration === undefined ? {} : { configuration, folder: folder ?? found.value.folder }),
      ...(trainers === undefined
        ? {}
        : { trainedBy: [...new Set([...(found.value.trainedBy ?? []), ...trainers])] }),
      codeVersion: program.codeVersion,
      codeSha256: program.codeSha256,
      environment: { ...program.environment },
    };
    return done(record);
  }
  if (configuration === undefined || folder === undefined) {
    return refuse(`there is no run ${id}`, 'Start it with a configuration: --config FILE.');
  }
  if (parent !== undefined) {
    const above = await runs.read(parent);
    if (!above.ok) return above;
    if (above.value === undefined)
      return refuse(`there is no run ${parent}`, 'Name a run as parent that is there.');
  }
  const record: RunRecord = {
    format: 1,
    id,
    parent: parent ?? null,
    ...(trainers === undefined ? {} : { trainedBy: [...new Set(trainers)] }),
    createdAt: surroundings.now().toISOString(),
    folder,
    configuration,
    codeVersion: program.codeVersion,
    codeSha256: program.codeSha256,
    environment: { ...program.environment },
    steps: {},
  };
  const created = await runs.create(record);
  return created.ok ? done(record) : created;
}

/** Does the named steps in order. Stops at the first that fails. */
export async function runSteps(
  run: RunRecord,
  steps: readonly TrainingStep[],
  ports: StepPorts,
): Promise<Outcome<RunRecord>> {
  const claim = await ports.runs.claim(run.id);
  if (!claim.ok) return claim;
  try {
    // What another process did between the opening and the claim counts.
    const current = await ports.runs.read(run.id);
    if (!current.ok) return current;
    let record: RunRecord = { ...run, steps: current.value?.steps ?? run.steps };
    const saved = await ports.runs.save(record);
    if (!saved.ok) return saved;
    for (const name of steps) {
      const next = await runStep(record, definitions[name], ports);
      if (!next.ok) return next;
      record = next.value;
    }
    return done(record);
  } finally {
    await claim.value.release();
  }
}

async function runStep(
  record: RunRecord,
  step: StepDefinition,
  ports: StepPorts,
): Promise<Outcome<RunRecord>> {
  const { configuration } = record;
  const inputs = collectInputs(record, step, ports);
  if (!inputs.ok) return inputs;
  const outside = (await step.outside?.(configuration, ports)) ?? done(null);
  if (!outside.ok) return outside;
  const configurationSha256 = hashJson(ports, step.part(configuration));
  const key = hashJson(ports, {
    step: step.name,
    configurationSha256,
    inputs: inputs.value as unknown as Json,
    outside: outside.value,
    code: ports.program.codeOf[step.name],
  });
  const startedAt = ports.surroundings.now().toISOString();
  const tell = teller(record.id, step.name, ports);
  const facts = { key, startedAt, codeVersion: ports.program.codeVersion };

  const known = await recallResult(key, ports);
  if (!known.ok) return known;
  if (known.value !== undefined) {
    const { outputs, figures } = known.value;
    const before = record.steps[step.name];
    await tell('reused', 'nothing that it depends on has changed');
    const kept: StepRecord =
      before?.state === 'done' && before.key === key
        ? before
        : {
            ...facts,
            state: 'done',
            configurationSha256,
            inputs: inputs.value,
            outputs,
            figures,
            finishedAt: startedAt,
            isReused: true,
          };
    return keepStep(record, step.name, kept, ports);
  }

  await tell('started', 'started');
  const work = await step.work({
    run: record,
    configuration,
    key,
    inputs: inputs.value,
    ports,
    progress: (message, details) => void tell('progress', message, details),
  });
  const finishedAt = ports.surroundings.now().toISOString();
  if (!work.ok) {
    await tell('failed', work.refusal.what);
    const { what, items = [], wayOut } = work.refusal;
    const failed: StepRecord = { ...facts, state: 'failed', finishedAt, what, items: [...items], wayOut };
    const saved = await keepStep(record, step.name, failed, ports);
    return saved.ok ? refuseAgain(work.refusal) : saved;
  }
  const outputs: StepOutputs = {};
  for (const [name, bytes] of work.value.outputs) {
    const stored = await ports.contents.put(bytes);
    if (!stored.ok) return stored;
    outputs[name] = stored.value;
  }
  const figures = { ...work.value.figures };
  const result: StepResult = { format: 1, step: step.name, outputs, figures };
  const remembered = await ports.contents.remember(key, canonicalJson(result as unknown as Json));
  if (!remembered.ok) return remembered;
  for (const checkpoint of work.value.checkpoints ?? []) {
    const removed = await ports.checkpoints.remove(checkpoint);
    if (!removed.ok) return removed;
  }
  await tell('done', 'done');
  return keepStep(
    record,
    step.name,
    {
      ...facts,
      state: 'done',
      configurationSha256,
      inputs: inputs.value,
      outputs,
      figures,
      finishedAt,
      isReused: false,
    },
    ports,
  );
}

/** Saves the step's record and puts its outputs beside it. */
async function keepStep(
  record: RunRecord,
  name: TrainingStep,
  step: StepRecord,
  { runs, contents }: StepPorts,
): Promise<Outcome<RunRecord>> {
  const next: RunRecord = { ...record, steps: { ...record.steps, [name]: step } };
  if (step.state === 'done') {
    for (const [path, { sha256 }] of Object.entries(step.outputs)) {
      const bytes = await contents.get(sha256);
      if (!bytes.ok) return bytes;
      const shown = await runs.show(record.id, path, bytes.value);
      if (!shown.ok) return shown;
    }
  }
  const saved = await runs.save(next);
  return saved.ok ? done(next) : saved;
}

/** Outputs of the steps before; refuses where one is not done, or was done of something else than is there now. */
export function collectInputs(
  record: RunRecord,
  step: { readonly name: string; readonly needs: readonly TrainingStep[] },
  ports: Pick<StepPorts, 'surroundings'>,
): Outcome<StepOutputs> {
  const all: StepOutputs = {};
  for (const name of step.needs) {
    const before = record.steps[name];
    const wayOut = `Run the step "${name}" first, or "run", which does all that is needed.`;
    if (before?.state !== 'done') return refuse(`"${step.name}" needs "${name}", which is not done`, wayOut);
    const isCurrent =
      before.configurationSha256 === hashJson(ports, definitions[name].part(record.configuration)) &&
      Object.entries(before.inputs).every(([output, { sha256 }]) => all[output]?.sha256 === sha256);
    if (!isCurrent) {
      return refuse(`"${step.name}" needs "${name}", which was done before something changed`, wayOut);
    }
    Object.assign(all, before.outputs);
  }
  return done(all);
}

async function recallResult(key: string, { contents }: StepPorts): Promise<Outcome<StepResult | undefined>> {
  const text = await contents.recall(key);
  if (!text.ok || text.value === undefined) return text.ok ? done(undefined) : text;
  const parsed = stepResultSchema.safeParse(parseJson(text.value));
  if (!parsed.success) return done(undefined);
  for (const { sha256 } of Object.values(parsed.data.outputs)) {
    const isThere = await contents.has(sha256);
    if (!isThere.ok) return isThere;
    if (!isThere.value) return done(undefined);
  }
  return done(parsed.data);
}

function teller(run: string, step: TrainingStep, { surroundings, runs, onEvent }: StepPorts) {
  // Events are written one after the other, in the order in which they happened.
  let last: Promise<unknown> = Promise.resolve();
  return (
    kind: TrainingEvent['kind'],
    message: string,
    details: Partial<TrainingEvent> = {},
  ): Promise<unknown> => {
    const event = { at: surroundings.now().toISOString(), run, step, kind, message, ...details };
    onEvent?.(event);
    last = last.then(() => runs.append(event));
    return last;
  };
}

function refuseAgain(refusal: Refusal): Outcome<never> {
  return { ok: false, refusal };
}
