/**
 * Registry processes and prediction workers that are killed in the middle of their work, again and again, while others
 * go on: whatever was acknowledged is there at the end, once. SPIRA_FLEET_SECONDS sets how long there is load,
 * SPIRA_SEED which processes die and what is sent where.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { natsMissing, postgresMissing, skipFor } from '../adapters/fixtures/services.ts';
import { makePrivateKey, namedKey } from '../adapters/keys/keys.ts';
import { signWith } from '../adapters/keys/signing.ts';
import { packFolder } from '../adapters/model-packages/fixtures/pack-folder.ts';
import { systemHashing } from '../adapters/system/system.ts';
import { memoryRandomness } from '../ports/surroundings.memory.ts';
import { registryMember, startFleet, workerMember, type Fleet } from './fixtures/fleet.ts';
import { makeAccount, makeFirstAccount, must, type Person } from './fixtures/people.ts';
import { startSharedServices } from './fixtures/services.ts';
import { enrolWard, wardSession, type Ward, type WardSession } from './fixtures/ward.ts';
import { vowelModel } from './http/fixtures/serving-registry.ts';

const seconds = Number(process.env['SPIRA_FLEET_SECONDS'] ?? 20);
const seed = Number(process.env['SPIRA_SEED'] ?? 20_261);
const { sha256 } = systemHashing();
/** Starting again, redelivery and checking anew take their time after the last kill. */
const timeout = seconds * 1000 + 300_000;

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function fractions(ofSeed: number): () => number {
  const { bytes } = memoryRandomness(ofSeed);
  return () => {
    const [high = 0, middle = 0, low = 0] = bytes(3);
    return (high * 65_536 + middle * 256 + low) / 2 ** 24;
  };
}

function untilLoadEnds(): AbortSignal {
  return AbortSignal.timeout(seconds * 1000);
}

const hasServices = !skipFor(await postgresMissing()) && !skipFor(await natsMissing());

describe.skipIf(!hasServices)('three processes over PostgreSQL, S3 and NATS', { timeout }, () => {
  it('are one registry of which nothing acknowledged is lost, whichever of them is killed', async () => {
    const random = fractions(seed);
    const services = await startSharedServices();
    endings.push(() => services.stop());
    const fleet = startFleet(
      ['one', 'two', 'three'].map((name) => registryMember(services.environment(name))),
      random,
    );
    endings.push(() => fleet.stop());
    await fleet.ready();
    const it = await makeFirstAccount(fleet);
    const hospitalId = await newHospital(it);
    const researcher = await makeAccount(fleet, it, {
      username: 'researcher',
      role: 'researcher',
      hospitals: [hospitalId],
    });
    const wards: Ward[] = [];
    for (const name of ['Ward 1', 'Ward 2', 'Ward 3', 'Ward 4']) {
      const invited = await must(it.call('POST', `/api/hospitals/${hospitalId}/enrolment-codes`, {}));
      const { code } = (await invited.json()) as { readonly code: string };
      wards.push(await enrolWard(fleet, { hospitalId, code, name }));
    }

    const end = untilLoadEnds();
    let numbers = 0;
    const sent: { readonly ward: Ward; readonly session: WardSession; readonly sequence: number }[] = [];
    const work = async (ward: Ward): Promise<void> => {
      while (!end.aborted) {
        const session = wardSession((numbers += 1));
        await sendSession(ward, session, random);
        const { receipt } = await ward.receipt(session);
        sent.push({ ward, session, sequence: receipt.sequence });
      }
    };
    // Several sessions at once of each: one may wait for what a process held that died.
    const lanes = [...wards, ...wards, ...wards];
    const [kills] = await Promise.all([fleet.killAtRandom(2000, end), ...lanes.map(work)]);
    expect(kills).toBeGreaterThan(seconds / 10);
    expect(sent.length).toBeGreaterThanOrEqual(lanes.length);

    await fleet.ready();
    // The same request has the same receipt, from whichever process.
    for (const { ward, session, sequence } of sent)
      expect((await ward.receipt(session)).receipt.sequence).toBe(sequence);
    expect(new Set(sent.map(({ sequence }) => sequence)).size).toBe(sent.length);
    for (const url of fleet.urls()) {
      const listed = await listSessions(researcher, url);
      expect(listed.map(({ id }) => id).toSorted()).toEqual(sent.map(({ session }) => session.id).toSorted());
      expect(listed.filter(({ state }) => state !== 'received')).toEqual([]);
      expect(await researcher.read(url, '/api/reviews')).toEqual({ reviews: [] });
    }
    for (const { session } of sent) await expectWhole(fleet, researcher, session, random);
  });
});

/** Whole or piece by piece, in one call or twice at once, in an order that the registry has to put up with. */
async function sendSession(
  ward: Ward,
  { id, items, recordings }: WardSession,
  random: () => number,
): Promise<void> {
  const isTwice = (): boolean => random() < 0.3;
  const often = async (act: () => Promise<void>): Promise<void> => {
    await Promise.all(isTwice() ? [act(), act()] : [act()]);
  };
  const cut = 1 + Math.floor(random() * (items.length - 1));
  await often(() => ward.sendItems(items.slice(0, cut)));
  await often(() => ward.sendItems(items.slice(cut)));
  await Promise.all(
    recordings.map((recording) =>
      often(() => ward.upload(id, recording, () => 200 + Math.floor(random() * recording.wav.length))),
    ),
  );
}

interface ListedSession {
  readonly id: string;
  readonly state: string;
}

async function listSessions(person: Person, url: string): Promise<readonly ListedSession[]> {
  const sessions: ListedSession[] = [];
  let after = '';
  for (;;) {
    const page = await person.read<{
      readonly sessions: readonly ListedSession[];
      readonly next: string | null;
    }>(url, `/api/sessions?limit=500${after}`);
    sessions.push(...page.sessions);
    if (page.next === null) return sessions;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

async function expectWhole(
  fleet: Fleet,
  person: Person,
  { id, items, recordings }: WardSession,
  random: () => number,
): Promise<void> {
  const url = fleet.urls()[Math.floor(random() * fleet.urls().length)] ?? '';
  const kept = await person.read<{
    readonly content: unknown;
    readonly takes: readonly { readonly id: string }[];
    readonly results: readonly unknown[];
    readonly notes: readonly unknown[];
  }>(url, `/api/sessions/${id}`);
  const contents = (kind: string): readonly unknown[] =>
    items.flatMap((item) => (item.kind === kind ? [item.content] : []));
  const byId = (list: readonly unknown[]): readonly unknown[] =>
    list.toSorted((left, right) => ((left as { id: string }).id < (right as { id: string }).id ? -1 : 1));
  expect([kept.content]).toEqual(contents('session'));
  for (const [kind, list] of [
    ['take', kept.takes],
    ['result', kept.results],
    ['note', kept.notes],
  ] as const)
    expect(byId(list)).toMatchObject(byId(contents(kind)) as object[]);
  for (const { takeId, sha256: expected } of recordings) {
    const audio = await must(
      fetch(`${url}/api/sessions/${id}/takes/${takeId}/audio`, { headers: person.headers }),
    );
    expect(sha256(new Uint8Array(await audio.arrayBuffer()))).toBe(expected);
  }
}

async function newHospital(it: Person): Promise<string> {
  const made = await must(it.call('POST', '/api/hospitals', { name: 'North' }));
  return ((await made.json()) as { readonly id: string }).id;
}

// ---------------------------------------------------------------- the rule from the field

const trembling = readFileSync(join(vowelModel, 'golden/trembling.wav'));
const signer = makePrivateKey();

interface Predicting {
  readonly fleet: Fleet;
  readonly clinician: Person;
  readonly channelId: string;
}

describe('every inference request that was acknowledged ends, completed or in error,', { timeout }, () => {
  it.skipIf(!hasServices)(
    'whichever registry or worker is killed, over PostgreSQL, S3 and NATS',
    async () => {
      const services = await startSharedServices();
      endings.push(() => services.stop());
      const modelKey = writeModelKey(services.folder);
      const random = fractions(seed + 1);
      const fleet = startFleet(
        [
          ...['one', 'two'].map((name) =>
            registryMember({
              ...services.environment(name),
              ...modelKey,
              SPIRA_REGISTRY_PREDICTION_ENGINES: name === 'one' ? '1' : '0',
            }),
          ),
          ...['three', 'four'].map((name) => workerMember({ ...services.environment(name), ...modelKey })),
        ],
        random,
      );
      endings.push(() => fleet.stop());
      await expectEnds(await predicting(fleet));
    },
  );

  it('however often the only process is killed, with nothing but its folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spira-fleet-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const random = fractions(seed + 2);
    const fleet = startFleet(
      [registryMember({ SPIRA_REGISTRY_DATA_FOLDER: join(folder, 'data'), ...writeModelKey(folder) })],
      random,
    );
    endings.push(() => fleet.stop());
    await expectEnds(await predicting(fleet));
  });
});

function writeModelKey(folder: string): { readonly SPIRA_REGISTRY_MODEL_KEY_FILES: string } {
  const file = join(folder, 'signer.pub');
  writeFileSync(file, namedKey(signer).publicKey);
  return { SPIRA_REGISTRY_MODEL_KEY_FILES: file };
}

async function predicting(fleet: Fleet): Promise<Predicting> {
  await fleet.ready();
  const it = await makeFirstAccount(fleet);
  const clinician = await makeAccount(fleet, it, {
    username: 'clinician',
    role: 'clinician',
    hospitals: [await newHospital(it)],
  });
  const manifest = readFileSync(join(vowelModel, 'manifest.json'));
  const query = new URLSearchParams({ keyId: namedKey(signer).keyId, signature: signWith(signer, manifest) });
  const model = await packFolder(vowelModel);
  await must(
    fleet.call((url, signal) =>
      fetch(`${url}/api/models?${query.toString()}`, {
        method: 'POST',
        headers: { ...it.headers, 'content-type': 'application/x-tar' },
        body: new Uint8Array(model),
        signal,
      }),
    ),
  );
  await must(
    it.call('PUT', '/api/models/sustained-vowel-demonstration/aliases/production', {
      version: '1.0.0',
      why: 'for a test',
    }),
  );
  const listed = await must(clinician.call('GET', '/v1/models/'));
  const { models } = (await listed.json()) as { readonly models: readonly { readonly id: string }[] };
  return { fleet, clinician, channelId: models[0]?.id ?? '' };
}

interface ToldResult {
  readonly inference: { readonly id: string; readonly status: string };
  readonly result: {
    readonly inference_id: string;
    readonly output: readonly number[];
    readonly diagnosis: string;
    readonly error?: { readonly code: string; readonly reason: string } | null;
  };
}

const clientsAtOnce = 3;

async function expectEnds({ fleet, clinician, channelId }: Predicting): Promise<void> {
  const path = `/v1/users/${clinician.accountId}/inferences`;
  const end = untilLoadEnds();
  const acknowledged = new Set<string>();
  const client = async (): Promise<void> => {
    while (!end.aborted) {
      const answer = await must(
        fleet.call((url, signal) =>
          fetch(`${url}${path}`, {
            method: 'POST',
            headers: clinician.headers,
            body: requestForm(channelId),
            signal,
          }),
        ),
      );
      const { inference_id: id } = (await answer.json().catch(() => ({}))) as {
        readonly inference_id?: string;
      };
      // An answer of which the end did not come acknowledges nothing.
      if (id !== undefined) acknowledged.add(id);
    }
  };
  const [kills] = await Promise.all([
    fleet.killAtRandom(1000, end),
    ...Array.from({ length: clientsAtOnce }, client),
  ]);
  expect(kills).toBeGreaterThan(seconds / 10);
  expect(acknowledged.size).toBeGreaterThan(kills);

  await fleet.ready();
  const list = async (): Promise<readonly { readonly id: string; readonly status: string }[]> => {
    const answer = await must(clinician.call('GET', path));
    return ((await answer.json()) as { inferences: { id: string; status: string }[] }).inferences;
  };
  await expect
    .poll(async () => (await list()).filter(({ status }) => status === 'processing').map(({ id }) => id), {
      timeout: 240_000,
      interval: 500,
    })
    .toEqual([]);

  const inferences = await list();
  const ids = inferences.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([]);
  for (const { id, status } of inferences) {
    const answer = await must(clinician.call('GET', `${path}/${id}/result`));
    const { inference, result } = (await answer.json()) as ToldResult;
    expect([inference.id, inference.status, result.inference_id]).toEqual([id, status, id]);
    if (status === 'completed') expect(result).toMatchObject({ diagnosis: 'positive', error: null });
    else expect(result.error?.code).toMatch(/^[a-z-]+$/u);
  }
  expect(inferences.some(({ status }) => status === 'completed')).toBe(true);
}

function requestForm(channelId: string): FormData {
  const form = new FormData();
  form.set('model_id', channelId);
  form.set('rgh', '1');
  for (const name of ['aceite', 'sustentada', 'parlenda'])
    form.set(name, new Blob([new Uint8Array(trembling)]), `${name}.wav`);
  return form;
}
