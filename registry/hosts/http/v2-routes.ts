/** Open Inference Protocol v2 over REST (https://github.com/kserve/open-inference-protocol), and batches of rows as CSV. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v2InferRequestSchema, v2Routes, type V2InferRequest } from '../../../contract/registry/v2.ts';
import { csvLine } from '../../../contract/csv.ts';
import { CsvFault, readCsv } from '../../adapters/csv/read-csv.ts';
import { manifestOf } from '../../app/models/model-rows.ts';
import { createModelShelf, type ModelShelf } from '../../app/models/model-shelf.ts';
import { inferTensors, type InferAnswer } from '../../app/predictions/infer-tensors.ts';
import { predictedColumns, predictRows, type PredictedRow } from '../../app/predictions/predict-rows.ts';
import { createTurns } from '../../app/predictions/take-turns.ts';
import type { World } from '../../app/world.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { columnsFault } from '../../core/table-rows.ts';
import { packTensors, wantsBytes } from '../../core/tensor-bytes.ts';
import { inputsWanted, outputsGiven } from '../../core/tensors.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import { arrivingBytes } from './arriving-bytes.ts';
import type { HttpTools, RefusalShape } from './http-tools.ts';

/** Two minutes of voice at 16 kHz, as JSON text. */
const maximumRequestBytes = 40 * 1024 * 1024;
const batchesAtOnce = 4;
const lineBytesAtOnce = 16 * 1024;

const errorOnly: RefusalShape = ({ detail }) => ({ error: detail });

interface ModelParams {
  readonly name: string;
  readonly version?: string;
}

export function mountV2(app: FastifyInstance, tools: HttpTools): void {
  const { world } = tools;
  const shelf = createModelShelf(world);
  mountHealth(app, tools);
  mountMetadata(app, tools, shelf);
  void app.register((scope, _options, ready) => {
    mountInfer(scope, tools, shelf);
    ready();
  });
  void app.register((scope, _options, ready) => {
    mountBatch(scope, tools, shelf);
    ready();
  });
}

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

function mounter(app: FastifyInstance, tools: HttpTools) {
  return (name: keyof typeof v2Routes, handler: Handle, more: { readonly bodyLimit?: number } = {}): void => {
    const { method, path, action } = v2Routes[name];
    app.route({ method, url: path, ...tools.allow(action, { refusalShape: errorOnly }), ...more, handler });
  };
}

function mountHealth(app: FastifyInstance, tools: HttpTools): void {
  const mount = mounter(app, tools);
  const { world } = tools;
  mount('live', async (_request, reply) => reply.send({ live: true }));
  mount('ready', async (_request, reply) => {
    const isReady = await isWorldReady(world);
    return reply.code(isReady ? 200 : 503).send({ ready: isReady });
  });
  mount('server', async (_request, reply) =>
    reply.send({ name: 'spira-registry', version: '1', extensions: ['batch_csv', 'binary_tensor_data'] }),
  );
}

async function isWorldReady({ store, blobs, queue }: World): Promise<boolean> {
  try {
    await Promise.all([store.check(), blobs.check(), queue.check()]);
    return true;
  } catch {
    return false;
  }
}

function mountMetadata(app: FastifyInstance, tools: HttpTools, shelf: ModelShelf): void {
  const mount = mounter(app, tools);
  const { world } = tools;
  const metadata: Handle = async (request, reply) => {
    const { name, version } = request.params as ModelParams;
    const model = await shelf.find(name, version);
    if (!model.ok) return tools.refuse(reply, model.problem);
    const manifest = manifestOf(model.value.row);
    const rows = await world.store.read((reader) =>
      reader.find('models', { where: { name }, order: [['uploadedAt', 'ascending']] }),
    );
    return reply.send({
      name,
      versions: version === undefined ? rows.map((row) => row.version) : [version],
      platform: 'onnx_onnxruntime',
      inputs: inputsWanted(manifest).map((input) => ({
        name: input.name,
        datatype: 'FP32',
        shape: [input.length],
      })),
      outputs: outputsGiven(manifest).map((output) => ({ ...output, datatype: 'FP32' })),
    });
  };
  mount('model', metadata);
  mount('modelVersion', metadata);
  const ready: Handle = async (request, reply) => {
    const { name, version } = request.params as ModelParams;
    const model = await openFolder(shelf, { name, version });
    if (!model.ok) return tools.refuse(reply, model.problem);
    const loaded = await world.prediction.load(model.value);
    return reply.code(loaded.ok ? 200 : 503).send({ name, ready: loaded.ok });
  };
  mount('modelReady', ready);
  mount('modelVersionReady', ready);
}

async function openFolder(
  shelf: ModelShelf,
  { name, version }: { readonly name: string; readonly version: string | undefined },
): Promise<Outcome<ModelFolder>> {
  const found = await shelf.find(name, version);
  return found.ok ? found.value.open() : found;
}

function mountInfer(app: FastifyInstance, tools: HttpTools, shelf: ModelShelf): void {
  // Standard clients name no content type, or that of bytes: it is JSON all the same, up to where a header says.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
  const mount = mounter(app, tools);
  const { world } = tools;
  const turns = createTurns({ atOnce: Math.max(1, world.prediction.concurrency) * 2, waiting: 200 });
  const infer: Handle = async (request, reply) => {
    const { name, version } = request.params as ModelParams;
    const model = await openFolder(shelf, { name, version });
    if (!model.ok) return tools.refuse(reply, model.problem);
    const body = await readInferBody(app, request);
    if (!body.ok) return tools.refuse(reply, body.problem);
    const parsed = v2InferRequestSchema.safeParse(body.value.json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue?.path.join('.') ?? '';
      const error = `${where === '' ? 'the body' : where}: ${issue?.message ?? 'is not as it should be'}`;
      return tools.refuse(reply, { code: 'invalid-input', detail: error });
    }
    const startedMs = world.clock.now();
    const answer = await turns.take(() => inferTensors(world, model.value, parsed.data, body.value.bytes));
    tools.metrics.observePrediction({
      kind: 'v2',
      outcome: answer.ok ? 'done' : 'failed',
      seconds: Math.max(0, world.clock.now() - startedMs) / 1000,
    });
    return answer.ok
      ? sendInferAnswer(reply, answer.value, parsed.data)
      : tools.refuse(reply, answer.problem);
  };
  mount('infer', infer, { bodyLimit: maximumRequestBytes });
  mount('inferVersion', infer, { bodyLimit: maximumRequestBytes });
}

const jsonLengthHeader = 'inference-header-content-length';

/** The JSON, and the bytes behind it that hold values of its tensors. */
async function readInferBody(
  app: FastifyInstance,
  request: FastifyRequest,
): Promise<Outcome<{ readonly json: unknown; readonly bytes: Uint8Array }>> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const said = request.headers[jsonLengthHeader];
  const jsonBytes = said === undefined ? body.length : Number(said);
  if (!Number.isInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length)
    return refuse('invalid-input', `${jsonLengthHeader}: is not a length within the body`);
  const json = await new Promise<unknown>((resolve, reject) => {
    const parse = app.getDefaultJsonParser('error', 'error');
    void parse(request, body.toString('utf8', 0, jsonBytes), (fault, value) => {
      if (fault) reject(fault);
      else resolve(value);
    });
  });
  return done({ json, bytes: body.subarray(jsonBytes) });
}

/** Outputs as the caller wants them: in the JSON, or as bytes behind it. */
function sendInferAnswer(reply: FastifyReply, answer: InferAnswer, request: V2InferRequest): FastifyReply {
  const packed = packTensors(answer.outputs, (name) => wantsBytes(request, name));
  if (packed.bytes.length === 0) return reply.send(answer);
  const json = Buffer.from(JSON.stringify({ ...answer, outputs: packed.tensors }));
  return reply
    .header('content-type', 'application/octet-stream')
    .header(jsonLengthHeader, String(json.length))
    .send(Buffer.concat([json, packed.bytes]));
}

function mountBatch(app: FastifyInstance, tools: HttpTools, shelf: ModelShelf): void {
  const { world } = tools;
  // The body is read by the handler, as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', (_request, _payload, parsed) => parsed(null));
  app.addHook('onSend', async (request, reply) => {
    // A sender that was refused in the middle must not go on sending what nobody reads.
    if (reply.statusCode >= 400 && !request.raw.complete) reply.header('connection', 'close');
  });
  let running = 0;
  mounter(app, tools)('batch', async (request, reply) => {
    const { name, version } = request.params as ModelParams;
    const model = await openFolder(shelf, { name, version });
    if (!model.ok) return tools.refuse(reply, model.problem);
    if (running >= batchesAtOnce)
      return tools.reply(
        reply,
        refuse('too-many-requests', 'Too many batches are running: try again later', {
          facts: { retryAfterS: 30 },
        }),
      );
    running += 1;
    const startedMs = world.clock.now();
    const bytes = arrivingBytes(request.raw, { clock: world.clock, seen: () => undefined });
    const records = readCsv(bytes);
    const started = await startBatch(model.value, records).catch((cause: unknown) => {
      running -= 1;
      throw cause;
    });
    if (!started.ok) {
      running -= 1;
      await records.return(undefined);
      return tools.refuse(reply, started.problem);
    }
    const lines = batchLines(world, model.value, started.value, records);
    return reply.header('content-type', 'text/csv; charset=utf-8').send(
      Readable.from(
        ended(lines, (isWhole) => {
          running -= 1;
          tools.metrics.observePrediction({
            kind: 'batch',
            outcome: isWhole ? 'done' : 'failed',
            seconds: Math.max(0, world.clock.now() - startedMs) / 1000,
          });
        }),
        { objectMode: false },
      ),
    );
  });
}

/** The columns, which the first record names. */
async function startBatch(
  model: ModelFolder,
  records: AsyncGenerator<readonly string[]>,
): Promise<Outcome<readonly string[]>> {
  try {
    const first = await records.next();
    if (first.done === true) return refuse('invalid-input', 'the table has no header');
    const columns = first.value.map((column) => column.trim());
    const fault = columnsFault(model.manifest, columns);
    return fault === undefined ? done(columns) : refuse('invalid-input', fault);
  } catch (cause) {
    if (cause instanceof CsvFault) return refuse('invalid-input', 'the header cannot be read');
    throw cause;
  }
}

async function* batchLines(
  world: World,
  model: ModelFolder,
  columns: readonly string[],
  records: AsyncIterable<readonly string[]>,
): AsyncGenerator<Uint8Array> {
  const names = predictedColumns(model);
  let text = csvLine(names);
  try {
    for await (const row of predictRows(world, model, columns, records)) {
      text += csvLine(row);
      if (text.length < lineBytesAtOnce) continue;
      yield Buffer.from(text);
      text = '';
    }
  } catch (cause) {
    if (!(cause instanceof CsvFault)) throw cause;
    const where = cause.line === null ? '' : ` at line ${String(cause.line)}`;
    const last: PredictedRow = names.map((name) =>
      name === 'error' ? `the table cannot be read further${where}` : '',
    );
    text += csvLine(last);
  }
  yield Buffer.from(text);
}

async function* ended<T>(source: AsyncGenerator<T>, end: (isWhole: boolean) => void): AsyncGenerator<T> {
  let isWhole = false;
  try {
    yield* source;
    isWhole = true;
  } finally {
    end(isWhole);
  }
}
