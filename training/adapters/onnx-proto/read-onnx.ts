import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GraphFacts, GraphPort } from '../../core/model/graph-facts.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import type { OnnxReader } from '../../ports/onnx-reader.ts';
import {
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type ModelProto,
  type TensorProto,
  type ValueInfoProto,
} from './gen/onnx_pb.js';

const wayOut = 'Export it again; weights in other files must lie in the folder of the graph.';
/** What ONNX calls its own operators. */
const ownDomains = new Set(['', 'ai.onnx']);

/** ONNX files by their protocol buffers. Weights in other files are taken in: a model of ours is one file. */
export const onnxFiles: OnnxReader = {
  read(bytes, files) {
    let model: ModelProto;
    try {
      model = fromBinary(ModelProtoSchema, bytes);
    } catch {
      return refuse('this is not an ONNX file', wayOut);
    }
    const { graph } = model;
    if (graph === undefined || graph.output.length === 0)
      return refuse('this ONNX file has no graph', wayOut);
    for (const tensor of graph.initializer) {
      const taken = takeIn(tensor, files);
      if (!taken.ok) return taken;
    }
    const defaults = new Set(graph.initializer.map(({ name }) => name));
    const facts: GraphFacts = {
      opset: Number(model.opsetImport.find(({ domain }) => ownDomains.has(domain))?.version ?? 0n),
      otherDomains: model.opsetImport.flatMap(({ domain }) => (ownDomains.has(domain) ? [] : [domain])),
      inputs: graph.input.filter(({ name }) => !defaults.has(name)).map(portOf),
      outputs: graph.output.map(portOf),
    };
    return done({ facts, encoded: toBinary(ModelProtoSchema, model) });
  },
};

/** Source: onnx.proto3, TensorProto.external_data. */
function takeIn(tensor: TensorProto, files: ModelFiles): Outcome<null> {
  if (tensor.dataLocation !== DataLocation.EXTERNAL) return done(null);
  const said = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = said.get('location') ?? '';
  const file = files.get(location);
  if (file === undefined) {
    return refuse(`the weights ${tensor.name} stand in "${location}", which is not in the folder`, wayOut);
  }
  const offset = Number(said.get('offset') ?? 0);
  const length = Number(said.get('length') ?? file.length - offset);
  const isInside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= file.length;
  if (!isInside) return refuse(`the weights ${tensor.name} stand beyond the end of "${location}"`, wayOut);
  tensor.rawData = file.slice(offset, offset + length);
  tensor.externalData = [];
  tensor.dataLocation = DataLocation.DEFAULT;
  return done(null);
}

function portOf({ name, type }: ValueInfoProto): GraphPort {
  if (type?.value.case !== 'tensorType') return { name, type: 'not a tensor', dims: undefined };
  const { elemType, shape } = type.value.value;
  return {
    name,
    type: DataType[elemType] ?? `type ${elemType}`,
    dims: shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : null)),
  };
}
