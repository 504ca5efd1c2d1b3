import type { SessionId } from '../../../contract/ids.ts';
import type { FhirMapping, FindingRule } from '../../../contract/registry/fhir-labels.ts';
import type { FindingCode } from '../../core/labels/findings.ts';
import { labelByFindings, spanAround } from '../../core/labels/finding-rules.ts';
import type { ReportDraft } from '../../core/labels/import-rows.ts';
import { recordKey } from '../../core/labels/record-numbers.ts';
import type { HospitalRecords } from '../../ports/hospital-records.ts';

export interface SessionToAskFor {
  readonly id: SessionId;
  readonly recordNumber: string | null;
  readonly createdAt: string;
}

/** A row of a table of labels: see `labelCsvColumns`. */
export interface RecordRow {
  /** Which of the sessions, from 1. */
  readonly place: number;
  readonly cells: Readonly<
    Record<'hospital' | 'record_number' | 'session' | 'value' | 'source' | 'comment', string>
  >;
}

/**
 * What a hospital's own system says of each session, as rows to import; each patient is asked for once. The draft gets
 * the sessions of which nothing can be said, with the reason.
 */
export async function* rowsOfRecords({
  sessions,
  records,
  mapping,
  draft,
}: {
  readonly sessions: readonly SessionToAskFor[];
  readonly records: HospitalRecords;
  readonly mapping: Pick<FhirMapping, 'hospitalId' | 'rules' | 'window'>;
  readonly draft: ReportDraft;
}): AsyncGenerator<RecordRow, void> {
  const placed = sessions.map((session, index) => ({ ...session, place: index + 1 }));
  // Servers search whole codes only.
  const hasSubcodes = mapping.rules.some((rule) => rule.kind === 'condition' && rule.withSubcodes);
  const byPatient = Map.groupBy(placed, ({ recordNumber }) => recordKey(recordNumber));
  for (const [key, ofPatient] of byPatient) {
    const recordNumber = ofPatient[0]?.recordNumber?.trim() ?? '';
    const spans = ofPatient.map(({ createdAt }) => spanAround(mapping, Date.parse(createdAt)));
    const found =
      key === null
        ? ({ state: 'not-on-server' } as const)
        : await records.findingsOf(recordNumber, {
            conditions: hasSubcodes ? 'all' : codesOf(mapping.rules, 'condition'),
            observations: codesOf(mapping.rules, 'observation'),
            fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
            toMs: Math.max(...spans.map(({ toMs }) => toMs)),
          });
    for (const { id, place, createdAt } of ofPatient) {
      if (found.state === 'ambiguous') {
        draft.add('ambiguous', { row: place, sessionIds: [id] });
        continue;
      }
      const label =
        found.state === 'found' ? labelByFindings(mapping, found.findings, Date.parse(createdAt)) : undefined;
      if (label === undefined) {
        const why = found.state === 'found' ? 'no-evidence' : 'not-on-server';
        draft.add('unmatched', { row: place, sessionId: id, why });
        continue;
      }
      yield {
        place,
        cells: {
          hospital: mapping.hospitalId,
          record_number: recordNumber,
          session: id,
          value: label.value,
          source: 'hospital-record',
          comment: label.evidence,
        },
      };
    }
  }
}

function codesOf(rules: readonly FindingRule[], kind: FindingRule['kind']): readonly FindingCode[] {
  return rules.filter((rule) => rule.kind === kind).flatMap(({ codes }) => codes);
}
