import { parseArgs } from 'node:util';
import { z } from 'zod';
import { stepKeySchema } from '../../contract/protocol.ts';
import { runIdSchema } from '../../contract/training/run.ts';

export const baselineHelp = `Usage: npm run train -- baseline --csv FILE --recording KEY --name NAME --version X.Y.Z --out FOLDER [options]

Fits MFCC statistics and a logistic regression on labelled recordings (WAV, FLAC, MP3, Ogg Vorbis), tests it with
every participant on one side only, and writes a model folder: manifest.json, model.onnx, card.md, golden/.
It is a training run like any other ("npm run train -- run"), configured by these options: its report, scores and
everything else stay in the store, and the same command goes on where it was stopped.

Required:
  --csv FILE            path,subject,label or file_path,class, with any other columns; paths start at its folder
  --recording KEY       recording of the protocol that the model will be given, for example sustentada
  --name NAME           small letters, digits and hyphens
  --version X.Y.Z       version of the model; a published one is never overwritten
  --out FOLDER          the model's folder; it must not be there yet

Data:
  --set NAME            rows whose column "set" has this value
  --labels A=x,B=y      labels of the CSV and their names in the model, in output order (default: as in the CSV)
  --positive-label L    the label that is looked for (default: the one written 1)
  --label-of WHAT       subject: a label describes the participant (default); recording: one participant may have both

Analysis:
  --window-s S          length of a window (default 4)
  --step-s S            from one window to the next (default 1)
  --minimum-s S         shorter recordings are left out (default 1, or the window if that is shorter)
  --maximum-s S         longer recordings are cut to their first S seconds (default 120)
  --folds N             leave-one-out, or a number of folds (default: leave-one-out up to 30 participants, else 5)
  --bootstrap N         resamplings for the confidence intervals (default 2000)
  --tolerated-errors P  share of each class that the thresholds may decide wrongly, else inconclusive (default 0.1)
  --seed N              everything random comes from it (default 1)

About the model:
  --licence TEXT        licence of the model (default "not stated")
  --title TEXT          title in every language
  --texts FILE          JSON: title, intendedUse, trainedOn, limits (each pt-BR, en, es), population,
                        recordingConditions
  --notice FILE         attribution of the data, kept as NOTICE.md beside the model

The run:
  --run ID              its name (default: baseline-NAME-X.Y.Z)
  --store FOLDER        where runs are kept (default data/training)

The model is always marked as a demonstration. Exit codes: those of "run", see npm run train -- run --help.
`;

const text = { type: 'string' } as const;
const options = {
  csv: text,
  set: text,
  recording: text,
  name: text,
  version: text,
  out: text,
  labels: text,
  'positive-label': text,
  'label-of': text,
  'window-s': text,
  'step-s': text,
  'minimum-s': text,
  'maximum-s': text,
  folds: text,
  bootstrap: text,
  'tolerated-errors': text,
  seed: text,
  licence: text,
  title: text,
  texts: text,
  notice: text,
  run: text,
  store: text,
  help: { type: 'boolean', short: 'h' },
} as const;

const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?$/u, 'is not a number of seconds')
  .transform(Number)
  .refine((value) => value > 0 && value <= 1200, 'must be over 0 and at most 1200 seconds');
const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/u, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= low && value <= high, `must be from ${low} to ${high}`);
const required = (schema: z.ZodString = z.string()) => schema.min(1, 'is empty');

const optionsSchema = z.object({
  csv: required(),
  set: z.string().optional(),
  recording: stepKeySchema,
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/u, 'needs small letters, digits and hyphens')
    .max(60),
  version: z.string().regex(/^\d+\.\d+\.\d+$/u, 'is not of the form X.Y.Z'),
  out: required(),
  labels: z.string().optional(),
  'positive-label': z.string().optional(),
  'label-of': z.enum(['subject', 'recording']).default('subject'),
  'window-s': seconds.default(4),
  'step-s': seconds.default(1),
  'minimum-s': seconds.optional(),
  'maximum-s': seconds.default(120),
  folds: z.union([z.literal('leave-one-out'), wholeNumber(3, 1000)]).optional(),
  bootstrap: wholeNumber(100, 100_000).default(2000),
  'tolerated-errors': z
    .string()
    .regex(/^0(\.\d+)?$/u, 'is not a share below 1')
    .transform(Number)
    .default(0.1),
  seed: wholeNumber(0, 2 ** 32 - 1).default(1),
  licence: z.string().min(1).max(100).default('not stated'),
  title: z.string().min(1).max(200).optional(),
  texts: z.string().optional(),
  notice: z.string().optional(),
  run: runIdSchema.optional(),
  store: z.string().min(1).optional(),
});
export type BaselineOptions = z.infer<typeof optionsSchema>;

export type ParsedOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly what: string }
  | { readonly kind: 'options'; readonly options: BaselineOptions };

export function parseBaselineOptions(args: readonly string[]): ParsedOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    return { kind: 'wrong', what: (error as Error).message };
  }
  if (values['help'] === true) return { kind: 'help' };
  const parsed = optionsSchema.safeParse(values);
  if (parsed.success) return { kind: 'options', options: parsed.data };
  const what = parsed.error.issues.map((issue) => {
    const name = `--${String(issue.path[0])}`;
    const given = values[String(issue.path[0])];
    return given === undefined ? `${name} is missing` : `${name} "${given}": ${issue.message}`;
  });
  return { kind: 'wrong', what: what.join('; ') };
}
