/**
 * What is read of FHIR R4 resources (https://hl7.org/fhir/R4): the parts that labels are made of. Servers send more; a
 * part that is not as the standard says makes its resource unreadable, and no other.
 */
import { z } from 'zod';
import type { FindingUnit } from '../../../contract/registry/fhir-labels.ts';
import type { Finding, FindingCode } from '../../core/labels/findings.ts';

export const bundleSchema = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
  entry: z
    .array(
      z.object({
        resource: z.object({ resourceType: z.string() }).loose().optional(),
        search: z.object({ mode: z.string().optional() }).optional(),
      }),
    )
    .default([]),
});
export type Bundle = z.infer<typeof bundleSchema>;

const codeableSchema = z.object({
  coding: z.array(z.object({ system: z.string().optional(), code: z.string().optional() })).default([]),
});
const referenceSchema = z.object({ reference: z.string().optional() });
/** A date of FHIR may name a year, a month or a day only. */
const dateTimeSchema = z
  .string()
  .regex(/^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/u);
const periodSchema = z.object({ start: dateTimeSchema.optional(), end: dateTimeSchema.optional() });
const quantitySchema = z.object({
  value: z.number().optional(),
  comparator: z.string().optional(),
  unit: z.string().optional(),
  system: z.string().optional(),
  code: z.string().optional(),
});

export const patientSchema = z.object({
  resourceType: z.literal('Patient'),
  id: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/u),
  active: z.boolean().optional(),
  identifier: z.array(z.object({ system: z.string().optional(), value: z.string().optional() })).default([]),
});

const conditionSchema = z.object({
  resourceType: z.literal('Condition'),
  subject: referenceSchema,
  verificationStatus: codeableSchema.optional(),
  code: codeableSchema.optional(),
  onsetDateTime: dateTimeSchema.optional(),
  onsetPeriod: periodSchema.optional(),
  recordedDate: dateTimeSchema.optional(),
  abatementDateTime: dateTimeSchema.optional(),
  abatementPeriod: periodSchema.optional(),
});

const observationSchema = z.object({
  resourceType: z.literal('Observation'),
  status: z.string(),
  subject: referenceSchema.optional(),
  code: codeableSchema,
  effectiveDateTime: dateTimeSchema.optional(),
  effectiveInstant: dateTimeSchema.optional(),
  effectivePeriod: periodSchema.optional(),
  valueQuantity: quantitySchema.optional(),
  component: z
    .array(z.object({ code: codeableSchema, valueQuantity: quantitySchema.optional() }))
    .default([]),
});

const standingStatuses = ['final', 'amended', 'corrected'];
const notStanding = ['refuted', 'entered-in-error'];

/** None where the resource is of somebody else, does not stand, has no time, or is not as it should be. */
export function findingsIn(resource: unknown, patientId: string): readonly Finding[] {
  const condition = conditionSchema.safeParse(resource);
  if (condition.success) return conditionFindings(condition.data, patientId);
  const observation = observationSchema.safeParse(resource);
  return observation.success ? observationFindings(observation.data, patientId) : [];
}

function conditionFindings(
  { subject, verificationStatus, code, ...times }: z.infer<typeof conditionSchema>,
  patientId: string,
): readonly Finding[] {
  const began = times.onsetDateTime ?? times.onsetPeriod?.start ?? times.recordedDate;
  const ended = times.abatementDateTime ?? times.abatementPeriod?.end ?? times.onsetPeriod?.end;
  const stands = !verificationStatus?.coding.some((coding) => notStanding.includes(coding.code ?? ''));
  if (!stands || began === undefined || !isOf(subject, patientId)) return [];
  const untilMs = ended === undefined ? null : endOf(ended);
  return [{ kind: 'condition', codes: codesOf(code), fromMs: startOf(began), untilMs }];
}

function observationFindings(
  observation: z.infer<typeof observationSchema>,
  patientId: string,
): readonly Finding[] {
  const { status, subject, code, component, valueQuantity, effectivePeriod } = observation;
  const at = observation.effectiveDateTime ?? observation.effectiveInstant ?? effectivePeriod?.start;
  // A day says too little of a measurement that changes within the hour.
  const isTimed = at?.includes('T') === true;
  if (!standingStatuses.includes(status) || !isTimed || !isOf(subject, patientId)) return [];
  return [{ code, valueQuantity }, ...component].flatMap((measured): Finding[] => {
    const quantity = measured.valueQuantity && quantityOf(measured.valueQuantity);
    if (quantity === undefined) return [];
    return [{ kind: 'observation', codes: codesOf(measured.code), ...quantity, atMs: startOf(at) }];
  });
}

function isOf(subject: z.infer<typeof referenceSchema> | undefined, patientId: string): boolean {
  // Relative, or absolute on the same server; with a version or without.
  const [, id] =
    /(?:^|\/)Patient\/([A-Za-z0-9.-]+)(?:\/_history\/.*)?$/u.exec(subject?.reference ?? '') ?? [];
  return id === patientId;
}

function codesOf(concept: z.infer<typeof codeableSchema> | undefined): readonly FindingCode[] {
  return (concept?.coding ?? []).flatMap(({ system, code }) =>
    system === undefined || code === undefined ? [] : [{ system, code }],
  );
}

/** 1 kPa in mmHg (ISO 80000-4: 133.322387415 Pa to the mmHg). */
const mmHgPerKpa = 1000 / 133.322387415;

/** In the unit of the rules; undefined for what is none of theirs, or is only known to be above or below something. */
function quantityOf({
  value,
  comparator,
  system,
  code,
  unit,
}: z.infer<typeof quantitySchema>): { readonly value: number; readonly unit: FindingUnit } | undefined {
  if (value === undefined || comparator !== undefined) return undefined;
  const isUcum = system === undefined || system === 'http://unitsofmeasure.org';
  switch (String(isUcum ? (code ?? unit) : unit)) {
    case '%':
      return { value, unit: '%' };
    case 'mm[Hg]':
    case 'mmHg':
      return { value, unit: 'mm[Hg]' };
    case 'kPa':
      return { value: value * mmHgPerKpa, unit: 'mm[Hg]' };
    case '[pH]':
    case 'pH':
      return { value, unit: '[pH]' };
    default:
      return undefined;
  }
}

/** Epoch ms at which what the text names begins; years, months and days in UTC. */
function startOf(text: string): number {
  return Date.parse(text);
}

/** The last of its ms: of a year, a month or a day, that of the end. */
function endOf(text: string): number {
  if (text.includes('T')) return Date.parse(text);
  const [year = 0, month, day] = text.split('-').map(Number);
  const next =
    month === undefined
      ? Date.UTC(year + 1, 0, 1)
      : day === undefined
        ? Date.UTC(year, month, 1)
        : Date.UTC(year, month - 1, day + 1);
  return next - 1;
}
