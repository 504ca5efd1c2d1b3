import type { Attribute, Dimension, ElementType, Graph, GraphNode, GraphValue, Tensor } from './graph.ts';

/** Operators of this version run on every execution provider of ONNX Runtime that we use. */
const graphOpset = 18;

/** A value of the graph under construction. */
export interface Value {
  readonly name: string;
}

type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphBuilder {
  /** A graph input. */
  input(name: string, elementType: ElementType, dims: readonly Dimension[]): Value;
  /** A stored tensor; the name is a hint and is made unique. */
  tensor(hint: string, tensor: Tensor): Value;
  /** A float32 tensor from plain numbers, row-major. */
  floats(hint: string, dims: readonly number[], values: ArrayLike<number>): Value;
  /** An int64 vector, or a scalar for a single number. */
  integers(hint: string, values: number | readonly number[]): Value;
  /** One operator with one output. */
  node(operator: string, inputs: readonly (Value | undefined)[], attributes?: Attributes): Value;
  /** One operator with several outputs. */
  nodes(
    operator: string,
    outputCount: number,
    inputs: readonly (Value | undefined)[],
    attributes?: Attributes,
  ): readonly Value[];
  /** Names a value as a graph output. */
  output(name: string, value: Value, elementType: ElementType, dims: readonly Dimension[]): void;
  /** Throws when a name is used twice or an input of a node is not made before it. */
  build(): Graph;
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (...value: number[]): Attribute => ({ kind: 'ints', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });

export function createGraphBuilder(graphName: string): GraphBuilder {
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const initializers: Record<string, Tensor> = {};
  const nodes: GraphNode[] = [];
  const counts = new Map<string, number>();

  const unique = (hint: string): string => {
    const count = counts.get(hint) ?? 0;
    counts.set(hint, count + 1);
    return `${hint}_${count}`;
  };
  const tensor = (hint: string, value: Tensor): Value => {
    const expected = value.dims.reduce((product, dim) => product * dim, 1);
    if (expected !== value.data.length) {
      throw new RangeError(`${hint}: ${value.data.length} numbers for the shape [${value.dims.join(', ')}]`);
    }
    const name = unique(hint);
    initializers[name] = value;
    return { name };
  };
  const makeNodes: GraphBuilder['nodes'] = (operator, outputCount, nodeInputs, attributes = {}) => {
    const name = unique(operator);
    const made = Array.from({ length: outputCount }, (_, index) => ({
      name: outputCount === 1 ? `${name}_out` : `${name}_out${index}`,
    }));
    nodes.push({
      name,
      operator,
      inputs: nodeInputs.map((input) => input?.name ?? ''),
      outputs: made.map((value) => value.name),
      attributes,
    });
    return made;
  };

  return {
    input(name, elementType, dims) {
      inputs.push({ name, elementType, dims });
      return { name };
    },
    tensor,
    floats: (hint, dims, values) =>
      tensor(hint, { elementType: 'float32', dims, data: Float32Array.from(values) }),
    integers: (hint, values) => {
      const list = typeof values === 'number' ? [values] : values;
      const dims = typeof values === 'number' ? [] : [list.length];
      return tensor(hint, { elementType: 'int64', dims, data: BigInt64Array.from(list, BigInt) });
    },
    node: (operator, nodeInputs, attributes) => makeNodes(operator, 1, nodeInputs, attributes)[0]!,
    nodes: makeNodes,
    output(name, value, elementType, dims) {
      nodes.push({
        name: unique('Identity'),
        operator: 'Identity',
        inputs: [value.name],
        outputs: [name],
        attributes: {},
      });
      outputs.push({ name, elementType, dims });
    },
    build() {
      const graph = { name: graphName, opset: graphOpset, inputs, outputs, initializers, nodes };
      checkGraph(graph);
      return graph;
    },
  };
}

function checkGraph(graph: Graph): void {
  const made = new Set<string>();
  const make = (name: string): void => {
    if (made.has(name)) throw new Error(`graph ${graph.name}: the value ${name} is made twice`);
    made.add(name);
  };
  for (const input of graph.inputs) make(input.name);
  for (const name of Object.keys(graph.initializers)) make(name);
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input !== '' && !made.has(input)) {
        throw new Error(`graph ${graph.name}: ${node.name} uses ${input} before it is made`);
      }
    }
    node.outputs.forEach(make);
  }
  if (graph.outputs.length === 0) throw new Error(`graph ${graph.name}: no outputs`);
}
