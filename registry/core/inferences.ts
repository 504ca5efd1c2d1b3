/** What the published API's fields mean to a model, and how an inference is told. Whatever a row holds, it can be told. */
import type { Answer, Answers } from '../../contract/form.ts';
import type { ModelManifest } from '../../contract/model-manifest.ts';
import {
  v1ConsentFile,
  v1Files,
  v1InferenceFieldsSchema,
  v1LabelField,
  v1PendingDiagnosis,
  v1PendingOutput,
  v1RequiredFiles,
  v1Statuses,
  type V1File,
  type V1Inference,
} from '../../contract/registry/v1.ts';
import { foldText } from '../../contract/fold-text.ts';

export type StoredFields = Readonly<Record<string, string>>;

/** Fields that clients send, by the key of the form's question. The outcome of interest stands in neither list. */
const numberFields = {
  age: 'age',
  bpm: 'heartRate',
  respiratory_frequency: 'respiratoryRate',
  spo2: 'spo2',
} as const;
const textFields = {
  mask_type: 'maskType',
  covid_status: 'covidStatus',
  local: 'hospital',
  cid: 'cid',
  location: 'ward',
  last_positive_diagnose_date: 'lastPositiveDiagnosisDate',
  hospitalization_start: 'hospitalizationStart',
  hospitalization_end: 'hospitalizationEnd',
} as const;

const sexes: Readonly<Record<string, string>> = {
  m: 'MALE',
  male: 'MALE',
  masculino: 'MALE',
  f: 'FEMALE',
  female: 'FEMALE',
  feminino: 'FEMALE',
};
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  sim: true,
  yes: true,
  '1': true,
  false: false,
  nao: false,
  no: false,
  '0': false,
};

/**
 * Answers in the words of the forms, as a model's encoding reads them. What is empty, or no number where one is asked, is
 * absent. Never holds the outcome of interest or the record number, whatever a manifest asks for.
 */
export function answersOf(fields: StoredFields): Answers {
  const answers: Record<string, Answer> = {};
  for (const [field, key] of Object.entries(numberFields)) {
    const number = numberOf(fields[field]);
    if (number !== undefined) answers[key] = number;
  }
  for (const [field, key] of Object.entries(textFields)) {
    const text = fields[field]?.trim();
    if (text !== undefined && text !== '') answers[key] = text;
  }
  const gender = fields['gender']?.trim();
  if (gender !== undefined && gender !== '') answers['sex'] = sexes[foldText(gender)] ?? 'OTHER';
  const hospitalized = truths[foldText(fields['hospitalized'] ?? '')];
  if (hospitalized !== undefined) answers['hospitalized'] = hospitalized;
  return answers;
}

function numberOf(text: string | undefined): number | undefined {
  const plain = (text ?? '').trim().replace(',', '.');
  return /^-?\d{1,9}(\.\d{1,9})?$/u.test(plain) ? Number(plain) : undefined;
}

/** Beyond ids and keys, what a service of someone else may know: nothing that points at a person, a place or a day. */
export function fieldsForOthers(fields: StoredFields): Readonly<Record<string, string | number | boolean>> {
  const open = [
    'age',
    'sex',
    'heartRate',
    'respiratoryRate',
    'spo2',
    'maskType',
    'covidStatus',
    'hospitalized',
  ];
  return Object.fromEntries(
    Object.entries(answersOf(fields)).flatMap(([key, answer]) =>
      open.includes(key) && key !== v1LabelField && !Array.isArray(answer)
        ? [[key, answer as string | number | boolean]]
        : [],
    ),
  );
}

const filesPrefix = 'inferences/';

/**
 * Where a file of an inference is stored. Those of a minute lie in one folder, because on a disk a folder costs as much as
 * a file does.
 */
export function inferenceFileKey(inferenceId: string, file: V1File): string {
  return `${filesPrefix}${inferenceId.slice(0, 8)}/${inferenceId}.${file}`;
}

/** Whose file it is; undefined for what is none. Those of earlier versions lie in a folder for each inference. */
export function inferenceOfFile(key: string): string | undefined {
  return /^inferences\/(?:[0-9a-f]{8}\/)?([0-9a-f-]{36})[./]/u.exec(key)?.[1];
}

/** Files that a model may hear, by recording: the consent is evidence and goes nowhere. */
export function audibleFiles(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([key]) => key !== v1ConsentFile));
}

/**
 * Files that a request must bring. A model of fields alone needs none; what the registry's own models hear is known, and
 * services of others are given what the published API demands.
 */
export function filesNeeded(manifests: readonly (ModelManifest | undefined)[]): readonly string[] {
  const hears = manifests.some((manifest) => manifest === undefined || manifest.input.recordings.length > 0);
  const named = manifests.flatMap((manifest) => manifest?.input.recordings.map(({ key }) => key) ?? []);
  return [...new Set([...(hears ? v1RequiredFiles : []), ...named])];
}

export function isFile(name: string): name is V1File {
  return (v1Files as readonly string[]).includes(name);
}

/** Ids as they came: repeated, or joined by commas. */
export function modelIdsIn(text: string): readonly string[] {
  return [...new Set(text.split(',').map((id) => id.trim()))];
}

interface InferenceFacts {
  readonly id: string;
  readonly userId: string;
  readonly channelId: string;
  readonly fields: unknown;
  readonly status: string;
  readonly createdAt: string;
}

const fieldNames = Object.keys(v1InferenceFieldsSchema.shape).filter((name) => name !== 'model_id');

export function shownInference(row: InferenceFacts): V1Inference {
  const fields = typeof row.fields === 'object' && row.fields !== null ? row.fields : {};
  const texts = Object.fromEntries(
    fieldNames.map((name) => {
      const value: unknown = (fields as Readonly<Record<string, unknown>>)[name];
      return [name, typeof value === 'string' ? value : null];
    }),
  ) as Record<
    Exclude<keyof V1Inference, 'id' | 'user_id' | 'model_id' | 'status' | 'created_in' | 'age'>,
    string | null
  > & {
    readonly age: string | null;
  };
  const age = Number(texts.age ?? Number.NaN);
  return {
    ...texts,
    id: row.id,
    user_id: row.userId,
    model_id: row.channelId,
    status: v1Statuses.find((status) => status === row.status) ?? 'error',
    created_in: row.createdAt,
    rgh: texts.rgh ?? '',
    age: Number.isInteger(age) ? age : null,
  };
}

interface ResultFacts {
  readonly id: string;
  readonly resultId: string;
  readonly output: unknown;
  readonly diagnosis: string;
  readonly model: unknown;
  readonly errorCode: string | null;
  readonly errorReason: string | null;
  readonly at: string | null;
}

export interface ShownResult {
  readonly id: string;
  readonly inference_id: string;
  readonly output: readonly number[];
  readonly diagnosis: string;
  readonly model: { readonly name: string; readonly version: string; readonly notice: string } | null;
  readonly error: { readonly code: string; readonly reason: string } | null;
}

/** Before there is an answer, and where there never will be one, `output` is [-1] and the diagnosis not available. */
export function shownResult(row: ResultFacts): ShownResult {
  const isAnswered = row.at !== null && row.errorCode === null;
  const output = Array.isArray(row.output) ? row.output.filter((one) => typeof one === 'number') : [];
  return {
    id: row.resultId,
    inference_id: row.id,
    output: isAnswered && output.length > 0 ? output : v1PendingOutput,
    diagnosis: isAnswered && output.length > 0 ? row.diagnosis : v1PendingDiagnosis,
    model: shownPinnedModel(row.model),
    error: row.errorCode === null ? null : { code: row.errorCode, reason: row.errorReason ?? '' },
  };
}

/** The version that a request was made for, whatever its alias points at later. */
export interface PinnedModel {
  readonly name: string;
  /** Null: a service of someone else, which has not said. */
  readonly version: string | null;
  /** Row of the model store; null: a service of someone else. */
  readonly modelId: string | null;
  readonly notice: string;
}

export function pinnedModelOf(value: unknown): PinnedModel | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, version, modelId, notice } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof notice !== 'string') return undefined;
  return {
    name,
    version: typeof version === 'string' ? version : null,
    modelId: typeof modelId === 'string' ? modelId : null,
    notice,
  };
}

function shownPinnedModel(value: unknown): ShownResult['model'] {
  const model = pinnedModelOf(value);
  return model === undefined
    ? null
    : { name: model.name, version: model.version ?? '', notice: model.notice };
}
