/**
 * The form as data: what is asked, in which order and when, and the one rule that both the page and `main`
 * apply to the answers. A form never changes under its version; answers are stored with it.
 */
import { z } from 'zod';
import { localizedTextSchema } from './localized.ts';

const fieldKeySchema = z.string().regex(/^[a-z][A-Za-z0-9]*$/u);
const answerScalarSchema = z.union([z.string().max(2000), z.number(), z.boolean()]);

/** Shown only while another field has one of these values. */
const conditionSchema = z.strictObject({
  field: fieldKeySchema,
  isOneOf: z.array(answerScalarSchema).min(1),
});

const fieldBase = {
  key: fieldKeySchema,
  label: localizedTextSchema,
  help: localizedTextSchema.optional(),
  required: z.boolean().default(false),
  /** All must hold; a field that is not shown has no answer. */
  showWhen: z.array(conditionSchema).default([]),
  group: fieldKeySchema,
  /** `label` marks the outcome of interest: no model may ever take it as an input. */
  role: z.enum(['record-number', 'hospital', 'label']).optional(),
};

const choiceSchema = z.strictObject({ value: z.string().min(1).max(64), label: localizedTextSchema });

export const formFieldSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...fieldBase,
    kind: z.literal('text'),
    maximumLength: z.int().positive().max(2000).default(200),
    pattern: z.string().max(500).optional(),
    patternHelp: localizedTextSchema.optional(),
  }),
  z.strictObject({
    ...fieldBase,
    kind: z.literal('number'),
    decimals: z.int().min(0).max(4).default(0),
    minimum: z.number(),
    maximum: z.number(),
    unit: z.string().max(16).optional(),
    warnBelow: z.number().optional(),
    warnAbove: z.number().optional(),
  }),
  z.strictObject({ ...fieldBase, kind: z.literal('choice'), choices: z.array(choiceSchema).min(2) }),
  z.strictObject({ ...fieldBase, kind: z.literal('multi-choice'), choices: z.array(choiceSchema).min(2) }),
  z.strictObject({ ...fieldBase, kind: z.literal('yes-no') }),
  z.strictObject({
    ...fieldBase,
    kind: z.literal('date'),
    notBefore: fieldKeySchema.optional(),
    allowFuture: z.boolean().default(false),
  }),
  /** One of the known names, or a new one that is typed. */
  z.strictObject({
    ...fieldBase,
    kind: z.literal('open-choice'),
    suggestions: z.array(z.string().min(1).max(200)),
    maximumLength: z.int().positive().max(200).default(120),
  }),
]);
export type FormField = z.infer<typeof formFieldSchema>;

export const formDefinitionSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/u),
    version: z.string().regex(/^\d+\.\d+\.\d+$/u),
    title: localizedTextSchema,
    groups: z.array(
      z.strictObject({
        key: fieldKeySchema,
        title: localizedTextSchema,
        optional: z.boolean().default(false),
      }),
    ),
    fields: z.array(formFieldSchema).min(1),
  })
  .superRefine((form, context) => {
    const keys = new Set<string>();
    for (const field of form.fields) {
      if (keys.has(field.key))
        context.addIssue({ code: 'custom', message: `field ${field.key} stands twice` });
      for (const condition of field.showWhen) {
        if (!keys.has(condition.field)) {
          context.addIssue({
            code: 'custom',
            message: `field ${field.key} depends on ${condition.field}, which does not stand before it`,
          });
        }
      }
      if (field.kind === 'date' && field.notBefore !== undefined && !keys.has(field.notBefore)) {
        context.addIssue({
          code: 'custom',
          message: `field ${field.key} names an unknown ${field.notBefore}`,
        });
      }
      if (!form.groups.some((group) => group.key === field.group)) {
        context.addIssue({
          code: 'custom',
          message: `field ${field.key} names an unknown group ${field.group}`,
        });
      }
      if (field.kind === 'number' && field.minimum > field.maximum) {
        context.addIssue({ code: 'custom', message: `field ${field.key} has its minimum above its maximum` });
      }
      if (field.kind === 'text' && field.pattern !== undefined && !isPattern(field.pattern)) {
        context.addIssue({
          code: 'custom',
          message: `field ${field.key} has a pattern that is no expression`,
        });
      }
      keys.add(field.key);
    }
    for (const role of ['record-number', 'hospital'] as const) {
      if (form.fields.filter((field) => field.role === role).length !== 1) {
        context.addIssue({ code: 'custom', message: `exactly one field has the role ${role}` });
      }
    }
  });
export type FormDefinition = z.infer<typeof formDefinitionSchema>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

export const answerSchema = z.union([answerScalarSchema, z.array(z.string().max(64)).max(64)]);
export type Answer = z.infer<typeof answerSchema>;

/** Field key to answer. A field without an answer is absent: never null, never an empty text. */
export const answersSchema = z.record(fieldKeySchema, answerSchema);
export type Answers = Readonly<Record<string, Answer>>;

export const answerFaults = [
  'missing',
  'wrong-type',
  'not-whole',
  'too-low',
  'too-high',
  'too-long',
  'not-a-choice',
  'not-a-date',
  'in-the-future',
  'before-other-date',
  'wrong-format',
  'unknown-field',
] as const;
export type AnswerFault = (typeof answerFaults)[number];

export const answerWarnings = ['unusually-low', 'unusually-high', 'record-number-check'] as const;
export type AnswerWarning = (typeof answerWarnings)[number];

export interface FieldFinding<Kind> {
  readonly field: string;
  readonly kind: Kind;
  /** The bound or the other field that was not met, for the text. */
  readonly bound?: string | number;
}

export interface AnswersVerdict {
  readonly faults: readonly FieldFinding<AnswerFault>[];
  readonly warnings: readonly FieldFinding<AnswerWarning>[];
}

/** The fields that are asked, given what has been answered so far. */
export function shownFields(form: FormDefinition, answers: Answers): readonly FormField[] {
  const shown = new Set<string>();
  return form.fields.filter((field) => {
    const isShown = field.showWhen.every((condition) => {
      const answer = answers[condition.field];
      return (
        shown.has(condition.field) &&
        answer !== undefined &&
        !Array.isArray(answer) &&
        condition.isOneOf.some((value) => value === answer)
      );
    });
    if (isShown) shown.add(field.key);
    return isShown;
  });
}

/** The answers without those to fields that are no longer asked. */
export function relevantAnswers(form: FormDefinition, answers: Answers): Answers {
  return Object.fromEntries(
    shownFields(form, answers).flatMap((field) => {
      const answer = answers[field.key];
      return answer === undefined ? [] : [[field.key, answer]];
    }),
  );
}

/**
 * Checks answers against their form. `today` is the local calendar date, `YYYY-MM-DD`. Faults bar completion;
 * warnings are shown and may be confirmed. Answers to fields that are not shown are ignored.
 */
export function checkAnswers(form: FormDefinition, answers: Answers, today: string): AnswersVerdict {
  const known = new Set(form.fields.map((field) => field.key));
  const faults: FieldFinding<AnswerFault>[] = Object.keys(answers)
    .filter((key) => !known.has(key))
    .map((field) => ({ field, kind: 'unknown-field' as const }));
  const warnings: FieldFinding<AnswerWarning>[] = [];
  for (const field of shownFields(form, answers)) {
    const answer = answers[field.key];
    if (answer === undefined) {
      if (field.required) faults.push({ field: field.key, kind: 'missing' });
      continue;
    }
    const fault = faultOf(field, answer, answers, today);
    if (fault !== undefined) {
      faults.push({ field: field.key, ...fault });
      continue;
    }
    if (field.kind === 'number' && typeof answer === 'number') {
      if (field.warnBelow !== undefined && answer < field.warnBelow) {
        warnings.push({ field: field.key, kind: 'unusually-low', bound: field.warnBelow });
      }
      if (field.warnAbove !== undefined && answer > field.warnAbove) {
        warnings.push({ field: field.key, kind: 'unusually-high', bound: field.warnAbove });
      }
    }
  }
  const identity = identityOf(form, answers);
  const recordField = form.fields.find((field) => field.role === 'record-number');
  if (identity !== undefined && recordField !== undefined && !recordNumberPasses(identity)) {
    warnings.push({ field: recordField.key, kind: 'record-number-check' });
  }
  return { faults, warnings };
}

type Fault = Omit<FieldFinding<AnswerFault>, 'field'>;

function faultOf(field: FormField, answer: Answer, answers: Answers, today: string): Fault | undefined {
  switch (field.kind) {
    case 'text':
    case 'open-choice':
      return textFault(field, answer);
    case 'number':
      return numberFault(field, answer);
    case 'choice':
      if (typeof answer !== 'string') return { kind: 'wrong-type' };
      return field.choices.some((choice) => choice.value === answer) ? undefined : { kind: 'not-a-choice' };
    case 'multi-choice':
      if (!Array.isArray(answer)) return { kind: 'wrong-type' };
      if (answer.length === 0 && field.required) return { kind: 'missing' };
      return answer.every((value) => field.choices.some((choice) => choice.value === value)) &&
        new Set(answer).size === answer.length
        ? undefined
        : { kind: 'not-a-choice' };
    case 'yes-no':
      return typeof answer === 'boolean' ? undefined : { kind: 'wrong-type' };
    case 'date':
      return dateFault(field, answer, answers, today);
    default:
      return field satisfies never;
  }
}

function textFault(
  field: Extract<FormField, { kind: 'text' | 'open-choice' }>,
  answer: Answer,
): Fault | undefined {
  if (typeof answer !== 'string') return { kind: 'wrong-type' };
  const text = answer.trim();
  if (text === '') return field.required ? { kind: 'missing' } : undefined;
  if (text.length > field.maximumLength) return { kind: 'too-long', bound: field.maximumLength };
  if (field.kind === 'text' && field.pattern !== undefined && !new RegExp(field.pattern, 'u').test(text)) {
    return { kind: 'wrong-format' };
  }
  return undefined;
}

function numberFault(field: Extract<FormField, { kind: 'number' }>, answer: Answer): Fault | undefined {
  if (typeof answer !== 'number' || !Number.isFinite(answer)) return { kind: 'wrong-type' };
  if (answer < field.minimum) return { kind: 'too-low', bound: field.minimum };
  if (answer > field.maximum) return { kind: 'too-high', bound: field.maximum };
  const scaled = answer * 10 ** field.decimals;
  return Math.abs(scaled - Math.round(scaled)) > 1e-9
    ? { kind: 'not-whole', bound: field.decimals }
    : undefined;
}

function dateFault(
  field: Extract<FormField, { kind: 'date' }>,
  answer: Answer,
  answers: Answers,
  today: string,
): Fault | undefined {
  if (typeof answer !== 'string') return { kind: 'wrong-type' };
  if (!z.iso.date().safeParse(answer).success) return { kind: 'not-a-date' };
  if (!field.allowFuture && answer > today) return { kind: 'in-the-future' };
  const other = field.notBefore === undefined ? undefined : answers[field.notBefore];
  return typeof other === 'string' && answer < other
    ? { kind: 'before-other-date', bound: other }
    : undefined;
}

export interface PatientIdentity {
  readonly hospital: string;
  readonly recordNumber: string;
}

/** Who the session is about, from the fields that carry those roles; undefined until both are answered. */
export function identityOf(form: FormDefinition, answers: Answers): PatientIdentity | undefined {
  const answerOf = (role: 'hospital' | 'record-number'): string | undefined => {
    const field = form.fields.find((candidate) => candidate.role === role);
    const answer = field === undefined ? undefined : answers[field.key];
    return typeof answer === 'string' && answer.trim() !== '' ? answer.trim() : undefined;
  };
  const hospital = answerOf('hospital');
  const recordNumber = answerOf('record-number');
  return hospital === undefined || recordNumber === undefined ? undefined : { hospital, recordNumber };
}

const recordNumberWeights = [8, 7, 6, 5, 4, 3, 1] as const;

/**
 * The check letter of record numbers of "Hospital das Clínicas" (SPIRA protocol): nine characters, the digits at
 * positions 1 to 7 weighted 8, 7, 6, 5, 4, 3, 1; n = 11 − (sum mod 11); the last character is the n-th capital
 * letter. Other hospitals have no check and always pass.
 */
export function recordNumberPasses({ hospital, recordNumber }: PatientIdentity): boolean {
  if (hospital.trim().toLocaleLowerCase('pt-BR') !== 'hospital das clínicas') return true;
  if (!/^.\d{7}[A-Z]$/u.test(recordNumber)) return false;
  const sum = recordNumberWeights.reduce(
    (total, weight, index) => total + weight * Number(recordNumber[index + 1]),
    0,
  );
  const place = 11 - (sum % 11);
  return recordNumber[8] === String.fromCharCode('A'.charCodeAt(0) + place - 1);
}

export const formReferenceSchema = z.strictObject({ id: z.string(), version: z.string() });
