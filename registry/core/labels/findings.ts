/** What hospitals know of patients, as far as labels are made of it. */
import type { FindingUnit } from '../../../contract/registry/fhir-labels.ts';

export interface FindingCode {
  readonly system: string;
  readonly code: string;
}

export type Finding =
  | {
      readonly kind: 'condition';
      /** Every code that the system gives it. */
      readonly codes: readonly FindingCode[];
      /** When it began, epoch ms. */
      readonly fromMs: number;
      /** When it ended; null: not that anybody knows. */
      readonly untilMs: number | null;
    }
  | {
      readonly kind: 'observation';
      readonly codes: readonly FindingCode[];
      readonly value: number;
      readonly unit: FindingUnit;
      readonly atMs: number;
    };
