import { create, toBinary } from '@bufbuild/protobuf';
import type { Attribute, ElementType, Graph, GraphValue, Tensor } from '../../core/graph/graph.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as DataType,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.js';

/** Version 8 of the file format is the first that carries operator set 18. */
const irVersion = 8n;

const dataTypes: Readonly<Record<ElementType, DataType>> = {
  float32: DataType.FLOAT,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

/** A graph as the bytes of an ONNX file. The same graph gives the same bytes. */
export function encodeOnnx(graph: Graph, properties: Readonly<Record<string, string>> = {}): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'spira',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(graph.opset) })],
    graph: create(GraphProtoSchema, {
      name: graph.name,
      input: graph.inputs.map(encodeValue),
      output: graph.outputs.map(encodeValue),
      initializer: Object.entries(graph.initializers).map(([name, tensor]) => encodeTensor(name, tensor)),
      node: graph.nodes.map((node) =>
        create(NodeProtoSchema, {
          name: node.name,
          opType: node.operator,
          input: [...node.inputs],
          output: [...node.outputs],
          attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
        }),
      ),
    }),
    metadataProps: Object.entries(properties).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
  return toBinary(ModelProtoSchema, model);
}

function encodeValue(value: GraphValue) {
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, {
          elemType: dataTypes[value.elementType],
          shape: create(TensorShapeProtoSchema, {
            dim: value.dims.map((dim) =>
              create(TensorShapeProto_DimensionSchema, {
                value:
                  typeof dim === 'number'
                    ? { case: 'dimValue', value: BigInt(dim) }
                    : { case: 'dimParam', value: dim },
              }),
            ),
          }),
        }),
      },
    }),
  });
}

function encodeTensor(name: string, tensor: Tensor) {
  return create(TensorProtoSchema, {
    name,
    dataType: dataTypes[tensor.elementType],
    dims: tensor.dims.map(BigInt),
    rawData: littleEndianBytes(tensor),
  });
}

function littleEndianBytes(tensor: Tensor): Uint8Array {
  const bytes = new Uint8Array(tensor.data.byteLength);
  const view = new DataView(bytes.buffer);
  if (tensor.elementType === 'float32') {
    tensor.data.forEach((value, index) => view.setFloat32(4 * index, value, true));
  } else {
    tensor.data.forEach((value, index) => view.setBigInt64(8 * index, value, true));
  }
  return bytes;
}

function encodeAttribute(name: string, attribute: Attribute) {
  switch (attribute.kind) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(attribute.value) });
    case 'ints':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.INTS,
        ints: attribute.value.map(BigInt),
      });
    case 'float':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: attribute.value });
    case 'string':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.STRING,
        s: new TextEncoder().encode(attribute.value),
      });
  }
}
