import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../core/labels/findings.ts';
import { describeHospitalRecords, failure, saturation } from '../../ports/hospital-records.contract.ts';
import { HospitalRecordsFailure, type HospitalRecords } from '../../ports/hospital-records.ts';
import { memoryClock } from '../../ports/surroundings.memory.ts';
import { systemClock } from '../system/system.ts';
import { fhirRecords } from './fhir-records.ts';
import { openFhirServer, type FhirResource, type FhirServer } from './fixtures/fhir-server.ts';

const identifierSystem = 'urn:oid:2.16.76.1.9999.1';
const recordNumber = '14259401E';
const icd = 'http://hl7.org/fhir/sid/icd-10';
const loinc = 'http://loinc.org';
const atMs = Date.parse('2026-03-09T12:00:00.000Z');
const wanted = {
  conditions: [{ system: icd, code: 'J96.0' }],
  observations: [{ system: loinc, code: '59408-5' }],
  fromMs: atMs - 86_400_000,
  toMs: atMs + 86_400_000,
};
let made = 0;

function patient(id: string, number = recordNumber, more: object = {}): FhirResource {
  return {
    resourceType: 'Patient',
    id,
    identifier: [{ use: 'usual', system: identifierSystem, value: number }],
    name: [{ family: 'Silva' }],
    ...more,
  };
}

function observation(more: object = {}): FhirResource {
  made += 1;
  return {
    resourceType: 'Observation',
    id: `o${String(made)}`,
    status: 'final',
    code: { coding: [{ system: loinc, code: '59408-5', display: 'Oxygen saturation' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-03-09T12:00:00Z',
    valueQuantity: { value: 86, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
    ...more,
  };
}

function condition(more: object = {}): FhirResource {
  made += 1;
  return {
    resourceType: 'Condition',
    id: `c${String(made)}`,
    verificationStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
    },
    code: { coding: [{ system: icd, code: 'J96.0' }] },
    subject: { reference: 'Patient/p1' },
    onsetDateTime: '2026-03-09T11:00:00Z',
    abatementDateTime: '2026-03-09T13:00:00Z',
    ...more,
  };
}

function put(server: FhirServer, patientId: string, finding: Finding): void {
  const subject = { reference: `Patient/${patientId}` };
  const code = { coding: finding.codes };
  server.put(
    finding.kind === 'condition'
      ? condition({
          subject,
          code,
          onsetDateTime: new Date(finding.fromMs).toISOString(),
          abatementDateTime: finding.untilMs === null ? undefined : new Date(finding.untilMs).toISOString(),
        })
      : observation({
          subject,
          code,
          effectiveDateTime: new Date(finding.atMs).toISOString(),
          valueQuantity: { value: finding.value, code: finding.unit, system: 'http://unitsofmeasure.org' },
        }),
  );
}

const serverOf = (baseUrl: string) => ({ baseUrl, allowsPlainHttp: true, identifierSystem, timeoutS: 30 });
/** Nobody waits between tries. */
const hurried = {
  now: systemClock().now,
  after: (_: number, call: () => void) => systemClock().after(0, call),
};

describeHospitalRecords('a FHIR server', async () => {
  const server = await openFhirServer();
  let patients = 0;
  let isOpen = true;
  return {
    records: fhirRecords({ server: serverOf(server.baseUrl), token: null, clock: hurried }),
    admit(number, findings) {
      patients += 1;
      const id = `p${String(patients)}`;
      server.put(patient(id, number));
      for (const finding of findings) put(server, id, finding);
    },
    goAway() {
      isOpen = false;
      void server.close();
    },
    end: () => (isOpen ? server.close() : Promise.resolve()),
  };
});

describe('a FHIR server', () => {
  let server: FhirServer;
  let records: HospitalRecords;
  const open = async (options: Parameters<typeof openFhirServer>[0] = {}, token: string | null = null) => {
    await server.close();
    server = await openFhirServer(options);
    records = fhirRecords({ server: serverOf(server.baseUrl), token, clock: hurried });
  };
  beforeEach(async () => {
    server = await openFhirServer();
    records = fhirRecords({ server: serverOf(server.baseUrl), token: null, clock: hurried });
  });
  afterEach(() => server.close());
  const found = async (): Promise<readonly Finding[]> => {
    const answer = await records.findingsOf(recordNumber, wanted);
    return answer.state === 'found' ? answer.findings : [];
  };
  const failed = (): Promise<unknown> =>
    records.findingsOf(recordNumber, wanted).catch((cause: unknown) => cause);

  it('is asked in bodies: no address names a patient', async () => {
    server.put(patient('p1'));
    server.put(condition());
    server.put(observation());
    expect(await found()).toEqual([failure, saturation]);
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /fhir/Patient/_search',
      'POST /fhir/Condition/_search',
      'POST /fhir/Observation/_search',
    ]);
    const [bodies] = [server.requests.map(({ body }) => [...new URLSearchParams(body)])];
    expect(bodies[0]).toEqual([
      ['identifier', `${identifierSystem}|${recordNumber}`],
      ['_count', '2'],
    ]);
    expect(bodies[2]).toEqual([
      ['patient', 'p1'],
      ['code', `${loinc}|59408-5`],
      ['date', 'ge2026-03-08T12:00:00.000Z'],
      ['date', 'le2026-03-10T12:00:00.000Z'],
      ['_count', '200'],
    ]);
  });

  it('is asked for numbers with marks that mean something to it', async () => {
    const odd = 'A|1,\\2$';
    server.put(patient('p1', odd));
    server.put(observation());
    expect((await records.findingsOf(odd, wanted)).state).toBe('found');
  });

  it('is read page by page', async () => {
    await open({ pageSize: 2 });
    server.put(patient('p1'));
    for (let index = 0; index < 5; index += 1) {
      server.put(observation({ valueQuantity: { value: 80 + index, unit: '%' } }));
    }
    const values = (await found()).map((finding) => (finding.kind === 'observation' ? finding.value : null));
    expect(values).toEqual([80, 81, 82, 83, 84]);
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it.each([
    ['of another server', 'http://127.0.0.1:9/fhir?page=2'],
    ['that is no address', 'http://'],
  ])('is not followed to a page %s', async (_, url) => {
    server.put(patient('p1'));
    server.answerWith(({ url: asked }) =>
      asked.includes('Condition')
        ? JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link: [{ relation: 'next', url }] })
        : undefined,
    );
    expect(await failed()).toMatchObject({ kind: 'unreadable' });
  });

  it('gets the token, and without it says no more than that it refuses', async () => {
    await open({ token: 'a-token' }, 'a-token');
    server.put(patient('p1'));
    expect(await records.findingsOf(recordNumber, wanted)).toEqual({ state: 'found', findings: [] });
    records = fhirRecords({ server: serverOf(server.baseUrl), token: null, clock: hurried });
    const refused = await failed();
    expect(refused).toBeInstanceOf(HospitalRecordsFailure);
    expect(refused).toMatchObject({ kind: 'refused' });
    expect(String(refused)).not.toContain(recordNumber);
  });

  it('is asked again when it is busy, as late as it wishes, and given up in the end', async () => {
    const clock = memoryClock();
    const waits: number[] = [];
    const patient1 = patient('p1');
    server.put(patient1);
    records = fhirRecords({
      server: serverOf(server.baseUrl),
      token: null,
      clock: {
        now: () => clock.now(),
        after: (ms, call) => {
          waits.push(ms);
          return systemClock().after(0, call);
        },
      },
    });
    server.failNext([503, 429], 7);
    expect((await records.findingsOf(recordNumber, wanted)).state).toBe('found');
    expect(waits).toEqual([7000, 14_000]);
    server.failNext([500, 500, 500, 500], 3600);
    const gaveUp = await failed();
    expect(gaveUp).toMatchObject({ kind: 'unavailable' });
    expect(String(gaveUp)).not.toContain(recordNumber);
    expect(Math.max(...waits)).toBe(180_000);
  });

  it('that takes the call and does not answer is given up', async () => {
    const limited = { ...serverOf(server.baseUrl), timeoutS: 0.05 };
    records = fhirRecords({ server: limited, token: null, clock: hurried });
    server.stall();
    expect(await failed()).toMatchObject({ kind: 'unavailable' });
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    ['is no JSON', '<html>'],
    ['is no Bundle', '{"resourceType":"Patient"}'],
    ['is another Bundle', '{"resourceType":"Bundle","type":"history"}'],
  ])('whose answer %s is not believed', async (_, text) => {
    server.answerWith(() => text);
    expect(await failed()).toMatchObject({ kind: 'unreadable' });
  });

  it('that ignores what it is asked gives nobody another patient’s findings', async () => {
    await open({ ignores: ['identifier', 'patient'] });
    server.put(patient('other', '999'));
    server.put(observation({ subject: { reference: 'Patient/other' } }));
    expect((await records.findingsOf(recordNumber, wanted)).state).toBe('not-on-server');
    server.put(patient('p1'));
    expect(await found()).toEqual([]);
  });

  it('that has a patient twice, once out of use, has one', async () => {
    server.put(patient('p0', recordNumber, { active: false }));
    server.put(patient('p1'));
    expect((await records.findingsOf(recordNumber, wanted)).state).toBe('found');
  });

  it.each([
    ['entered in error', { status: 'entered-in-error' }],
    ['preliminary', { status: 'preliminary' }],
    ['of a day without its hour', { effectiveDateTime: '2026-03-09' }],
    ['without a value', { valueQuantity: undefined }],
    ['only known to be below something', { valueQuantity: { value: 60, comparator: '<', unit: '%' } }],
    ['in a unit of something else', { valueQuantity: { value: 60, unit: 'mg/dL' } }],
  ])('tells of no observation that is %s', async (_, more) => {
    server.put(patient('p1'));
    server.put(observation(more));
    expect(await found()).toEqual([]);
  });

  it.each([
    ['refuted', { verificationStatus: { coding: [{ code: 'refuted' }] } }],
    ['entered in error', { verificationStatus: { coding: [{ code: 'entered-in-error' }] } }],
    ['without a time', { onsetDateTime: undefined }],
  ])('tells of no condition that is %s', async (_, more) => {
    server.put(patient('p1'));
    server.put(condition(more));
    expect(await found()).toEqual([]);
  });

  it('tells of gases in kPa as in mmHg, of parts of a panel, and of conditions by the day', async () => {
    const [pressure, panel] = [
      { system: loinc, code: '2703-7' },
      { system: loinc, code: '24336-0' },
    ];
    server.put(patient('p1'));
    server.put(
      observation({
        code: { coding: [panel] },
        valueQuantity: undefined,
        component: [
          { code: { coding: [pressure] }, valueQuantity: { value: 8, unit: 'kPa', code: 'kPa' } },
          {
            code: { coding: [{ system: loinc, code: '2744-1' }] },
            valueQuantity: { value: 7.31, code: '[pH]' },
          },
        ],
      }),
    );
    server.put(condition({ onsetDateTime: '2026-03', abatementDateTime: '2026-03-09' }));
    const answer = await records.findingsOf(recordNumber, { ...wanted, observations: [panel] });
    expect(answer).toMatchObject({
      findings: [
        {
          kind: 'condition',
          fromMs: Date.parse('2026-03-01T00:00:00.000Z'),
          untilMs: Date.parse('2026-03-09T23:59:59.999Z'),
        },
        { codes: [pressure], unit: 'mm[Hg]', value: expect.closeTo(60.005, 3) as number },
        { unit: '[pH]', value: 7.31 },
      ],
    });
  });
});
