import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../contract/ids.ts';
import { fhirMappingSchema } from '../../contract/registry/fhir-labels.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import { labelImportReportSchema } from '../../contract/registry/labels.ts';
import { syncPaths } from '../../contract/registry/sync.ts';
import { openFhirServer, type FhirServer } from '../adapters/fhir/fixtures/fhir-server.ts';
import { saveAccount } from '../app/people/accounts.ts';
import { markReceived, moment, sessionOf } from '../app/sync/fixtures/registry.ts';
import { nowOf } from '../app/world.ts';
import { openTwinRegistry, type TwinRegistry } from './http/twin-registry.ts';

const program = fileURLToPath(new URL('labels.ts', import.meta.url));
const example = new URL('../deploy/fhir-labels.example.json', import.meta.url);
const identifierSystem = 'urn:oid:2.16.76.1.9999.1';
const loinc = 'http://loinc.org';
const numbers = ['14259401E', '222', '333', '444', '555'];
const [first, second, third, fourth, fifth] = numbers.map((_, index) => sessionOf(index + 1).id);

let registry: TwinRegistry;
let server: FhirServer;
let folder: string;
let url: string;
let hospital: HospitalId;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spira-labels-'));
  server = await openFhirServer({ token: 'fhir-token' });
  registry = await openTwinRegistry();
  const { world } = registry;
  hospital = await registry.hospital('Hospital das Clínicas');
  const workstation = await registry.workstation(hospital);
  await world.store.write(async (transaction) =>
    saveAccount(world, transaction, {
      id: world.randomness.id(world.clock.now()) as AccountId,
      username: 'ana',
      displayName: 'Ana',
      email: null,
      roles: ['researcher'],
      hospitals: [hospital],
      language: 'pt-BR',
      isDisabled: false,
      createdAt: nowOf(world),
      passwordHash: await world.passwords.hash('cavalo bateria grampo'),
    }),
  );
  const sessions = numbers.map((recordNumber, index) => sessionOf(index + 1, { recordNumber }));
  const payload = { clock: moment(0), appVersion: '1.0.0', items: sessions.flatMap(({ items }) => items) };
  await workstation.inject({ method: 'POST', url: syncPaths.items, payload });
  for (const { id } of sessions) await markReceived(registry, id);
  await registry.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${String((registry.app.server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  await registry.close();
  await server.close();
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], SPIRA_LABELS_PASSWORD: 'cavalo bateria grampo', ...environment };
    const child = execFile(process.execPath, [program, ...args], { env }, (cause, output, errors) => {
      resolve({ code: cause === null ? 0 : Number(cause.code), output, errors });
    });
    child.stdin?.end();
  });
}

const asAna = (): readonly string[] => ['--registry', url, '--user', 'ana'];
const reportOf = ({ output }: Ended) => labelImportReportSchema.parse(JSON.parse(output));
const standing = async (sessionId = '') => {
  const labels = await registry.world.store.read((reader) => reader.find('labels', { where: { sessionId } }));
  return labels.map(({ value, source, via, why }) => [value, source, via, why]);
};

describe('labels from a table', () => {
  it('are tried first, then written, and the report names rows and sessions', async () => {
    const file = join(folder, 'labels.csv');
    await writeFile(
      file,
      'hospital,record_number,value,comment\r\n' +
        'Hospital das Clínicas,14.259.401-E,positive,chart\r\nHospital das Clínicas,999,negative,\r\n',
    );
    const tried = await run(['import-csv', file, ...asAna()]);
    expect([tried.code, tried.errors]).toEqual([1, '']);
    expect(tried.output).toMatch(/^A dry run[^]*matched 1: 1 new[^]*row 2: no-such-patient\n$/u);
    expect(await standing(first)).toEqual([]);
    const done = await run(['import-csv', file, ...asAna(), '--apply', '--json']);
    expect(reportOf(done)).toMatchObject({ isApplied: true, added: 1, unmatchedCount: 1 });
    expect(await standing(first)).toEqual([['positive', 'hospital-record', 'csv', 'chart']]);
    const again = await run(['import-csv', file, ...asAna(), '--apply', '--json']);
    expect(reportOf(again)).toMatchObject({ added: 0, unchanged: 1 });
  });

  it.each([
    ['a wrong password', { SPIRA_LABELS_PASSWORD: 'wrong' }, [], 4],
    ['an unknown question', {}, ['--question', 'other'], 2],
    ['a registry over plain HTTP elsewhere', {}, ['--registry', 'http://registry.example'], 2],
  ])('are not imported with %s', async (_, environment, more, code) => {
    const file = join(folder, 'empty.csv');
    await writeFile(file, '');
    const ended = await run(['import-csv', file, ...asAna(), ...more], environment);
    expect([ended.code, ended.output]).toEqual([code, '']);
    expect(ended.errors).toMatch(/^spira labels: /u);
  });

  it('are not imported from a file that is not there', async () => {
    const ended = await run(['import-csv', join(folder, 'none.csv'), ...asAna()]);
    expect([ended.code, ended.output]).toEqual([4, '']);
  });
});

describe('labels from a FHIR server', () => {
  it('are those that the mapping makes of findings around each recording', async () => {
    const observed = (id: string, value: number, at = moment(0).at) =>
      server.put({
        resourceType: 'Observation',
        id: `${id}-${String(value)}`,
        status: 'final',
        subject: { reference: `Patient/${id}` },
        code: { coding: [{ system: loinc, code: '59408-5' }] },
        effectiveDateTime: at,
        valueQuantity: { value, system: 'http://unitsofmeasure.org', code: '%' },
      });
    for (const [index, value] of numbers.entries()) {
      if (value !== '555')
        server.put({
          resourceType: 'Patient',
          id: `p${String(index)}`,
          identifier: [{ system: identifierSystem, value }],
        });
    }
    server.put({
      resourceType: 'Patient',
      id: 'p9',
      identifier: [{ system: identifierSystem, value: '444' }],
    });
    observed('p0', 97);
    observed('p1', 85);
    observed('p2', 85, '2020-01-01T00:00:00Z');
    const mapping = fhirMappingSchema.parse({
      ...(JSON.parse(await readFile(example, 'utf8')) as object),
      hospitalId: hospital,
      server: { baseUrl: server.baseUrl, allowsPlainHttp: true, identifierSystem },
    });
    const file = join(folder, 'mapping.json');
    await writeFile(file, JSON.stringify(mapping));
    const token = { SPIRA_FHIR_TOKEN: 'fhir-token' };
    const done = await run(['import-fhir', file, ...asAna(), '--apply', '--json'], token);
    expect(done.errors).toBe('');
    const report = reportOf(done);
    // The registry lists the newest first.
    expect(report).toMatchObject({
      rows: 5,
      matched: 2,
      added: 1,
      corrected: 1,
      ambiguous: [{ row: 2, sessionIds: [fourth] }],
      unmatchedCount: 2,
    });
    expect(report.unmatched).toEqual([
      { row: 1, sessionId: fifth, why: 'not-on-server' },
      { row: 3, sessionId: third, why: 'no-evidence' },
    ]);
    expect(await standing(second)).toEqual([
      ['positive', 'hospital-record', 'fhir', `Observation 59408-5: 85 % at ${moment(0).at}`],
    ]);
    expect((await standing(first)).at(-1)?.slice(0, 3)).toEqual(['negative', 'hospital-record', 'fhir']);
    const again = reportOf(await run(['import-fhir', file, ...asAna(), '--apply', '--json'], token));
    expect(again).toMatchObject({ added: 0, corrected: 0, unchanged: 2 });
    for (const number of numbers) {
      expect(JSON.stringify([done, server.requests.map((request) => request.url)])).not.toContain(
        `"${number}"`,
      );
      expect(server.requests.map((request) => request.url).join(' ')).not.toContain(number);
    }
    expect(JSON.stringify(done)).not.toContain('14259401E');

    const refused = await run(['import-fhir', file, ...asAna()]);
    expect([refused.code, refused.errors]).toEqual([
      4,
      'spira labels: the hospital’s server refuses with status 401\n',
    ]);
  });

  it('are not imported by a mapping with a slip of the pen, which is named', async () => {
    const file = join(folder, 'wrong.json');
    const mapping = JSON.parse(await readFile(example, 'utf8')) as { rules: object[] };
    await writeFile(
      file,
      JSON.stringify({ ...mapping, rules: [{ ...mapping.rules[0], value: 'ill' }], colour: 1 }),
    );
    const ended = await run(['import-fhir', file, ...asAna()]);
    expect(ended.code).toBe(2);
    expect(ended.errors).toMatch(/colour/u);
  });

  it('have an example of a mapping that can be used', async () => {
    expect(fhirMappingSchema.safeParse(JSON.parse(await readFile(example, 'utf8'))).success).toBe(true);
  });
});
