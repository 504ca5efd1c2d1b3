import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { syncPaths } from '../../../contract/registry/sync.ts';
import { markReceived, moment, sessionOf, storeAudio, wavOf } from '../../app/sync/fixtures/registry.ts';
import { openTwinRegistry, type TwinPerson, type TwinRegistry } from './twin-registry.ts';

let registry: TwinRegistry;
let hospital: HospitalId;
let researcher: TwinPerson;
let stranger: TwinPerson;
const { id, takeIds } = sessionOf(1);
const audioUrl = `/api/sessions/${id}/takes/${String(takeIds[2])}/audio`;

beforeEach(async () => {
  registry = await openTwinRegistry();
  hospital = await registry.hospital('North');
  researcher = await registry.person({ roles: ['researcher'], hospitals: [hospital] });
  stranger = await registry.person({
    roles: ['researcher', 'clinician'],
    hospitals: [await registry.hospital('South')],
  });
  const workstation = await registry.workstation(hospital);
  const items = [...sessionOf(1).items, ...sessionOf(2, { purposes: ['care'] }).items];
  const payload = { clock: moment(0), appVersion: '1.0.0', items };
  await workstation.inject({ method: 'POST', url: syncPaths.items, payload });
  await storeAudio(registry, 1);
  await markReceived(registry, id);
  await markReceived(registry, sessionOf(2).id);
});
afterEach(() => registry.close());

it('gives a recording as WAV, named by its take and nothing else', async () => {
  const answer = await researcher.inject({ url: audioUrl });
  expect(answer.statusCode).toBe(200);
  expect(Uint8Array.from(answer.rawPayload)).toEqual(wavOf(6));
  expect(answer.headers).toMatchObject({
    'content-type': 'audio/wav',
    'content-length': String(wavOf(6).length),
    'content-disposition': `attachment; filename="${String(takeIds[2])}.wav"`,
    'cache-control': 'no-store',
  });
});

it('ends the answer without its end where the stored audio turns out damaged', async () => {
  const { world } = registry;
  const take = await world.store.read((reader) => reader.get('takes', takeIds[2]!));
  await world.blobs.put(take!.blobKey!, damaged());
  const answer = await researcher.inject({ url: audioUrl }).catch(() => undefined);
  expect(answer?.statusCode === 200 && answer.rawPayload.length === wavOf(6).length).toBe(false);
});

async function* damaged(): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(wavOf(6).subarray(0, 500));
}

it('exports a JSON text per line', async () => {
  const answer = await researcher.inject({ url: '/api/export/sessions?purpose=research' });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('application/jsonl; charset=utf-8');
  const lines = answer.body.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { session: { id: string } }).session.id)).toEqual([id]);
  const retraining = await researcher.inject({ url: '/api/export/sessions?purpose=retraining' });
  expect([retraining.statusCode, retraining.body]).toEqual([200, '']);
});

it.each(['purpose=care', 'includeConsent=yes', 'x=1', 'purpose=research&purpose=research'])(
  'refuses an export that asks for %s',
  async (query) => {
    const answer = await researcher.inject({ url: `/api/export/sessions?${query}` });
    expect(answer.statusCode).toBe(400);
  },
);

it('shows a foreign hospital’s session exactly as one that is not there', async () => {
  const missing = sessionOf(9).id;
  const calls = (sessionId: string) =>
    [
      { url: `/api/sessions/${sessionId}` },
      { url: `/api/sessions/${sessionId}/takes/${String(takeIds[2])}/audio` },
      { method: 'POST', url: `/api/sessions/${sessionId}/withdrawal`, payload: { kind: 'deletion' } },
    ] as const;
  for (const [index, call] of calls(id).entries()) {
    const [foreign, unknown] = [await stranger.inject(call), await stranger.inject(calls(missing)[index]!)];
    const essence = (answer: typeof foreign) => {
      const { detail, code } = answer.json<{ detail: string; code: string }>();
      return [answer.statusCode, detail, code];
    };
    expect(essence(foreign)).toEqual(essence(unknown));
    expect(foreign.statusCode).toBe(404);
  }
  const exported = await stranger.inject({ url: '/api/export/sessions' });
  expect([exported.statusCode, exported.body]).toEqual([200, '']);
});

it('lists, reads and withdraws by the contract’s own routes', async () => {
  const list = await researcher.inject({ url: '/api/sessions?limit=1' });
  expect(list.json()).toMatchObject({
    sessions: [{ id: sessionOf(2).id }],
    next: expect.stringMatching(/^\d+$/u),
  });
  const one = await researcher.inject({ url: `/api/sessions/${id}` });
  expect(one.json()).toMatchObject({ id, content: sessionOf(1).items[0]!.content });
  const withdrawal = {
    method: 'POST',
    url: `/api/sessions/${id}/withdrawal`,
    payload: { kind: 'withdrawal' },
  } as const;
  expect((await researcher.inject(withdrawal)).statusCode).toBe(200);
  expect((await researcher.inject({ url: audioUrl })).statusCode).toBe(410);
  expect((await researcher.inject({ url: '/api/export/sessions' })).body).toBe('');
  expect(registry.world.blobs.keys()).toEqual([]);
});
