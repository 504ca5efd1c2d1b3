/** Tensors of the Open Inference Protocol as a model's inputs, and its scores as tensors. */
import { fieldsLength, type ModelManifest } from '../../contract/model-manifest.ts';
import type { V2InferRequest, V2Tensor } from '../../contract/registry/v2.ts';
import { heardPart } from './predictions.ts';

/** A tensor of a request with its values, wherever they stood. */
export interface GivenTensor extends Pick<V2Tensor, 'name' | 'shape' | 'datatype'> {
  readonly data: ArrayLike<unknown>;
}

export interface TensorInputs {
  readonly recordings: readonly {
    readonly key: string;
    readonly samples: Float32Array;
    readonly sampleRateHz: number;
  }[];
  readonly fields: readonly number[];
}

export type TensorsRead =
  { readonly ok: true; readonly inputs: TensorInputs } | { readonly ok: false; readonly error: string };

export const fieldsInput = 'fields';

interface Wanted {
  readonly name: string;
  /** -1: any length. */
  readonly length: number;
}

export function inputsWanted({ input }: ModelManifest): readonly Wanted[] {
  const length = fieldsLength(input.fields);
  return [
    ...input.recordings.map(({ key }) => ({ name: key, length: -1 })),
    ...(length === 0 ? [] : [{ name: fieldsInput, length }]),
  ];
}

export function outputsGiven({ labels, output }: ModelManifest): readonly {
  readonly name: string;
  readonly shape: readonly number[];
}[] {
  return [
    { name: 'scores', shape: [labels.length] },
    ...(output.hasWindowScores ? [{ name: 'window_scores', shape: [-1, labels.length] }] : []),
  ];
}

/** Every fault is named with its tensor. Samples are cut as the manifest says, and refused where they are too short. */
export function readTensors(
  manifest: ModelManifest,
  tensors: readonly GivenTensor[],
  outputs: V2InferRequest['outputs'],
): TensorsRead {
  const wanted = inputsWanted(manifest);
  const given = new Map<string, GivenTensor>();
  for (const tensor of tensors) {
    if (given.has(tensor.name)) return no(`input ${shown(tensor.name)} is given twice`);
    if (!wanted.some(({ name }) => name === tensor.name))
      return no(`there is no input ${shown(tensor.name)}; the model takes ${listed(wanted)}`);
    given.set(tensor.name, tensor);
  }
  for (const { name } of outputs ?? []) {
    if (!outputsGiven(manifest).some((output) => output.name === name))
      return no(`there is no output ${shown(name)}`);
  }
  const recordings: TensorInputs['recordings'][number][] = [];
  let fields: readonly number[] = [];
  for (const { name, length } of wanted) {
    const tensor = given.get(name);
    if (tensor === undefined) return no(`input ${name} is missing; the model takes ${listed(wanted)}`);
    const values = readValues(tensor, length);
    if (typeof values === 'string') return no(values);
    const recording = manifest.input.recordings.find(({ key }) => key === name);
    if (recording === undefined) {
      fields = [...values];
      continue;
    }
    const { sampleRateHz } = manifest.input;
    const heard = heardPart(recording, { samples: values, sampleRateHz });
    if (!heard.ok) return no(shortRecording(name, values.length / sampleRateHz, recording.minimumS));
    recordings.push({ key: name, samples: heard.value, sampleRateHz });
  }
  return { ok: true, inputs: { recordings, fields } };
}

function readValues({ name, shape, datatype, data }: GivenTensor, length: number): Float32Array | string {
  if (datatype !== 'FP32') return `input ${name} has the datatype ${datatype}; the model takes FP32`;
  // A batch of one is what many clients send.
  const dimensions = shape.length === 2 && shape[0] === 1 ? shape.slice(1) : shape;
  const [count = 0] = dimensions;
  const wantedShape = length === -1 ? '[samples]' : `[${String(length)}]`;
  if (dimensions.length !== 1 || (length !== -1 && count !== length))
    return `input ${name} has the shape [${shape.join(', ')}]; the model takes ${wantedShape}`;
  const flat: ArrayLike<unknown> = Array.isArray(data[0]) && data.length === 1 ? data[0] : data;
  if (flat.length !== count)
    return `input ${name} has ${String(flat.length)} values, and its shape says ${String(count)}`;
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 1) {
    const value = flat[index];
    if (typeof value !== 'number') return `input ${name} has no number at place ${String(index)}`;
    values[index] = value;
    // JSON has no word for infinity, but numbers that no float32 holds.
    if (!Number.isFinite(values[index]))
      return `input ${name} is not a finite float32 at place ${String(index)}`;
  }
  return values;
}

function shortRecording(name: string, seconds: number, minimumS: number): string {
  return `input ${name} lasts ${seconds.toFixed(3)} s; the model needs ${String(minimumS)} s`;
}

function listed(wanted: readonly Wanted[]): string {
  return wanted.map(({ name }) => name).join(', ');
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

function no(error: string): TensorsRead {
  return { ok: false, error };
}

/** Float32 numbers as tensors; `only` names the outputs that were asked for. */
export function writeTensors(
  { labels, output }: ModelManifest,
  {
    scores,
    windowScores,
  }: { readonly scores: readonly number[]; readonly windowScores: readonly (readonly number[])[] },
  only: readonly string[] | undefined,
): V2Tensor[] {
  const tensors: V2Tensor[] = [
    { name: 'scores', shape: [scores.length], datatype: 'FP32', data: [...scores] },
    ...(output.hasWindowScores
      ? [
          {
            name: 'window_scores',
            shape: [windowScores.length, labels.length],
            datatype: 'FP32' as const,
            data: windowScores.flat(),
          },
        ]
      : []),
  ];
  return only === undefined ? tensors : tensors.filter(({ name }) => only.includes(name));
}
