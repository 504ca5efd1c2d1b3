/**
 * Predictions per second of a registry process that runs a small model in a real engine: asked and answered by the Open
 * Inference Protocol (v2), and stored, queued, scored and fetched by the published API (v1).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as nextIn } from 'node:timers/promises';
import { makePrivateKey, namedKey } from '../../registry/adapters/keys/keys.ts';
import { signWith } from '../../registry/adapters/keys/signing.ts';
import { packFolder } from '../../registry/adapters/model-packages/fixtures/pack-folder.ts';
import { encodeWav } from '../../main/core/wav.ts';
import { root } from '../setup/places.mjs';
import { inMiB, quantile, shown, thisMachine } from './figures.ts';
import { readSpeech, sampleRateHz } from './recordings.ts';
import { employ, startRegistry, type Person } from './registry-process.ts';

/** Fields only: an engine's own share of the work is small, and the way there and back is what is measured. */
const modelFolder = join(root, 'registry', 'adapters', 'onnx-engine', 'fixtures', 'vital-signs');
const model = { name: 'vital-signs', version: '1.0.0' };
const askers = 32;
const warmS = 3;
const measuredS = 15;
const aimPerS = 200;
/** A client of the published API looks for its result after a while, and less and less often. */
const firstLookMs = 50;
const laterLooks = 1.5;
const engines = 1;
const clipS = 1;

interface Figures {
  readonly what: string;
  readonly perS: number;
  readonly ms: readonly number[];
}

/** Measures, and answers with a Markdown section. */
export async function benchPredictions(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'spira-bench-'));
  const signer = makePrivateKey();
  const keyFile = join(folder, 'signer.pub');
  writeFileSync(keyFile, `${namedKey(signer).publicKey}\n`);
  const registry = await startRegistry(join(folder, 'registry'), {
    MODEL_KEY_FILES: keyFile,
    PREDICTION_ENGINES: String(engines),
    REQUESTS_PER_MINUTE: '10000000',
  });
  try {
    const { it, researcher } = await employ(registry);
    await offerModel(it, signer);
    const measured = [
      await measure('v2: infer, a vector of fields', () => infer(researcher)),
      await measureV1(researcher),
    ];
    return report(measured, registry.peakBytes());
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function offerModel(it: Person, signer: ReturnType<typeof makePrivateKey>): Promise<void> {
  const query = new URLSearchParams({
    keyId: namedKey(signer).keyId,
    signature: signWith(signer, readFileSync(join(modelFolder, 'manifest.json'))),
  });
  const sent = { type: 'application/x-tar', bytes: await packFolder(modelFolder) };
  const answer = await it.send('POST', `/api/models?${query.toString()}`, sent);
  if (!answer.ok) throw new Error(`the model was not taken: ${await answer.text()}`);
  await it.json('PUT', `/api/models/${model.name}/aliases/production`, {
    version: model.version,
    why: 'a benchmark',
  });
}

async function infer(person: Person): Promise<void> {
  const path = `/v2/models/${model.name}/versions/${model.version}/infer`;
  const answer = await person.json<{ readonly outputs: readonly { readonly data: readonly number[] }[] }>(
    'POST',
    path,
    { inputs: [{ name: 'fields', shape: [4], datatype: 'FP32', data: [0, 0.8, 1, 0] }] },
  );
  if (answer.outputs[0]?.data.length !== 2) throw new Error('an answer without its scores');
}

async function measureV1(person: Person): Promise<Figures> {
  interface Models {
    readonly models: readonly { readonly id: string; readonly name: string }[];
  }
  const { models } = await person.json<Models>('GET', '/v1/models/');
  const modelId = models.find(({ name }) => name === model.name)?.id;
  if (modelId === undefined) throw new Error('the model has no channel');
  const clip = encodeWav(readSpeech().consent.subarray(0, clipS * sampleRateHz), {
    sampleRateHz,
    bitDepth: 16,
  });
  const own = `/v1/users/${person.accountId}/inferences`;
  return measure('v1: stored, queued, scored, fetched', async () => {
    const form = new FormData();
    const fields = { model_id: modelId, rgh: '14259401E', age: '61', spo2: '91', gender: 'Feminino' };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const name of ['aceite', 'sustentada', 'parlenda'])
      form.append(name, new Blob([clip]), `${name}.wav`);
    const { inference_id: id } = await person.form<{ readonly inference_id: string }>(own, form);
    for (let waitMs = firstLookMs; ; waitMs *= laterLooks) {
      await nextIn(waitMs);
      const { inference } = await person.json<{ readonly inference: { readonly status: string } }>(
        'GET',
        `${own}/${id}/result`,
      );
      if (inference.status === 'completed') return;
      if (inference.status === 'error') throw new Error('an inference ended in error');
    }
  });
}

/** So many askers, each with its next as soon as it has its last; the first seconds do not count. */
async function measure(what: string, once: () => Promise<void>): Promise<Figures> {
  // Workers look for new models every few seconds: the first answer says that there are some.
  await once();
  const startMs = performance.now();
  const fromMs = startMs + warmS * 1000;
  const untilMs = fromMs + measuredS * 1000;
  const ms: number[] = [];
  await Promise.all(
    Array.from({ length: askers }, async () => {
      for (;;) {
        const askedMs = performance.now();
        if (askedMs >= untilMs) return;
        await once();
        const answeredMs = performance.now();
        if (answeredMs >= fromMs && answeredMs < untilMs) ms.push(answeredMs - askedMs);
      }
    }),
  );
  return { what, perS: ms.length / measuredS, ms };
}

function report(measured: readonly Figures[], peakBytes: number | undefined): string {
  const lines = [
    '### Predictions of a registry',
    '',
    `${thisMachine()}; askers and registry share its cores. The embedded default with ${String(engines)} engine; a model ` +
      `of ${String(readFileSync(join(modelFolder, 'model.onnx')).length)} bytes that takes four numbers. ${String(askers)} ` +
      `askers over HTTP, each with its next as soon as it has its last, ${String(measuredS)} s after ${String(warmS)} s of ` +
      `warming. v1: three files of ${String(clipS)} s at 48 kHz with each request; time from the request to the result as ` +
      `a client sees it that looks after ${String(firstLookMs)} ms and then in times longer by half each.`,
    '',
    '| what | per second | aim | p50, ms | p99, ms |',
    '|---|--:|--:|--:|--:|',
    ...measured.map(
      ({ what, perS, ms }) =>
        `| ${what} | ${shown(perS)} | ${String(aimPerS)} | ${shown(quantile(ms, 0.5))} | ${shown(quantile(ms, 0.99))} |`,
    ),
    '',
    `Peak memory of the registry's process, without the engine's: ${inMiB(peakBytes)} MiB.`,
  ];
  return lines.join('\n');
}
