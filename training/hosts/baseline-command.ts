import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { localizedTextSchema } from '../../contract/localized.ts';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { readTextFile } from '../adapters/disk/text-files.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import type { BaselineRequest } from '../app/baseline.ts';
import { trainBaseline, type BaselineReport } from '../app/train-baseline.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import { baselineHelp, parseBaselineOptions, type BaselineOptions } from './baseline-options.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';

const textsSchema = z.strictObject({
  title: localizedTextSchema.optional(),
  intendedUse: localizedTextSchema.optional(),
  trainedOn: localizedTextSchema.optional(),
  limits: localizedTextSchema.optional(),
  card: z
    .strictObject({
      data: z.string().optional(),
      population: z.string().optional(),
      recordingConditions: z.string().optional(),
    })
    .optional(),
});

export const runBaseline: Command = async (args) => {
  const parsed = parseBaselineOptions(args);
  if (parsed.kind === 'help') {
    process.stdout.write(baselineHelp);
    return 0;
  }
  if (parsed.kind === 'wrong') return usageError(parsed.what, 'npm run train -- baseline --help');
  const { options } = parsed;
  const request = await toRequest(options);
  if (!request.ok) return reportRefusal(request.refusal);
  const engine = onnxEngine(encodeOnnx);
  try {
    const outcome = await trainBaseline(request.value, {
      engine,
      recordings: audioFiles(dirname(resolve(options.csv))),
      folders: diskModelFolders(),
      surroundings: systemSurroundings(progressLine),
    });
    if (!outcome.ok) return reportRefusal(outcome.refusal);
    process.stdout.write(summary(options, outcome.value));
    return 0;
  } finally {
    await engine.close();
  }
};

async function toRequest(options: BaselineOptions): Promise<Outcome<BaselineRequest>> {
  const csvText = await readTextFile(options.csv);
  if (!csvText.ok) return csvText;
  const texts = options.texts === undefined ? done({}) : await readTexts(options.texts);
  if (!texts.ok) return texts;
  const notice = options.notice === undefined ? done(undefined) : await readTextFile(options.notice);
  if (!notice.ok) return notice;
  const { folds } = options;
  return done(
    withoutUndefined({
      csvText: csvText.value,
      set: options.set,
      labels: withoutUndefined({ labels: options.labels, positiveLabel: options['positive-label'] }),
      labelUnit: options['label-of'],
      keepsTwins: options['keep-twins'],
      recordingKey: options.recording,
      name: options.name,
      version: options.version,
      folder: options.out,
      window: { lengthS: options['window-s'], stepS: options['step-s'] },
      minimumS: options['minimum-s'] ?? Math.min(1, options['window-s']),
      maximumS: options['maximum-s'],
      seed: options.seed,
      folds:
        folds === undefined
          ? undefined
          : folds === 'leave-one-out'
            ? { kind: folds }
            : { kind: 'folds' as const, count: folds },
      bootstrapReplicates: options.bootstrap,
      toleratedErrors: options['tolerated-errors'],
      licence: options.licence,
      title: options.title,
      texts: texts.value,
      notice: notice.value,
      createdAt: options['created-at'],
    }),
  );
}

async function readTexts(path: string): Promise<Outcome<NonNullable<BaselineRequest['texts']>>> {
  const content = await readTextFile(path);
  if (!content.ok) return content;
  const wayOut = 'See --help for its form.';
  let json: unknown;
  try {
    json = JSON.parse(content.value);
  } catch (error) {
    return refuse(`${path} is not JSON (${(error as Error).message})`, wayOut);
  }
  const parsed = textsSchema.safeParse(json);
  if (parsed.success) return done(withoutUndefined(parsed.data) as NonNullable<BaselineRequest['texts']>);
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return refuse(`${path} does not hold the texts of a model`, wayOut, issues);
}

type WithoutUndefined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Absent instead of undefined, as optional properties are meant here. */
function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  const present = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(present) as WithoutUndefined<T>;
}

function summary(options: BaselineOptions, report: BaselineReport): string {
  const { names, positiveColumn } = report.labels;
  const [positive, negative] = [names[positiveColumn], names[positiveColumn === 0 ? 1 : 0]];
  const sizeBytes = report.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return [
    `${options.name} ${options.version} written to ${report.folder} (${report.files.length} files, ${Math.ceil(sizeBytes / 1024)} KiB)`,
    `recordings ${report.recordings}, left out ${report.defects.length}, warnings ${report.warnings.length}`,
    `participants ${report.participants.positive} "${positive}" (positive), ${report.participants.negative} "${negative}"`,
    ...Object.entries(report.metrics).map(
      ([name, { value, low, high }]) =>
        `${name.padEnd(12)} ${value.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]`,
    ),
    `positive at or above ${report.thresholds.positive.toFixed(3)}, negative at or below ${report.thresholds.negative.toFixed(3)}`,
    '',
  ].join('\n');
}
