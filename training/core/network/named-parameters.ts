import { sizeOf } from '../autodiff/tape.ts';
import { done, refuse, type Outcome } from '../outcome.ts';
import { planNetwork, type Network } from './network.ts';
import type { NamedTensor } from './safetensors.ts';

/** The flat vector taken apart under the names that PyTorch's `state_dict` has for the same layers. */
export function nameParameters(network: Network, flat: Float32Array): ReadonlyMap<string, NamedTensor> {
  return new Map(
    planNetwork(network).parameters.map(({ name, dims, offset }) => [
      name,
      { dims, data: flat.slice(offset, offset + sizeOf(dims)) },
    ]),
  );
}

/**
 * The flat vector out of named tensors, for weights that were trained elsewhere on the same architecture. Refuses
 * names that are missing or not known, other shapes (trailing dimensions of 1 do not matter), numbers that are not
 * finite, each by name.
 */
export function parametersFromNames(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Outcome<Float32Array> {
  const { parameters, parameterCount } = planNetwork(network);
  const flat = new Float32Array(parameterCount);
  const items: string[] = [];
  for (const { name, dims, offset } of parameters) {
    const given = tensors.get(name);
    if (given === undefined) {
      items.push(`${name} is missing, [${dims.join(', ')}]`);
    } else if (withoutTrailingOnes(given.dims) !== withoutTrailingOnes(dims)) {
      items.push(`${name} is [${given.dims.join(', ')}] and should be [${dims.join(', ')}]`);
    } else if (!given.data.every(Number.isFinite)) {
      items.push(`${name} holds numbers that are not finite`);
    } else {
      flat.set(given.data, offset);
    }
  }
  const known = new Set(parameters.map(({ name }) => name));
  for (const name of tensors.keys()) {
    if (!known.has(name)) items.push(`${name} has no place in the network`);
  }
  if (items.length === 0) return done(flat);
  return refuse(
    `these weights are not those of the ${network.name} network of ${network.frames} frames`,
    'Compare the layers, their names and the window length with those of this network.',
    items,
  );
}

function withoutTrailingOnes(dims: readonly number[]): string {
  return dims.slice(0, dims.findLastIndex((dim) => dim !== 1) + 1).join(' ');
}
