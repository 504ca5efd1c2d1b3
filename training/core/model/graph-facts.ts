/** What a graph takes and gives, and whether that is what the model contract asks for. */
import type { ModelDescription } from '../../../contract/training/model-description.ts';

export interface GraphPort {
  readonly name: string;
  /** As ONNX names it: FLOAT, DOUBLE, …; `not a tensor` for sequences and the like. */
  readonly type: string;
  /** A number, or null where the length is only known when the graph runs; undefined: no shape is stated. */
  readonly dims: readonly (number | null)[] | undefined;
}

export interface GraphFacts {
  readonly opset: number;
  /** Operator sets beside ONNX's own. */
  readonly otherDomains: readonly string[];
  /** Without those that have a default. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** Every way in which the graph differs from what the contract asks for; empty where it fits. */
export function whyNotOurs(
  { inputs, outputs, otherDomains }: GraphFacts,
  { input, labels, window }: ModelDescription,
): readonly string[] {
  const recordings = input.recordings.map(({ key }) => key);
  const scores = outputs.find(({ name }) => name === 'scores');
  const windowScores = outputs.find(({ name }) => name === 'window_scores');
  return [
    ...(input.fields.length > 0 ? ['form fields: only models of recordings alone can be brought in'] : []),
    ...(recordings.length === 0 ? ['the description names no recording'] : []),
    ...otherDomains.map(
      (domain) => `it needs the operators of ${domain}, and workstations have ONNX's alone`,
    ),
    ...recordings.flatMap((key) => {
      const own = inputs.find(({ name }) => name === key);
      return own === undefined
        ? [`there is no input "${key}": ${asked} (its inputs: ${listed(inputs)})`]
        : portFaults(`the input "${key}"`, own, [null], asked);
    }),
    ...inputs
      .filter(({ name }) => !recordings.includes(name))
      .map(
        ({ name }) => `the input "${name}" is no recording of the description: nothing would be given to it`,
      ),
    ...(scores === undefined
      ? [`there is no output "scores": one score per label is asked for (its outputs: ${listed(outputs)})`]
      : portFaults('the output "scores"', scores, [labels.length], 'one score per label')),
    ...(windowScores === undefined
      ? []
      : [
          ...portFaults(
            'the output "window_scores"',
            windowScores,
            [null, labels.length],
            'windows by labels',
          ),
          ...(window === undefined ? ['it gives window_scores, and the description says no window'] : []),
        ]),
  ];
}

const asked = 'one dimension of any length, the samples of the recording, is asked for';

/** `wanted`: null for a length that must be free. */
function portFaults(
  what: string,
  { type, dims }: GraphPort,
  wanted: readonly (number | null)[],
  meaning: string,
): readonly string[] {
  const faults = type === 'FLOAT' ? [] : [`${what} is ${type}, and FLOAT is asked for`];
  // Without a stated shape, a run shows what it is.
  if (dims === undefined) return faults;
  const shown = `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
  if (dims.length !== wanted.length) {
    return [
      ...faults,
      `${what} has the shape ${shown}: ${meaning}, ${wanted.length} dimension${wanted.length === 1 ? '' : 's'}`,
    ];
  }
  const isWrong = wanted.some((length, index) =>
    length === null ? dims[index] !== null : dims[index] !== null && dims[index] !== length,
  );
  return isWrong ? [...faults, `${what} has the shape ${shown}: ${meaning}`] : faults;
}

function listed(ports: readonly GraphPort[]): string {
  return (
    ports
      .map(
        ({ name, type, dims }) =>
          `"${name}" ${type} [${dims?.map((dim) => dim ?? '?').join(', ') ?? 'no shape'}]`,
      )
      .join(', ') || 'none'
  );
}
