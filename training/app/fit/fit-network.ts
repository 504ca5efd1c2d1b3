import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import { learningRateAt } from '../../core/autodiff/adam.ts';
import { makeBatch, mixUp, planEpoch, type LabelledWindows } from '../../core/network/batch.ts';
import { classWeights, type FitSettings } from '../../core/network/fit-settings.ts';
import {
  decodeFitState,
  encodeFitState,
  endEpoch,
  isDiverged,
  startFit,
  type EpochFigures,
  type FitState,
  type Stop,
} from '../../core/network/fit-state.ts';
import { planNetwork, type Network } from '../../core/network/network.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Checkpoints } from '../../ports/checkpoints.ts';
import type { Examples } from '../../ports/examples.ts';
import type { TensorEngine } from '../../ports/tensor-engine.ts';
import {
  defaultRowsPerPiece,
  openLogits,
  openSteps,
  type LogitRunner,
  type StepRunner,
} from './network-runner.ts';

export interface FitRequest {
  /** Names the checkpoint. */
  readonly run: string;
  readonly network: Network;
  readonly settings: FitSettings;
  /** What is learned from. */
  readonly training: Examples;
  /** What decides when to stop and which epoch is the best; nothing is learned from it. */
  readonly evaluation: Examples;
  /** Steps between checkpoints; there is one after each epoch in any case. */
  readonly stepsPerCheckpoint?: number;
  /** Windows that go through the engine at once; another number gives other bits. */
  readonly rowsPerPiece?: number;
  onProgress?(progress: FitProgress): void;
  /** Asked after each step. */
  isCancelled?(): boolean;
}

export interface FitProgress {
  readonly kind: 'resumed' | 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly batch: number;
  readonly batchesPerEpoch: number;
  /** Of the step. */
  readonly loss?: number;
  /** Of the epoch that has just ended. */
  readonly figures?: EpochFigures;
  /** Of a fit that goes on: the epochs that are over. */
  readonly curve?: readonly EpochFigures[];
}

export interface FitPorts {
  readonly engine: TensorEngine;
  readonly checkpoints: Checkpoints;
}

export interface FitResult {
  /** Of the epoch that the settings keep. */
  readonly parameters: Float32Array;
  readonly bestEpoch: number;
  readonly bestLoss: number;
  readonly curve: readonly EpochFigures[];
  readonly steps: number;
  /** 'solved' is of the baseline, which takes no steps. */
  readonly stop: Stop | 'cancelled' | 'solved' | 'imported';
}

const defaultStepsPerCheckpoint = 50;

/**
 * Fits a network, from its start or from the run's checkpoint: with the same request on the same machine the result
 * is the same bits, however often the process was killed on the way. The checkpoint stays, so that a fit which is over
 * answers at once; the caller removes it.
 */
export async function fitNetwork(request: FitRequest, ports: FitPorts): Promise<Outcome<FitResult>> {
  const checked = checkRequest(request);
  if (!checked.ok) return checked;
  const identity = identityOf(request);
  const saved = await ports.checkpoints.read(request.run);
  if (!saved.ok) return saved;
  const restored = saved.value === undefined ? done(undefined) : decodeFitState(saved.value, identity);
  if (!restored.ok) return restored;
  if (saved.value !== undefined && restored.value === undefined) {
    return refuse(
      `the checkpoint of ${request.run} is of another fit: data, network or settings have changed since`,
      'Give this fit a name of its own, or remove the checkpoint.',
    );
  }
  const steps = await openSteps({ engine: ports.engine, ...request });
  if (!steps.ok) return steps;
  const logits = await openLogits({ engine: ports.engine, ...request });
  if (!logits.ok) {
    await steps.value.release();
    return logits;
  }
  try {
    const state = restored.value ?? startFit(request.network, request.settings);
    const fit: Fit = { request, ports, identity, steps: steps.value, logits: logits.value };
    if (restored.value !== undefined) report(fit, 'resumed', state);
    return await carryOn(fit, state);
  } finally {
    await steps.value.release();
    await logits.value.release();
  }
}

interface Fit {
  readonly request: FitRequest;
  readonly ports: FitPorts;
  readonly identity: string;
  readonly steps: StepRunner;
  readonly logits: LogitRunner;
}

async function carryOn(fit: Fit, start: FitState): Promise<Outcome<FitResult>> {
  let state = start;
  while (state.stop === undefined) {
    const trained = await trainEpoch(fit, state);
    if (!trained.ok) return trained;
    state = trained.value.state;
    if (trained.value.isCancelled) return resultOf(state, 'cancelled');
    if (state.stop === undefined) {
      const figures = await evaluate(fit, state);
      if (!figures.ok) return figures;
      state = endEpoch(state, figures.value, fit.request.settings);
      report(fit, 'epoch', state);
    }
    const saved = await save(fit, state);
    if (!saved.ok) return saved;
  }
  return resultOf(state, state.stop);
}

/** From the state's batch to the end of its epoch, unless the loss runs away or somebody cancels. */
async function trainEpoch(
  fit: Fit,
  start: FitState,
): Promise<Outcome<{ readonly state: FitState; readonly isCancelled: boolean }>> {
  const { request } = fit;
  const { settings, training, network, stepsPerCheckpoint = defaultStepsPerCheckpoint } = request;
  const weights = classWeights(training.isPositive, settings.isClassBalanced);
  const batches = planEpoch(settings, start.epoch, training.isPositive.length);
  let state = start;
  for (const recordings of batches.slice(start.batch)) {
    const windows = await readAll(training, recordings, start.epoch);
    if (!windows.ok) return windows;
    const plain = makeBatch(network, windows.value, weights);
    const stepped = await fit.steps.step(state, mixUp(plain, settings, state.step + 1, weights));
    if (!stepped.ok) return stepped;
    const { loss } = stepped.value;
    if (isDiverged(loss, settings))
      return done({ state: { ...state, stop: 'diverged' }, isCancelled: false });
    state = { ...stepped.value.state, batch: state.batch + 1, lossSum: state.lossSum + loss };
    const isCancelled = request.isCancelled?.() ?? false;
    if (isCancelled || state.step % stepsPerCheckpoint === 0) {
      const saved = await save(fit, state);
      if (!saved.ok) return saved;
    }
    report(fit, 'step', state, loss);
    if (isCancelled) return done({ state, isCancelled });
  }
  return done({ state, isCancelled: false });
}

/** As the network serves: nothing dropped, nothing mixed; the noise of the first epoch, so that losses compare. */
async function evaluate(
  fit: Fit,
  state: FitState,
): Promise<Outcome<Omit<EpochFigures, 'epoch' | 'trainingLoss'>>> {
  const { evaluation, settings, training } = fit.request;
  const weights = classWeights(training.isPositive, settings.isClassBalanced);
  const judged = await judgeParameters(state.parameters, {
    examples: evaluation,
    weights,
    logits: fit.logits,
  });
  return judged.ok
    ? done({ ...judged.value, learningRate: learningRateAt(state.step, settings.schedule) })
    : judged;
}

interface JudgeInput {
  readonly examples: Examples;
  /** Of the negative and the positive class. */
  readonly weights: readonly [number, number];
  readonly logits: LogitRunner;
}

/** Loss over windows and right calls over recordings, as the network serves. */
export async function judgeParameters(
  parameters: Float32Array,
  { examples, weights: [negative, positive], logits: runner }: JudgeInput,
): Promise<Outcome<Pick<EpochFigures, 'evaluationLoss' | 'evaluationAccuracy'>>> {
  let [lossSum, weightSum, right] = [0, 0, 0];
  for (const [recording, isPositive] of examples.isPositive.entries()) {
    const features = await examples.read(recording, 0);
    if (!features.ok) return features;
    const logits = await runner.logits(parameters, features.value);
    if (!logits.ok) return logits;
    const weight = isPositive ? positive : negative;
    for (const logit of logits.value) lossSum += weight * softplus(isPositive ? -logit : logit);
    weightSum += weight * logits.value.length;
    if (meanProbability(logits.value) >= 0.5 === isPositive) right += 1;
  }
  return done({
    evaluationLoss: lossSum / weightSum,
    evaluationAccuracy: right / examples.isPositive.length,
  });
}

/** The score of a recording: the mean of its windows' probabilities. */
export function meanProbability(logits: Float32Array): number {
  return logits.reduce((sum, logit) => sum + 1 / (1 + Math.exp(-logit)), 0) / logits.length;
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

async function readAll(
  examples: Examples,
  recordings: readonly number[],
  epoch: number,
): Promise<Outcome<readonly LabelledWindows[]>> {
  const all: LabelledWindows[] = [];
  for (const recording of recordings) {
    const features = await examples.read(recording, epoch);
    if (!features.ok) return features;
    all.push({ isPositive: examples.isPositive[recording]!, features: features.value });
  }
  return done(all);
}

function save({ request, ports, identity }: Fit, state: FitState): Promise<Outcome<null>> {
  return ports.checkpoints.save(request.run, encodeFitState(state, identity));
}

function report({ request }: Fit, kind: FitProgress['kind'], state: FitState, loss?: number): void {
  const { settings, training } = request;
  const figures = state.curve.at(-1);
  request.onProgress?.({
    kind,
    step: state.step,
    epoch: state.epoch,
    batch: state.batch,
    batchesPerEpoch: Math.ceil(training.isPositive.length / settings.recordingsPerBatch),
    ...(loss === undefined ? {} : { loss }),
    ...(kind === 'epoch' && figures !== undefined ? { figures } : {}),
    ...(kind === 'resumed' ? { curve: state.curve } : {}),
  });
}

function resultOf({ best, curve, step }: FitState, stop: FitResult['stop']): Outcome<FitResult> {
  if (best === undefined) {
    return stop === 'cancelled'
      ? refuse(
          'the fit was cancelled before its first epoch was over',
          'Run it again: it goes on where it stopped.',
        )
      : refuse(
          `the loss ran away at step ${step + 1}, before the first epoch was over`,
          'Look for samples that are not numbers, or lower the learning rate.',
        );
  }
  return done({
    parameters: best.parameters,
    bestEpoch: best.epoch,
    bestLoss: best.loss,
    curve,
    steps: step,
    stop,
  });
}

function checkRequest({ training, evaluation }: FitRequest): Outcome<null> {
  for (const [name, { isPositive }] of Object.entries({ training, evaluation })) {
    const positive = isPositive.filter(Boolean).length;
    if (positive === 0 || positive === isPositive.length) {
      return refuse(
        `the ${name} side holds ${positive} positive and ${isPositive.length - positive} negative recordings`,
        'A fit needs both classes on both sides: split again, or add recordings.',
      );
    }
  }
  return done(null);
}

/** All that decides the weights, beside the machine. */
function identityOf(request: FitRequest): string {
  const { network, settings, training, evaluation, rowsPerPiece = defaultRowsPerPiece } = request;
  return canonicalJson({
    format: 1,
    network,
    parameters: planNetwork(network).parameterCount,
    settings,
    training: training.sha256,
    evaluation: evaluation.sha256,
    rowsPerPiece,
  } as unknown as Json);
}
