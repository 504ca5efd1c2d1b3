/** An ONNX graph as a plain value: what the builders compose and an adapter writes down. */

export type ElementType = 'float32' | 'int64' | 'bool';
/** A number, or a name for a length that is only known when the graph runs. */
export type Dimension = number | string;

export type Tensor =
  | { readonly elementType: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly elementType: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array };

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

export interface GraphNode {
  readonly name: string;
  /** An operator of the standard ONNX set (domain ai.onnx). */
  readonly operator: string;
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface GraphValue {
  readonly name: string;
  readonly elementType: ElementType;
  readonly dims: readonly Dimension[];
}

export interface Graph {
  readonly name: string;
  /** Version of the standard operator set. */
  readonly opset: number;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly initializers: Readonly<Record<string, Tensor>>;
  /** In an order in which every value is made before it is used. */
  readonly nodes: readonly GraphNode[];
}
