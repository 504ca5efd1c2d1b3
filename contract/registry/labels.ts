/**
 * Labels: what somebody says of a session, from more than one source, kept with who, when and why. Nothing is written
 * over: a correction stands beside what it supersedes. The questions are data of their own, under a version.
 */
import { z } from 'zod';
import { accountIdSchema, entryIdSchema, sessionIdSchema, sha256Schema, takeIdSchema } from '../ids.ts';
import { instantSchema, type LocalizedText } from '../localized.ts';
import { stepKeySchema } from '../protocol.ts';
import { hospitalIdSchema } from './ids.ts';

// ---------------------------------------------------------------- questions

/** `class`: what a model learns. `abstention`: no answer, disagrees with nobody. `unusable`: to be left out. */
export type LabelMeaning = 'class' | 'abstention' | 'unusable';

export interface LabelQuestion {
  readonly id: string;
  readonly version: string;
  readonly text: LocalizedText;
  readonly values: readonly {
    readonly value: string;
    readonly meaning: LabelMeaning;
    readonly text: LocalizedText;
  }[];
  /** Where the form already asks it: the form's answer to the label's value; other answers are no label. */
  readonly form: { readonly field: string; readonly values: Readonly<Record<string, string>> };
}

/** Never changed under its version: a label names the version that it was given under. */
export const labelQuestions = [
  {
    id: 'respiratory-insufficiency',
    version: '1.0.0',
    text: {
      'pt-BR': 'Insuficiência respiratória no momento da gravação',
      en: 'Respiratory insufficiency at the time of the recording',
      es: 'Insuficiencia respiratoria en el momento de la grabación',
    },
    values: [
      {
        value: 'positive',
        meaning: 'class',
        text: { 'pt-BR': 'Com insuficiência', en: 'With insufficiency', es: 'Con insuficiencia' },
      },
      {
        value: 'negative',
        meaning: 'class',
        text: { 'pt-BR': 'Sem insuficiência', en: 'Without insufficiency', es: 'Sin insuficiencia' },
      },
      {
        value: 'unsure',
        meaning: 'abstention',
        text: { 'pt-BR': 'Não sei dizer', en: 'I cannot tell', es: 'No sé decir' },
      },
      {
        value: 'unusable',
        meaning: 'unusable',
        text: { 'pt-BR': 'Gravação inutilizável', en: 'Recording unusable', es: 'Grabación inutilizable' },
      },
    ],
    form: { field: 'respiratoryInsufficiency', values: { YES: 'positive', NO: 'negative' } },
  },
] as const satisfies readonly LabelQuestion[];

export const labelQuestionIds = labelQuestions.map(({ id }) => id);
export const labelQuestionIdSchema = z.enum(labelQuestionIds as [(typeof labelQuestionIds)[number]]);
export type LabelQuestionId = z.infer<typeof labelQuestionIdSchema>;

export function labelQuestionOf(id: LabelQuestionId): LabelQuestion {
  return labelQuestions.find((question) => question.id === id) ?? labelQuestions[0];
}

const localized = z.strictObject({ 'pt-BR': z.string(), en: z.string(), es: z.string() });
const labelQuestionSchema = z.strictObject({
  id: labelQuestionIdSchema,
  version: z.string(),
  text: localized,
  values: z.array(
    z.strictObject({
      value: z.string(),
      meaning: z.enum(['class', 'abstention', 'unusable']),
      text: localized,
    }),
  ),
  form: z.strictObject({ field: z.string(), values: z.record(z.string(), z.string()) }),
});

// ---------------------------------------------------------------- labels

/** Weakest first. */
export const labelSources = ['form', 'researcher', 'clinician', 'hospital-record'] as const;
export type LabelSource = (typeof labelSources)[number];
/** As whom a person gives a label: a role of theirs. */
export const readerSources = ['researcher', 'clinician'] as const;
export type ReaderSource = (typeof readerSources)[number];

const comment = z.string().trim().min(1).max(1000);
const labelValue = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u);

export const labelSchema = z.strictObject({
  id: entryIdSchema,
  sessionId: sessionIdSchema,
  question: labelQuestionIdSchema,
  /** Version of the question. */
  version: z.string(),
  /** Null: what it supersedes is taken back, and nothing stands in its place. */
  value: labelValue.nullable(),
  source: z.enum(labelSources),
  /** How it came: given by hand, a synced form, or an import. */
  via: z.enum(['reading', 'form', 'csv', 'fhir']),
  by: z.strictObject({
    /** Account or workstation; of an import the account that ran it. */
    id: z.string(),
    name: z.string().nullable(),
  }),
  at: instantSchema,
  /** Why, in the reader's words, or what the import found. */
  why: z.string().nullable(),
  /** 1: first reading of the session; 2: a second one, assigned and blind; null: no reading (form, import). */
  reading: z.union([z.literal(1), z.literal(2)]).nullable(),
  /** Given in a blind reading, whose reader no page of the registry had shown the session's labels, results or form. */
  isBlind: z.boolean(),
  /** The label that this one corrects. */
  supersedes: entryIdSchema.nullable(),
  /** Not superseded. */
  isInForce: z.boolean(),
});
export type Label = z.infer<typeof labelSchema>;

/** `id`, a UUIDv7, is made by who sends it: the same label sent twice is one. */
export const newLabelSchema = z.strictObject({
  id: entryIdSchema,
  question: labelQuestionIdSchema,
  /** Null takes one's own label back. */
  value: labelValue.nullable(),
  source: z.enum(readerSources),
  /** Needed where the label corrects or takes back one's own earlier one. */
  why: comment.nullable().default(null),
});
export type NewLabel = z.input<typeof newLabelSchema>;

/** How one label is made of many. */
export const labelPolicies = ['strongest-source', 'agreement-only'] as const;
export type LabelPolicy = (typeof labelPolicies)[number];

/**
 * `strongest-source`: the strongest source that names a value other than an abstention decides, by the majority of its
 * labels. `agreement-only`: as that, but only where no two labels of whatever source disagree. `value` is null where
 * nothing is decided; `why` says which.
 */
export const consolidatedLabelSchema = z.strictObject({
  value: z.string().nullable(),
  meaning: z.enum(['class', 'abstention', 'unusable']).nullable(),
  source: z.enum(labelSources).nullable(),
  why: z.enum(['decided', 'unlabelled', 'tie', 'disagreement', 'only-abstentions']),
  /** Two labels in force name different values; abstentions disagree with nobody. */
  isDisagreed: z.boolean(),
});
export type ConsolidatedLabel = z.infer<typeof consolidatedLabelSchema>;

export const sessionLabelsSchema = z.strictObject({
  sessionId: sessionIdSchema,
  /** The caller has a blind reading of this session open: of the labels, only their own are shown. */
  isBlinded: z.boolean(),
  /** With history, oldest first. */
  labels: z.array(labelSchema),
  /** One per question; `consolidated` is null while the caller is blinded. */
  questions: z.array(
    z.strictObject({ question: labelQuestionIdSchema, consolidated: consolidatedLabelSchema.nullable() }),
  ),
});
export type SessionLabels = z.infer<typeof sessionLabelsSchema>;

// ---------------------------------------------------------------- readings

/** What a reader may see of a session before the label is given: recordings, and nothing that was said of them. */
export const labelCaseSchema = z.strictObject({
  sessionId: sessionIdSchema,
  hospitalId: hospitalIdSchema,
  question: labelQuestionIdSchema,
  reading: z.union([z.literal(1), z.literal(2)]),
  isBlind: z.boolean(),
  receivedAt: instantSchema,
  /** Chosen takes whose audio is here, without the consent's. */
  takes: z.array(
    z.strictObject({
      takeId: takeIdSchema,
      stepKey: stepKeySchema,
      durationS: z.number().nonnegative(),
      sampleRateHz: z.int().positive(),
      /** Of the WAV: whoever plays it compares. */
      sha256: sha256Schema,
      /** Path at the registry where the WAV is read. */
      audio: z.string(),
    }),
  ),
});
export type LabelCase = z.infer<typeof labelCaseSchema>;

export const labelQueueSchema = z.strictObject({
  /** Null: nothing waits for the caller. */
  next: labelCaseSchema.nullable(),
  waiting: z.strictObject({
    /** Received sessions without any label. */
    unlabelled: z.int().nonnegative(),
    /** With a label of the form or the hospital record, but none of a reader. */
    unread: z.int().nonnegative(),
    /** Second readings assigned to the caller. */
    secondReadings: z.int().nonnegative(),
  }),
});
export type LabelQueue = z.infer<typeof labelQueueSchema>;

export const labelReadingStates = ['open', 'given', 'released'] as const;
export const labelReadingSchema = z.strictObject({
  sessionId: sessionIdSchema,
  question: labelQuestionIdSchema,
  reader: z.strictObject({ id: accountIdSchema, name: z.string().nullable() }),
  reading: z.union([z.literal(1), z.literal(2)]),
  isBlind: z.boolean(),
  state: z.enum(labelReadingStates),
  openedAt: instantSchema,
});
export type LabelReading = z.infer<typeof labelReadingSchema>;

export const labelReaderSchema = z.strictObject({
  id: accountIdSchema,
  username: z.string(),
  displayName: z.string(),
  /** As whom they may give labels. */
  sources: z.array(z.enum(readerSources)),
});
export type LabelReader = z.infer<typeof labelReaderSchema>;

// ---------------------------------------------------------------- agreement

/**
 * Two raters over the same sessions. Kappa is null where it is not defined (nobody to compare, or both always say the
 * same one value).
 */
export const agreementPairSchema = z.strictObject({
  a: z.string(),
  b: z.string(),
  aName: z.string().nullable(),
  bName: z.string().nullable(),
  /** Sessions that both labelled. */
  n: z.int().nonnegative(),
  values: z.array(z.string()),
  /** `table[i][j]`: sessions to which `a` gave the i-th value and `b` the j-th. */
  table: z.array(z.array(z.int().nonnegative())),
  /** Shares of sessions: agreed upon, and expected to be agreed upon by chance. */
  observed: z.number().nullable(),
  expected: z.number().nullable(),
  kappa: z.number().nullable(),
  standardError: z.number().nullable(),
  /** 95 %, within -1 and 1. */
  interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
});
export type AgreementPair = z.infer<typeof agreementPairSchema>;

export const agreementSchema = z.strictObject({
  question: labelQuestionIdSchema,
  /** Second readings against the first ones, whoever gave them. */
  readings: agreementPairSchema,
  /** Every pair of readers who labelled a session both; `a` and `b` are account ids. */
  readers: z.array(agreementPairSchema),
  /** Every pair of sources; `a` and `b` are source names. */
  sources: z.array(agreementPairSchema),
});
export type Agreement = z.infer<typeof agreementSchema>;

// ---------------------------------------------------------------- import

/** Columns of a CSV, by name in any order; the optional ones may be missing, or empty in a row. */
export const labelCsvColumns = {
  needed: ['hospital', 'record_number', 'value'],
  optional: ['session', 'date', 'source', 'comment'],
} as const;
export const importedSources = ['hospital-record', 'clinician', 'researcher'] as const;
export const maximumLabelCsvBytes = 64 * 1024 * 1024;
/** A list in a report names this many at most; its count is of all. */
export const maximumReportEntries = 1000;

export const labelRowFaults = [
  'unknown-hospital',
  'unknown-value',
  'unknown-source',
  'not-a-session-id',
  'no-record-number',
  'not-a-date',
  'comment-too-long',
  'wrong-cells',
] as const;
/**
 * What an import did, or (dry run) would do. `row` counts the data rows of the table, or the sessions that a hospital's
 * server was asked about, from 1: no record number stands in a report.
 */
export const labelImportReportSchema = z.strictObject({
  isApplied: z.boolean(),
  rows: z.int().nonnegative(),
  /** Rows that met exactly one session. */
  matched: z.int().nonnegative(),
  /** Of these: new labels, those that correct what the same source said before, and those that stand already. */
  added: z.int().nonnegative(),
  corrected: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  unmatchedCount: z.int().nonnegative(),
  unmatched: z.array(
    z.strictObject({
      row: z.int().positive(),
      /** Where the import began at the session. */
      sessionId: sessionIdSchema.nullable(),
      why: z.enum(['no-such-patient', 'no-session-on-date', 'no-evidence', 'not-on-server']),
    }),
  ),
  /** More than one session, or more than one patient on the hospital's server: nothing is taken of them. */
  ambiguousCount: z.int().nonnegative(),
  ambiguous: z.array(z.strictObject({ row: z.int().positive(), sessionIds: z.array(sessionIdSchema) })),
  /** Rows of this import that say different things of one session: none of them is taken. */
  conflictingCount: z.int().nonnegative(),
  conflicting: z.array(z.strictObject({ sessionId: sessionIdSchema, rows: z.array(z.int().positive()) })),
  /** Taken, and other than what another source says of the session. */
  disagreeingCount: z.int().nonnegative(),
  disagreeing: z.array(
    z.strictObject({
      row: z.int().positive(),
      sessionId: sessionIdSchema,
      sources: z.array(z.enum(labelSources)),
    }),
  ),
  faultsCount: z.int().nonnegative(),
  faults: z.array(z.strictObject({ row: z.int().positive(), why: z.enum(labelRowFaults) })),
});
export type LabelImportReport = z.infer<typeof labelImportReportSchema>;

// ---------------------------------------------------------------- routes

const question = labelQuestionIdSchema;
const sessionParams = z.strictObject({ sessionId: sessionIdSchema });
const yesOrNo = z.enum(['true', 'false']);
const hospital = { hospitalId: hospitalIdSchema.optional() };

/** A part of the table in routes.ts. */
export const labelRoutes = {
  'label-questions.list': {
    method: 'GET',
    path: '/api/label-questions',
    action: 'labels.read',
    answer: z.strictObject({ questions: z.array(labelQuestionSchema) }),
    summary: 'What labels are given to, with the values to choose from.',
  },
  'labels.of-session': {
    method: 'GET',
    path: '/api/sessions/:sessionId/labels',
    action: 'labels.read',
    params: sessionParams,
    answer: sessionLabelsSchema,
    summary: 'Labels of a session with their history; to who reads it blind, their own only.',
  },
  'labels.add': {
    method: 'POST',
    path: '/api/sessions/:sessionId/labels',
    action: 'labels.write',
    params: sessionParams,
    body: newLabelSchema,
    answer: labelSchema,
    summary: 'Give a label, correct one’s own, or take it back.',
  },
  'labels.next': {
    method: 'POST',
    path: '/api/labels/next',
    action: 'labels.write',
    body: z.strictObject({
      question,
      isBlind: z.boolean().default(true),
      ...hospital,
      /** Left for later by the caller. */
      skip: z.array(sessionIdSchema).max(500).default([]),
    }),
    answer: labelQueueSchema,
    summary:
      'The session to label next, kept for the caller for half an hour: unlabelled ones first, then those without a reader, then second readings.',
  },
  'label-readings.assign': {
    method: 'POST',
    path: '/api/labels/second-readings',
    action: 'labels.assign',
    body: z.strictObject({
      question,
      readerId: accountIdSchema,
      ...hospital,
      /** These sessions, or as many drawn by chance of those that somebody else read once. */
      sessions: z.union([z.array(sessionIdSchema).min(1).max(500), z.int().min(1).max(500)]),
    }),
    answer: z.strictObject({
      assigned: z.array(sessionIdSchema),
      refused: z.array(
        z.strictObject({
          sessionId: sessionIdSchema,
          why: z.enum([
            'not-found',
            'not-read-yet',
            'read-by-same',
            'read-twice',
            'assigned-already',
            /** The registry has shown the reader what was said of the session. */
            'shown-already',
            'reader-of-other-hospital',
          ]),
        }),
      ),
    }),
    summary: 'Give sessions to a second reader, who reads them blind.',
  },
  'label-readings.list': {
    method: 'GET',
    path: '/api/labels/readings',
    action: 'labels.assign',
    query: z.strictObject({
      question,
      state: z.enum(labelReadingStates).optional(),
      after: z.string().max(200).optional(),
      limit: z.coerce.number().int().positive().max(500).default(100),
    }),
    answer: z.strictObject({ readings: z.array(labelReadingSchema), next: z.string().nullable() }),
    summary: 'Readings of the caller’s hospitals, newest first, without what they said.',
  },
  'label-readers.list': {
    method: 'GET',
    path: '/api/labels/readers',
    action: 'labels.assign',
    answer: z.strictObject({ readers: z.array(labelReaderSchema) }),
    summary: 'Accounts of the caller’s hospitals that may give labels.',
  },
  'labels.agreement': {
    method: 'GET',
    path: '/api/labels/agreement',
    action: 'labels.export',
    query: z.strictObject({ question, ...hospital, blindOnly: yesOrNo.default('true') }),
    answer: agreementSchema,
    summary:
      'Cohen’s kappa with 95 % interval and confusion table: of readings, readers and sources; of readers by default only what was given blind.',
  },
  'labels.consolidated': {
    method: 'GET',
    path: '/api/labels/consolidated',
    action: 'labels.export',
    query: z.strictObject({
      question,
      ...hospital,
      policy: z.enum(labelPolicies).default('strongest-source'),
      /** Only sessions whose consent covers it; TEST sessions are left out. */
      purpose: z.enum(['research', 'retraining']).default('retraining'),
      after: z.string().max(200).optional(),
      limit: z.coerce.number().int().positive().max(500).default(100),
    }),
    answer: z.strictObject({
      labels: z.array(
        z.strictObject({
          sessionId: sessionIdSchema,
          hospitalId: hospitalIdSchema,
          question,
          consolidated: consolidatedLabelSchema,
          /** All in force. */
          labels: z.array(labelSchema.pick({ source: true, value: true, at: true, reading: true })),
        }),
      ),
      next: z.string().nullable(),
    }),
    summary: 'One label per received session for training, with all that it was made of.',
  },
  'labels.import': {
    method: 'POST',
    path: '/api/labels/import',
    action: 'labels.import',
    query: z.strictObject({
      question,
      apply: yesOrNo.default('false'),
      /** Where the rows were taken from. */
      via: z.enum(['csv', 'fhir']).default('csv'),
    }),
    body: 'stream',
    answer: labelImportReportSchema,
    summary:
      'Labels from a CSV (text/csv) with columns hospital, record_number, value, and session, date, source, comment where there are any; a dry run unless `apply`.',
  },
} as const;
