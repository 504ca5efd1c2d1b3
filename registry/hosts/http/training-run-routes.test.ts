import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256, utf8 } from '../../../contract/sha256.ts';
import { completeRun } from '../../app/training-runs/fixtures/runs.ts';
import { openTwinRegistry, type TwinPerson, type TwinRegistry } from './twin-registry.ts';

let registry: TwinRegistry;
let researcher: TwinPerson;
const run = '/api/v1/training/runs/one';
const artefact = `${run}/artefacts/${sha256('report of one')}`;

beforeEach(async () => {
  registry = await openTwinRegistry();
  researcher = await registry.person({
    roles: ['researcher'],
    hospitals: [await registry.hospital('North')],
  });
  const kept = await researcher.inject({ method: 'PUT', url: run, payload: completeRun('one') });
  expect(kept.statusCode).toBe(200);
});
afterEach(() => registry.close());

const bring = (payload: Uint8Array, url = artefact, type = 'application/octet-stream') =>
  researcher.inject({ method: 'PUT', url, payload: Buffer.from(payload), headers: { 'content-type': type } });

it('takes an artefact as bytes and gives it as a file that no browser runs', async () => {
  expect((await bring(utf8('report of one'))).json()).toEqual({
    sha256: sha256('report of one'),
    sizeBytes: 13,
  });
  const answer = await researcher.inject({ url: artefact });
  expect([answer.statusCode, answer.body]).toEqual([200, 'report of one']);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html',
    'content-length': '13',
    'content-disposition': `attachment; filename="${sha256('report of one')}"`,
  });
});

it.each<[string, Uint8Array, string, string, number]>([
  ['other bytes', utf8('report of two'), artefact, 'application/octet-stream', 422],
  ['another type', utf8('{}'), artefact, 'application/json', 415],
  ['a hash that is none', utf8('x'), `${run}/artefacts/x`, 'application/octet-stream', 400],
  ['a run that is not there', utf8('x'), artefact.replace('one', 'two'), 'application/octet-stream', 404],
])('refuses %s', async (_name, bytes, url, type, status) => {
  expect((await bring(bytes, url, type)).statusCode).toBe(status);
});

it('lists runs and lineage by the contract’s own routes', async () => {
  const list = await researcher.inject({ url: '/api/v1/training/runs' });
  expect(list.json()).toMatchObject({ runs: [{ id: 'one', status: 'complete' }], next: null });
  const lineage = await researcher.inject({ url: '/api/v1/training/lineage?runId=one' });
  expect(lineage.json()).toMatchObject({ models: [], runs: [{ id: 'one' }] });
  const sessions = await researcher.inject({ url: '/api/v1/training/sessions?purpose=research' });
  expect(sessions.json()).toEqual({ sessions: [], next: 'withdrawn:' });
});
