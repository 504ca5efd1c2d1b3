/** All that a fit knows at a moment, and the same as bytes: what is not in here does not survive a kill. */
import { done, refuse, type Outcome } from '../outcome.ts';
import { streams } from './batch.ts';
import type { FitSettings } from './fit-settings.ts';
import { initialParameters } from './initial-parameters.ts';
import type { Network } from './network.ts';
import { mixSeeds } from './random-streams.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.ts';

export interface EpochFigures {
  /** 0, 1, … */
  readonly epoch: number;
  /** Mean over the epoch's batches, with dropout and mixing. */
  readonly trainingLoss: number;
  /** Mean over windows, as the network serves. */
  readonly evaluationLoss: number;
  /** Share of recordings whose mean probability is on the right side of one half. */
  readonly evaluationAccuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
}

export type Stop = 'no-better-loss' | 'all-epochs' | 'diverged';

export interface FitState {
  /** Epochs that are over. */
  readonly epoch: number;
  /** Batches of the current epoch that are over, and the sum of their losses. */
  readonly batch: number;
  readonly lossSum: number;
  /** Steps that are over, in all epochs. */
  readonly step: number;
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  readonly curve: readonly EpochFigures[];
  readonly best?: {
    readonly epoch: number;
    readonly loss: number;
    readonly parameters: Float32Array;
  };
  /** Absent while the fit goes on. */
  readonly stop?: Stop;
}

export function startFit(network: Network, { seed }: FitSettings): FitState {
  const parameters = initialParameters(network, mixSeeds(seed, streams.start));
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return {
    epoch: 0,
    batch: 0,
    lossSum: 0,
    step: 0,
    parameters,
    firstMoments: zeros(),
    secondMoments: zeros(),
    curve: [],
  };
}

/** Closes an epoch: keeps the best, and stops after `patience` epochs without a better one, or after the last. */
export function endEpoch(
  state: FitState,
  figures: Omit<EpochFigures, 'epoch' | 'trainingLoss'>,
  settings: FitSettings,
): FitState {
  const { epoch, batch, lossSum, best } = state;
  const closed = { epoch, trainingLoss: lossSum / batch, ...figures };
  const next = {
    ...state,
    epoch: epoch + 1,
    batch: 0,
    lossSum: 0,
    curve: [...state.curve, closed],
  };
  if (isDiverged(figures.evaluationLoss, settings)) return { ...next, stop: 'diverged' };
  const isBetter = best === undefined || settings.keeps === 'last' || figures.evaluationLoss < best.loss;
  const kept = isBetter ? { epoch, loss: figures.evaluationLoss, parameters: state.parameters } : best;
  const stop =
    epoch - kept.epoch >= settings.patience
      ? 'no-better-loss'
      : epoch + 1 >= settings.mostEpochs
        ? 'all-epochs'
        : undefined;
  return { ...next, best: kept, ...(stop === undefined ? {} : { stop }) };
}

export function isDiverged(loss: number, { largestLoss }: FitSettings): boolean {
  return !(loss <= largestLoss);
}

/** `identity` says what the fit is of (network, settings, data): a checkpoint of another one is refused. */
export function encodeFitState(state: FitState, identity: string): Uint8Array {
  const { parameters, firstMoments, secondMoments, best, ...rest } = state;
  const vector = (data: Float32Array): NamedTensor => ({ dims: [data.length], data });
  const tensors = new Map([
    ['parameters', vector(parameters)],
    ['first_moments', vector(firstMoments)],
    ['second_moments', vector(secondMoments)],
  ]);
  if (best !== undefined) tensors.set('best_parameters', vector(best.parameters));
  const scalars = best === undefined ? rest : { ...rest, best: { epoch: best.epoch, loss: best.loss } };
  return encodeSafetensors({ tensors, metadata: { identity, state: JSON.stringify(scalars, keepNaN) } });
}

/** Undefined for a checkpoint of another fit. */
export function decodeFitState(bytes: Uint8Array, identity: string): Outcome<FitState | undefined> {
  const file = decodeSafetensors(bytes);
  if (!file.ok) return file;
  const { tensors, metadata } = file.value;
  if (metadata['identity'] !== identity) return done(undefined);
  const vectors = ['parameters', 'first_moments', 'second_moments'].map((name) => tensors.get(name)?.data);
  const [parameters, firstMoments, secondMoments] = vectors;
  const { best, ...rest } = JSON.parse(metadata['state'] ?? '{}', reviveNaN) as FitState;
  const bestParameters = tensors.get('best_parameters')?.data;
  if (
    metadata['state'] === undefined ||
    parameters === undefined ||
    firstMoments === undefined ||
    secondMoments === undefined ||
    (best === undefined) !== (bestParameters === undefined)
  ) {
    return refuse('the checkpoint lacks a part', 'Remove it to start the fit again from the beginning.');
  }
  const kept =
    best === undefined || bestParameters === undefined
      ? {}
      : { best: { ...best, parameters: bestParameters } };
  return done({ ...rest, ...kept, parameters, firstMoments, secondMoments });
}

const notFinite = ['NaN', 'Infinity', '-Infinity'];

/** JSON has no word for a loss that is not a number. */
function keepNaN(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function reviveNaN(_: string, value: unknown): unknown {
  return typeof value === 'string' && notFinite.includes(value) ? Number(value) : value;
}
