import { sizeOf } from '../autodiff/tape.ts';
import { seededRandom } from '../fit/random.ts';
import { planNetwork, type Network } from './network.ts';

/** The flat vector that training starts from; the same for the same seed. */
export function initialParameters(network: Network, seed: number): Float32Array {
  const { parameters, parameterCount } = planNetwork(network);
  const random = seededRandom(seed);
  const flat = new Float32Array(parameterCount);
  for (const { dims, offset, start } of parameters) {
    for (let i = offset; i < offset + sizeOf(dims); i++) {
      flat[i] = start.kind === 'constant' ? start.value : (2 * random.next() - 1) * start.bound;
    }
  }
  return flat;
}
