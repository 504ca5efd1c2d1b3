import { expect, it } from 'vitest';
import { sessionIdSchema } from '../../../contract/ids.ts';
import type { FhirMapping } from '../../../contract/registry/fhir-labels.ts';
import { hospitalIdSchema } from '../../../contract/registry/ids.ts';
import type { Finding } from '../../core/labels/findings.ts';
import { startReport, withSentRows } from '../../core/labels/import-rows.ts';
import { memoryHospitalRecords } from '../../ports/hospital-records.memory.ts';
import { HospitalRecordsFailure, type HospitalRecords } from '../../ports/hospital-records.ts';
import { idOf } from '../sync/fixtures/registry.ts';
import { rowsOfRecords, type RecordRow, type SessionToAskFor } from './record-rows.ts';

const system = 'http://loinc.org';
const hospitalId = hospitalIdSchema.parse(idOf(0xa1));
const mapping: Pick<FhirMapping, 'hospitalId' | 'rules' | 'window'> = {
  hospitalId,
  window: { beforeH: 1, afterH: 1 },
  rules: [
    { kind: 'observation', codes: [{ system, code: '2708-6' }], unit: '%', below: 90, value: 'positive' },
  ],
};
const day = (number: number): string => `2026-03-0${String(number)}T12:00:00.000Z`;
const session = (number: number, recordNumber: string | null, at = day(number)): SessionToAskFor => ({
  id: sessionIdSchema.parse(idOf(number)),
  recordNumber,
  createdAt: at,
});
const low = (at: string): Finding => ({
  kind: 'observation',
  codes: [{ system, code: '2708-6' }],
  value: 80,
  unit: '%',
  atMs: Date.parse(at),
});

async function all(sessions: readonly SessionToAskFor[], records: HospitalRecords) {
  const draft = startReport(false);
  const rows: RecordRow[] = [];
  for await (const row of rowsOfRecords({ sessions, records, mapping, draft })) rows.push(row);
  return { rows, draft };
}

it('asks for each patient once, and says of each recording what was found around it', async () => {
  const records = memoryHospitalRecords();
  records.admit('12-3', [low(day(1)), low(day(3))]);
  records.admit('7', []);
  records.admit('8', []);
  records.admit('8', []);
  const asked: unknown[] = [];
  const counting: HospitalRecords = {
    findingsOf(recordNumber, wanted) {
      asked.push([recordNumber, new Date(wanted.fromMs).toISOString(), new Date(wanted.toMs).toISOString()]);
      return records.findingsOf(recordNumber, wanted);
    },
  };
  const sessions = [
    session(1, ' 12-3'),
    session(2, '123'),
    session(3, '1 2 3'),
    session(4, null),
    session(5, '7'),
    session(6, '8'),
  ];
  const { rows, draft } = await all(sessions, counting);
  expect(asked).toEqual([
    ['12-3', '2026-03-01T11:00:00.000Z', '2026-03-03T13:00:00.000Z'],
    ['7', '2026-03-05T11:00:00.000Z', '2026-03-05T13:00:00.000Z'],
    ['8', '2026-03-06T11:00:00.000Z', '2026-03-06T13:00:00.000Z'],
  ]);
  expect(rows.map(({ place, cells }) => [place, cells.session, cells.value])).toEqual([
    [1, idOf(1), 'positive'],
    [3, idOf(3), 'positive'],
  ]);
  expect(rows[0]?.cells).toMatchObject({
    hospital: hospitalId,
    record_number: '12-3',
    source: 'hospital-record',
    comment: 'Observation 2708-6: 80 % at 2026-03-01T12:00:00.000Z',
  });
  expect(draft.report).toMatchObject({
    unmatched: [
      { row: 2, sessionId: idOf(2), why: 'no-evidence' },
      { row: 4, sessionId: idOf(4), why: 'not-on-server' },
      { row: 5, sessionId: idOf(5), why: 'no-evidence' },
    ],
    ambiguous: [{ row: 6, sessionIds: [idOf(6)] }],
  });
  // What the registry says of the second of two rows is said of the third session.
  const sent = startReport(false);
  sent.add('unmatched', { row: 2, sessionId: null, why: 'no-such-patient' });
  sent.report.matched = 1;
  const whole = withSentRows(
    draft,
    sent.report,
    rows.map(({ place }) => place),
  );
  expect(whole).toMatchObject({ matched: 1, unmatchedCount: 4 });
  expect(whole.unmatched.at(-1)).toEqual({ row: 3, sessionId: null, why: 'no-such-patient' });
});

it('gives nothing where the hospital’s records are away', async () => {
  const records = memoryHospitalRecords();
  records.goAway();
  await expect(all([session(1, '1')], records)).rejects.toBeInstanceOf(HospitalRecordsFailure);
});
