/** A network in the engine: the three graphs of a fit, fed piece by piece. */
import { adamGraph, adamRates, learningRateAt } from '../../core/autodiff/adam.ts';
import { sizeOf } from '../../core/autodiff/tape.ts';
import { streams, type Batch } from '../../core/network/batch.ts';
import type { FitSettings } from '../../core/network/fit-settings.ts';
import type { FitState } from '../../core/network/fit-state.ts';
import { gradientGraph, logitGraph, maskName } from '../../core/network/network-graphs.ts';
import { planNetwork, type Network } from '../../core/network/network.ts';
import { fillDropoutMask, mixSeeds } from '../../core/network/random-streams.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { FloatTensor, FloatTensors, OpenTensorGraph, TensorEngine } from '../../ports/tensor-engine.ts';
import { describeProblem } from '../describe-problem.ts';

/** Windows per piece that keep the working set of the reference network within a processor's cache. */
export const defaultRowsPerPiece = 4;

export interface LogitRunner {
  /** Features [windows, frames, bands] to one logit per window. */
  logits(parameters: Float32Array, features: Float32Array): Promise<Outcome<Float32Array>>;
  release(): Promise<void>;
}

export interface StepRunner {
  /** Parameters, moments and step after one step on the batch, and the loss before it. */
  step(state: FitState, batch: Batch): Promise<Outcome<{ readonly loss: number; readonly state: FitState }>>;
  release(): Promise<void>;
}

interface RunnerInput {
  readonly engine: TensorEngine;
  readonly network: Network;
  readonly rowsPerPiece?: number;
}

/** The network as it serves, over any number of windows. */
export async function openLogits({
  engine,
  network,
  rowsPerPiece = defaultRowsPerPiece,
}: RunnerInput): Promise<Outcome<LogitRunner>> {
  const graph = await open(engine, logitGraph(network, rowsPerPiece));
  if (!graph.ok) return graph;
  return done({
    async logits(parameters, features) {
      const size = network.frames * network.bands;
      const logits = new Float32Array(features.length / size);
      for (let row = 0; row < logits.length; row += rowsPerPiece) {
        const outputs = await run(graph.value, {
          parameters: vector(parameters),
          features: piece(features, row, [rowsPerPiece, network.frames, network.bands]),
        });
        if (!outputs.ok) return outputs;
        logits.set(outputs.value['logits']!.data.subarray(0, logits.length - row), row);
      }
      return done(logits);
    },
    release: () => graph.value.release(),
  });
}

/** One training step: gradients added up piece by piece, then Adam. */
export async function openSteps({
  engine,
  network,
  settings,
  rowsPerPiece = defaultRowsPerPiece,
}: RunnerInput & { readonly settings: FitSettings }): Promise<Outcome<StepRunner>> {
  const plan = planNetwork(network);
  const gradients = await open(engine, gradientGraph(network, rowsPerPiece));
  if (!gradients.ok) return gradients;
  const adam = await open(engine, adamGraph(plan.parameterCount, settings.adam));
  if (!adam.ok) {
    await gradients.value.release();
    return adam;
  }
  const zeros = new Float32Array(plan.parameterCount);
  const masks = plan.masks.map(({ rate, sizePerRow }, index) => {
    const dims = [rowsPerPiece, sizePerRow];
    return { name: maskName(index), index, rate, tensor: { data: new Float32Array(sizeOf(dims)), dims } };
  });

  const gradientsOf = async (
    parameters: Float32Array,
    batch: Batch,
    step: number,
  ): Promise<Outcome<{ readonly loss: number; readonly sum: Float32Array }>> => {
    let sum: Float32Array = zeros;
    let loss = 0;
    for (let row = 0; row < batch.rows; row += rowsPerPiece) {
      for (const { rate, tensor, index } of masks) {
        fillDropoutMask(tensor.data, rate, mixSeeds(settings.seed, streams.dropout, step, index, row));
      }
      const outputs = await run(gradients.value, {
        parameters: vector(parameters),
        gradient_sum: vector(sum),
        features: piece(batch.features, row, [rowsPerPiece, network.frames, network.bands]),
        targets: piece(batch.targets, row, [rowsPerPiece, 1]),
        weights: piece(batch.weights, row, [rowsPerPiece, 1]),
        ...Object.fromEntries(masks.map(({ name, tensor }) => [name, tensor])),
      });
      if (!outputs.ok) return outputs;
      sum = outputs.value['gradients']!.data;
      loss += outputs.value['loss']!.data[0]!;
    }
    return done({ loss, sum });
  };

  return done({
    async step(state, batch) {
      const step = state.step + 1;
      const found = await gradientsOf(state.parameters, batch, step);
      if (!found.ok) return found;
      const { loss, sum } = found.value;
      const rates = adamRates(step, learningRateAt(step, settings.schedule), settings.adam);
      const next = await run(adam.value, {
        parameters: vector(state.parameters),
        first_moments: vector(state.firstMoments),
        second_moments: vector(state.secondMoments),
        gradients: vector(sum),
        rates: vector(Float32Array.from(rates)),
      });
      if (!next.ok) return next;
      const outputOf = (name: string): Float32Array => next.value[name]!.data;
      return done({
        loss,
        state: {
          ...state,
          step,
          parameters: outputOf('next_parameters'),
          firstMoments: outputOf('next_first_moments'),
          secondMoments: outputOf('next_second_moments'),
        },
      });
    },
    async release() {
      await gradients.value.release();
      await adam.value.release();
    },
  });
}

const wayOut = 'Give the process more memory or a smaller network; if it stays, report it with this line.';

async function open(engine: TensorEngine, graph: Graph): Promise<Outcome<OpenTensorGraph>> {
  const opened = await engine.open(graph);
  if (opened.ok) return done(opened.value);
  return refuse(`the engine cannot open ${graph.name}: ${describeProblem(opened.problem)}`, wayOut);
}

async function run(graph: OpenTensorGraph, inputs: FloatTensors): Promise<Outcome<FloatTensors>> {
  const result = await graph.run(inputs);
  if (result.ok) return done(result.value);
  return refuse(`the engine cannot run a step: ${describeProblem(result.problem)}`, wayOut);
}

function vector(data: Float32Array): FloatTensor {
  return { data, dims: [data.length] };
}

/** Rows from `row` on, filled up with zeros at the end of the batch. */
function piece(all: Float32Array, row: number, dims: readonly number[]): FloatTensor {
  const rowSize = sizeOf(dims.slice(1));
  const part = all.subarray(row * rowSize, row * rowSize + sizeOf(dims));
  if (part.length === sizeOf(dims)) return { data: part, dims };
  const data = new Float32Array(sizeOf(dims));
  data.set(part);
  return { data, dims };
}
