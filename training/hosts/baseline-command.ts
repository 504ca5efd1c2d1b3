/** `npm run train -- baseline`: a run of the pipeline with the baseline network, configured by options alone. */
import { cp, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { languages, localizedTextSchema, type LocalizedText } from '../../contract/localized.ts';
import {
  trainingConfigurationSchema,
  type TrainingConfiguration,
} from '../../contract/training/configuration.ts';
import { trainingSteps } from '../../contract/training/run.ts';
import { readTextFile } from '../adapters/disk/text-files.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import { readLabelledCsv, type ListedEntry } from '../core/snapshot/listed.ts';
import { baselineHelp, parseBaselineOptions, type BaselineOptions } from './baseline-options.ts';
import { reportRefusal, usageError, type Command } from './command.ts';
import { nameOfCaller } from './registry-access.ts';
import { defaultStore, doSteps } from './step-command.ts';

const textsSchema = z.strictObject({
  title: localizedTextSchema.optional(),
  intendedUse: localizedTextSchema.optional(),
  trainedOn: localizedTextSchema.optional(),
  limits: localizedTextSchema.optional(),
  population: z.string().optional(),
  recordingConditions: z.string().optional(),
});
type Texts = z.infer<typeof textsSchema>;

/** Up to so many, every participant is left out once. */
const mostLeftOutSingly = 30;
const usualFolds = 5;
const usualPositive = '1';

export const runBaseline: Command = async (args) => {
  const parsed = parseBaselineOptions(args);
  if (parsed.kind === 'help') {
    process.stdout.write(baselineHelp);
    return 0;
  }
  if (parsed.kind === 'wrong') return usageError(parsed.what, 'npm run train -- baseline --help');
  const { options } = parsed;
  const isFree = await checkFree(options.out);
  if (!isFree.ok) return reportRefusal(isFree.refusal);
  const configuration = await configure(options);
  if (!configuration.ok) return reportRefusal(configuration.refusal);
  const id = options.run ?? `baseline-${options.name}-${options.version}`;
  const store = resolve(options.store ?? defaultStore);
  const code = await doSteps(trainingSteps, {
    id,
    store,
    isJson: false,
    isAttended: false,
    trainers: [nameOfCaller({})],
    connection: undefined,
    configuration: configuration.value,
    folder: resolve(dirname(options.csv)),
  });
  if (code !== 0) return code;
  return handOver(join(store, 'runs', id, 'outputs', 'model'), options);
};

async function checkFree(out: string): Promise<Outcome<null>> {
  try {
    await stat(out);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? done(null)
      : refuse(`${out} cannot be looked at (${code ?? 'unknown'})`, 'Name another folder.');
  }
  return refuse(`${out} is there already`, 'Name another folder: a model is never written over.');
}

async function handOver(model: string, { out, name, version }: BaselineOptions): Promise<number> {
  try {
    await cp(model, out, { recursive: true, errorOnExist: true, force: false });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return reportRefusal({
      what: `${out} cannot be written (${code ?? 'unknown'})`,
      wayOut: `The model itself is made and stands in ${model}.`,
    });
  }
  process.stdout.write(`${name} ${version} written to ${out}\n`);
  return 0;
}

async function configure(options: BaselineOptions): Promise<Outcome<TrainingConfiguration>> {
  const text = await readTextFile(options.csv);
  if (!text.ok) return text;
  const listed = readLabelledCsv(text.value, basename(options.csv), options.set ?? null);
  if (!listed.ok) return listed;
  const { entries } = listed.value;
  const labels = labelsOf(entries, options);
  if (!labels.ok) return labels;
  const texts = options.texts === undefined ? done<Texts>({}) : await readTexts(options.texts);
  if (!texts.ok) return texts;
  const parsed = trainingConfigurationSchema.safeParse({
    data: { kind: 'csv', file: basename(options.csv), set: options.set ?? null },
    labels: { ...labels.value, unit: options['label-of'] },
    audio: {
      minimumS: options['minimum-s'] ?? Math.min(1, options['window-s']),
      maximumS: options['maximum-s'],
    },
    split: { kind: 'folds', count: foldsOf(entries, options.folds), seed: options.seed },
    noise: { training: { negative: 0, positive: 0 }, seed: options.seed },
    features: { kind: 'statistics', windowS: options['window-s'], stepS: options['step-s'] },
    network: 'baseline',
    fit: { seed: options.seed },
    evaluate: {
      replicates: options.bootstrap,
      thresholds: { kind: 'error', atMost: options['tolerated-errors'] },
      seed: options.seed,
    },
    model: {
      name: options.name,
      version: options.version,
      recording: options.recording,
      licence: options.licence,
      isDemonstration: true,
      ...(options.title === undefined ? {} : { title: inEveryLanguage(options.title) }),
      ...texts.value,
      notice: options.notice === undefined ? null : resolve(options.notice),
    },
  });
  return parsed.success
    ? done(parsed.data)
    : refuse(
        'these options make no training run',
        'See npm run train -- baseline --help.',
        parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
      );
}

/** The two labels as the data write them, the one that is looked for, and what the model calls them. */
function labelsOf(
  entries: readonly ListedEntry[],
  options: BaselineOptions,
): Outcome<Pick<TrainingConfiguration['labels'], 'negative' | 'positive' | 'names'>> {
  const named = options.labels?.split(',').map((one) => one.split('='));
  if (named?.some((pair) => pair.length !== 2 || pair.some((part) => part.trim() === '')))
    return refuse(`--labels "${options.labels ?? ''}" is not of the form A=x,B=y`, 'See --help.');
  const names = new Map(named?.map(([label = '', name = '']) => [label.trim(), name.trim()] as const));
  const found =
    named === undefined ? [...new Set(entries.map(({ label }) => label))].sort() : [...names.keys()];
  if (found.length !== 2)
    return refuse(
      `the baseline tells two labels apart, and here are ${found.length}: ${found.slice(0, 10).join(', ')}`,
      'Name two with --labels A=x,B=y, or choose rows with --set.',
    );
  const positive = options['positive-label'] ?? usualPositive;
  if (!found.includes(positive))
    return refuse(
      `it is not said which of ${found.join(' and ')} is looked for`,
      'Name it with --positive-label.',
    );
  const negative = found.find((label) => label !== positive) ?? '';
  const nameOf = (label: string): string => names.get(label) ?? label;
  return done({ negative, positive, names: { negative: nameOf(negative), positive: nameOf(positive) } });
}

/** Null: one participant at a time. */
function foldsOf(entries: readonly ListedEntry[], folds: BaselineOptions['folds']): number | null {
  if (folds === 'leave-one-out') return null;
  const participants = new Set(entries.map(({ subject }) => subject)).size;
  return folds ?? (participants <= mostLeftOutSingly ? null : usualFolds);
}

function inEveryLanguage(text: string): LocalizedText {
  return Object.fromEntries(languages.map((language) => [language, text])) as LocalizedText;
}

async function readTexts(path: string): Promise<Outcome<Texts>> {
  const content = await readTextFile(path);
  if (!content.ok) return content;
  const wayOut = 'See npm run train -- baseline --help for its form.';
  let json: unknown;
  try {
    json = JSON.parse(content.value);
  } catch (error) {
    return refuse(`${path} is not JSON (${(error as Error).message})`, wayOut);
  }
  const parsed = textsSchema.safeParse(json);
  if (parsed.success) return done(parsed.data);
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return refuse(`${path} does not hold the texts of a model`, wayOut, issues);
}
