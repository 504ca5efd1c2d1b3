/**
 * How a hospital's FHIR R4 server is asked for labels: where it is, how it names patients, and which findings around a
 * recording give which value. One JSON file; unknown keys are errors.
 */
import { z } from 'zod';
import { hospitalIdSchema } from './ids.ts';
import { labelQuestionIdSchema, labelQuestionOf } from './labels.ts';

/** Identifier of a code system or of a hospital's numbers, as FHIR has it. */
const systemSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s|,]{1,500}$/u, 'not an absolute URI');
const codeSchema = z.string().regex(/^[^\s|,]{1,100}$/u, 'not a code');
const valueSchema = z.string().max(40);
const codesSchema = z
  .array(z.strictObject({ system: systemSchema, code: codeSchema }))
  .min(1)
  .max(100);

/** Units by their UCUM codes; gases in kPa are converted. */
export const findingUnits = ['%', 'mm[Hg]', '[pH]'] as const;
export type FindingUnit = (typeof findingUnits)[number];

const conditionRuleSchema = z.strictObject({
  kind: z.literal('condition'),
  codes: codesSchema,
  /** Codes below these count too: `J96` for `J96.0` and `J9600`. */
  withSubcodes: z.boolean().default(false),
  value: valueSchema,
});
const observationRuleSchema = z
  .strictObject({
    kind: z.literal('observation'),
    codes: codesSchema,
    unit: z.enum(findingUnits),
    /** Both bounds must hold where both are given. */
    below: z.number().optional(),
    atLeast: z.number().optional(),
    value: valueSchema,
  })
  .refine(({ below, atLeast }) => below !== undefined || atLeast !== undefined, {
    message: 'names no bound: below, atLeast or both',
  });
const ruleSchema = z.discriminatedUnion('kind', [conditionRuleSchema, observationRuleSchema]);
export type FindingRule = z.infer<typeof ruleSchema>;

export const fhirMappingSchema = z
  .strictObject({
    server: z
      .strictObject({
        baseUrl: z.url({ protocol: /^https?$/u }),
        /** Where record numbers and the token may go unencrypted: a network of their own, never the internet. */
        allowsPlainHttp: z.boolean().default(false),
        /** How the server calls record numbers of this hospital: Patient.identifier.system. */
        identifierSystem: systemSchema,
        timeoutS: z.number().min(1).max(600).default(30),
      })
      .refine(({ baseUrl, allowsPlainHttp }) => allowsPlainHttp || baseUrl.startsWith('https:'), {
        path: ['baseUrl'],
        message: 'is not https: (allowsPlainHttp takes it)',
      }),
    /** The registry's hospital whose record numbers the server knows. */
    hospitalId: hospitalIdSchema,
    question: labelQuestionIdSchema,
    /** How far from the recording a finding may lie, hours. */
    window: z
      .strictObject({
        beforeH: z
          .number()
          .min(0)
          .max(24 * 365)
          .default(24),
        afterH: z
          .number()
          .min(0)
          .max(24 * 365)
          .default(24),
      })
      .prefault({}),
    /** The first that holds decides. */
    rules: z.array(ruleSchema).min(1).max(100),
  })
  .superRefine(({ question, rules }, context) => {
    const values = labelQuestionOf(question).values.map(({ value }) => value);
    for (const [index, rule] of rules.entries()) {
      if (!values.includes(rule.value))
        context.addIssue({
          code: 'custom',
          path: ['rules', index, 'value'],
          message: `is none of ${values.join(', ')}`,
        });
    }
  });
export type FhirMapping = z.infer<typeof fhirMappingSchema>;
