/** Sessions as rows of one table, whatever versions of the form asked them. */
import type { SessionId } from '../../contract/ids.ts';
import type { Answer } from '../../contract/form.ts';
import type {
  SampleKind,
  ScreeningResult,
  SessionMode,
  SessionStatus,
  SyncState,
  Take,
} from '../../contract/session.ts';
import type { Consent } from '../../contract/session.ts';
import type { CsvCell } from '../../contract/csv.ts';
import { isUsable } from './session-rules.ts';

export interface ExportedSession {
  readonly id: SessionId;
  readonly mode: SessionMode;
  readonly kind: SampleKind;
  readonly status: SessionStatus;
  readonly sync: SyncState;
  readonly hospital: string | null;
  readonly recordNumber: string | null;
  readonly createdAt: { readonly at: string; readonly zone: string };
  readonly createdBy: string;
  readonly form: { readonly id: string; readonly version: string };
  readonly protocol: { readonly id: string; readonly version: string };
  readonly consent: Pick<Consent, 'textId' | 'textVersion' | 'language' | 'purposes' | 'at'> | null;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly skips: readonly { readonly stepKey: string; readonly reason: string }[];
  /** Chosen takes, without the spoken consent. */
  readonly takes: readonly Take[];
  /** The newest result of each model. */
  readonly results: readonly ScreeningResult[];
}

/** Columns that every session fills. */
const fixedColumns: readonly (readonly [string, (session: ExportedSession) => CsvCell])[] = [
  ['session', ({ id }) => id],
  ['mode', ({ mode }) => mode],
  ['kind', ({ kind }) => kind],
  ['is_test', ({ kind }) => kind === 'TEST'],
  ['status', ({ status }) => status],
  ['sync', ({ sync }) => sync],
  ['created_at_utc', ({ createdAt }) => createdAt.at],
  ['created_zone', ({ createdAt }) => createdAt.zone],
  ['created_by', ({ createdBy }) => createdBy],
  ['hospital', ({ hospital }) => hospital],
  ['record_number', ({ recordNumber }) => recordNumber],
  ['form', ({ form }) => form.id],
  ['form_version', ({ form }) => form.version],
  ['protocol', ({ protocol }) => protocol.id],
  ['protocol_version', ({ protocol }) => protocol.version],
  ['consent_text', ({ consent }) => consent?.textId ?? null],
  ['consent_version', ({ consent }) => consent?.textVersion ?? null],
  ['consent_language', ({ consent }) => consent?.language ?? null],
  ['consent_purposes', ({ consent }) => consent?.purposes.join('; ') ?? null],
  ['consent_at_utc', ({ consent }) => consent?.at.at ?? null],
];

const takeColumns: readonly (readonly [string, (take: Take) => CsvCell])[] = [
  ['take', (take) => take.id],
  ['sha256', (take) => take.sha256],
  ['seconds', (take) => take.durationS],
  ['sample_rate_hz', (take) => take.sampleRateHz],
  ['quality_passed', (take) => take.quality.passed],
  ['usable', (take) => isUsable(take)],
  ['missing_frames', (take) => take.continuity.missingFrames],
];

const resultColumns: readonly (readonly [string, (result: ScreeningResult) => CsvCell])[] = [
  ['status', ({ outcome }) => outcome.status],
  ['decision', ({ outcome }) => (outcome.status === 'completed' ? outcome.decision : null)],
  ['score', ({ outcome }) => (outcome.status === 'completed' ? outcome.shownScore : null)],
  [
    'threshold_positive',
    ({ outcome }) => (outcome.status === 'completed' ? outcome.thresholds.positive : null),
  ],
  [
    'threshold_negative',
    ({ outcome }) => (outcome.status === 'completed' ? outcome.thresholds.negative : null),
  ],
  ['problem', ({ outcome }) => (outcome.status === 'error' ? outcome.problem : null)],
  ['sha256', ({ model }) => model.sha256],
  ['at_utc', ({ at }) => at.at],
];

export interface TableColumns {
  readonly fields: readonly string[];
  readonly steps: readonly string[];
  readonly models: readonly string[];
}

/** What the sessions have between them, in order of first appearance. */
export function columnsOf(sessions: Iterable<ExportedSession>, known: TableColumns): TableColumns {
  const fields = new Set(known.fields);
  const steps = new Set(known.steps);
  const models = new Set(known.models);
  for (const session of sessions) {
    for (const field of Object.keys(session.answers)) fields.add(field);
    for (const { stepKey } of [...session.takes, ...session.skips]) steps.add(stepKey);
    for (const result of session.results) models.add(modelName(result));
  }
  return { fields: [...fields], steps: [...steps], models: [...models] };
}

export function headerRow({ fields, steps, models }: TableColumns): readonly CsvCell[] {
  return [
    ...fixedColumns.map(([name]) => name),
    ...fields.map((field) => `answer.${field}`),
    ...steps.flatMap((step) => [
      ...takeColumns.map(([name]) => `recording.${step}.${name}`),
      `recording.${step}.left_out`,
    ]),
    ...models.flatMap((model) => resultColumns.map(([name]) => `model.${model}.${name}`)),
  ];
}

export function sessionRow(
  session: ExportedSession,
  { fields, steps, models }: TableColumns,
): readonly CsvCell[] {
  return [
    ...fixedColumns.map(([, cell]) => cell(session)),
    ...fields.map((field) => answerCell(session.answers[field])),
    ...steps.flatMap((step) => {
      const take = session.takes.find((candidate) => candidate.stepKey === step);
      const skip = session.skips.find((candidate) => candidate.stepKey === step);
      return [
        ...takeColumns.map(([, cell]) => (take === undefined ? null : cell(take))),
        skip?.reason ?? null,
      ];
    }),
    ...models.flatMap((model) => {
      const result = session.results.find((candidate) => modelName(candidate) === model);
      return resultColumns.map(([, cell]) => (result === undefined ? null : cell(result)));
    }),
  ];
}

function answerCell(answer: Answer | undefined): CsvCell {
  if (answer === undefined) return null;
  return Array.isArray(answer) ? answer.join('; ') : answer;
}

function modelName({ model }: ScreeningResult): string {
  return `${model.name}@${model.version}`;
}
