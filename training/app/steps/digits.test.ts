/** Real voices through the whole pipeline: what any sane classifier learns, and what no honest one can. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import { trainingSteps, type RunRecord } from '../../../contract/training/run.ts';
import { audioFiles } from '../../adapters/audio-files/audio-files.ts';
import { diskCheckpoints } from '../../adapters/disk/checkpoints.ts';
import { diskContents } from '../../adapters/disk/contents.ts';
import { diskDatasets } from '../../adapters/disk/datasets.ts';
import { diskRuns } from '../../adapters/disk/runs.ts';
import { onnxEngine } from '../../adapters/onnx-engine/onnx-engine.ts';
import { onnxTensorEngine } from '../../adapters/onnx-engine/tensor-engine.ts';
import { encodeOnnx } from '../../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../../adapters/system/surroundings.ts';
import type { EvaluationReport } from '../../core/evaluate/report.ts';
import { openRun, runSteps } from './pipeline.ts';
import type { StepPorts } from './step.ts';

const folder = fileURLToPath(new URL('../../fixtures/digits/', import.meta.url));
const engine = onnxEngine(encodeOnnx);
let store: string;
let record: RunRecord;
let report: EvaluationReport;

beforeAll(async () => {
  store = await mkdtemp(join(tmpdir(), 'spira-digits-'));
  const codeSha256 = 'c'.repeat(64);
  const ports: StepPorts = {
    runs: diskRuns(join(store, 'runs')),
    contents: diskContents(store),
    datasets: diskDatasets(folder),
    recordings: audioFiles(folder),
    tensors: onnxTensorEngine(encodeOnnx, { threads: 1 }),
    engine,
    checkpoints: diskCheckpoints(join(store, 'checkpoints')),
    surroundings: systemSurroundings(() => undefined),
    program: {
      codeVersion: 'spira 0+test',
      codeSha256,
      codeOf: Object.fromEntries(
        trainingSteps.map((step) => [step, codeSha256]),
      ) as StepPorts['program']['codeOf'],
      environment: {},
    },
  };
  const configuration = trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'list.csv' },
    labels: { names: { negative: 'four', positive: 'eight' }, unit: 'recording' },
    audio: { minimumS: 0.1 },
    split: { kind: 'subjects', validation: ['yweweler'], test: ['jackson', 'theo'] },
    noise: { training: { negative: 0, positive: 0 } },
    features: { kind: 'log-mel', windowS: 0.6, stepS: 0.3 },
    network: 'small',
    fit: { recordingsPerBatch: 4, mostEpochs: 25, patience: 10, warmUpSteps: 40, learningRate: 2e-3 },
    evaluate: { replicates: 100, permutedFits: 3, permutedEpochs: 10 },
    model: { name: 'digits', version: '0.1.0', recording: 'digit' },
  });
  const opened = await openRun({ id: 'digits', configuration, folder }, ports);
  if (!opened.ok) throw new Error(opened.refusal.what);
  const outcome = await runSteps(opened.value, trainingSteps, ports);
  if (!outcome.ok) throw new Error([outcome.refusal.what, ...(outcome.refusal.items ?? [])].join('; '));
  record = outcome.value;
  const { evaluate } = record.steps;
  if (evaluate?.state !== 'done') throw new Error('nothing was evaluated');
  const bytes = await ports.contents.get(evaluate.outputs['report.json']!.sha256);
  if (!bytes.ok) throw new Error(bytes.refusal.what);
  report = JSON.parse(Buffer.from(bytes.value).toString()) as EvaluationReport;
}, 180_000);
afterAll(async () => {
  await engine.close();
  await rm(store, { recursive: true, force: true });
});

describe('spoken digits of speakers that were never heard', () => {
  it('are told apart by the small network', () => {
    const { accuracy, auc } = report.conditions.clean!;
    expect(accuracy!.value).toBeGreaterThanOrEqual(0.85);
    expect(auc!.value).toBeGreaterThanOrEqual(0.95);
  });

  it('are a guess under labels that were dealt out anew', () => {
    expect(report.permuted).toHaveLength(3);
    const mean = report.permuted.reduce((sum, { value }) => sum + value, 0) / 3;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.2);
  });

  it('are packaged as a model that scores as the trainer does', () => {
    const done = record.steps.package;
    expect(done?.state === 'done' && Number(done.figures['largestDifference'])).toBeLessThan(1e-5);
  });
});
