import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../../contract/registry/routes.ts';
import type { OfferedSession, TrainingSession } from '../../../contract/registry/training-runs.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { trainingConfigurationSchema, type DataSource } from '../../../contract/training/configuration.ts';
import { done } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import type { Datasets } from '../../ports/datasets.ts';
import { connectRegistry } from './connection.ts';
import { registryDatasets } from './datasets.ts';

const idOf = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const wav = (number: number): Uint8Array => new TextEncoder().encode(`wav ${String(number)}`);
const labels = { negative: 'negative', positive: 'positive' };
const source: DataSource = trainingConfigurationSchema.parse({
  data: {
    kind: 'registry',
    recordings: ['sustentada'],
    label: { from: 'question', question: 'respiratory-insufficiency' },
  },
  model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
}).data;

function offered(number: number, change: Partial<OfferedSession> = {}): OfferedSession {
  return {
    state: 'offered',
    sessionId: idOf(number) as OfferedSession['sessionId'],
    hospitalId: idOf(1000) as OfferedSession['hospitalId'],
    participant: 'a'.repeat(31) + String(number % 2),
    isParticipantKnown: true,
    kind: 'PATIENT',
    groups: { sex: 'F' },
    labels: [
      {
        question: 'respiratory-insufficiency',
        source: 'clinician',
        value: 'positive',
        at: '2026-11-21T12:00:00.000Z',
      },
    ],
    recordings: ['sustentada', 'frase'].map((step, index) => ({
      takeId: idOf(number * 10 + index) as OfferedSession['recordings'][number]['takeId'],
      step,
      sha256: sha256(wav(number * 10 + index)),
      sizeBytes: wav(number * 10 + index).length,
      microphone: 'Headset',
    })),
    ...change,
  };
}

/** What a registry answers to these calls; the schemas of the contract say that a registry may answer so. */
class Registry {
  sessions: readonly TrainingSession[] = [];
  recordings = new Map<string, Uint8Array | number>();
  readonly asked: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    request.resume();
    if (url.pathname === '/oauth/token') {
      return json(200, {
        id: idOf(1),
        access_token: 't',
        token_type: 'bearer',
        expires_in: 300,
        refresh_token: 'r',
      });
    }
    this.asked.push(url.pathname);
    if (url.pathname === '/api/v1/training/sessions') {
      expect(url.searchParams.get('purpose')).toBe('retraining');
      const after = Number(url.searchParams.get('after') ?? 0);
      const page = this.sessions.slice(after, after + 2);
      const next = after + 2 < this.sessions.length ? String(after + 2) : null;
      return json(200, routes['training-sessions.list'].answer.parse({ sessions: page, next }));
    }
    const take = /takes\/([0-9a-f-]+)\/audio$/u.exec(url.pathname)?.[1] ?? '';
    const found = this.recordings.get(take) ?? 404;
    if (typeof found !== 'number') return void response.writeHead(200).end(found);
    return json(found, {
      detail: 'x',
      code: found === 410 ? 'gone' : found === 404 ? 'not-found' : 'internal',
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const beside: Datasets = {
  list: async () => done({ entries: [], noises: [], defects: [], namesSubjects: false }),
  listPaths: async ({ file }) => done([{ name: file, file: `/lists/${file}` }]),
  read: async (file) => done(new TextEncoder().encode(`beside ${file}`)),
  readText: async () => done(''),
};

let registry: Registry;
let datasets: Datasets;
let fresh: () => Datasets;
beforeEach(async () => {
  registry = new Registry();
  const connection = connectRegistry({ url: await registry.open(), username: 'ana', password: 'p' });
  if (!connection.ok) throw new Error(connection.refusal.what);
  const contents = memoryContents((bytes) => sha256(bytes));
  fresh = () => registryDatasets({ connection: connection.value, beside, contents });
  datasets = fresh();
});
afterEach(() => registry.close());

async function listed() {
  const listing = await datasets.list(source, labels);
  if (!listing.ok) throw new Error(listing.refusal.what);
  return listing.value;
}

describe('sessions of the registry as a data set', () => {
  it('are entries under pseudonyms, with label, source of the label and groups', async () => {
    registry.sessions = [offered(1)];
    expect(await listed()).toEqual({
      entries: [
        {
          name: `${idOf(1)}/sustentada/${idOf(10)}`,
          file: `registry:${idOf(1)}:${idOf(10)}:${sha256(wav(10))}`,
          session: idOf(1),
          sha256: sha256(wav(10)),
          subject: `${'a'.repeat(31)}1`,
          label: 'positive',
          labelSource: 'clinician',
          groups: { sex: 'F', microphone: 'Headset', recording: 'sustentada' },
        },
      ],
      noises: [],
      defects: [],
      namesSubjects: true,
      withdrawn: [],
    });
  });

  it('are told of to the last one, over all pages: taken, or left out for a reason', async () => {
    registry.sessions = [
      offered(1),
      { state: 'not-offered', sessionId: idOf(2) as never, reason: 'purpose-not-covered' },
      { state: 'not-offered', sessionId: idOf(3) as never, reason: 'withdrawn' },
      offered(4, { labels: [] }),
      offered(5, { recordings: [] }),
    ];
    const { entries, defects, withdrawn } = await listed();
    expect(withdrawn).toEqual([idOf(3)]);
    expect(entries.map(({ subject }) => subject)).toEqual([`${'a'.repeat(31)}1`]);
    expect(defects).toEqual([
      { kind: 'not-offered', name: idOf(2), reason: 'purpose-not-covered' },
      { kind: 'not-offered', name: idOf(3), reason: 'withdrawn' },
      { kind: 'unlabelled', name: idOf(4), reason: expect.any(String) },
      { kind: 'no-such-recording', name: idOf(5), reason: 'none of sustentada' },
    ]);
  });

  it('are asked for once: what is read is what was listed', async () => {
    registry.sessions = [offered(1)];
    const first = await listed();
    registry.sessions = [];
    expect(await listed()).toEqual(first);
    datasets = fresh();
    expect((await listed()).entries).toEqual([]);
  });

  it('take their noises from files', async () => {
    const withNoises = { ...source, noises: { file: 'noises.txt', set: null } } as DataSource;
    const listing = await datasets.list(withNoises, labels);
    expect(listing).toMatchObject({ value: { noises: [{ file: '/lists/noises.txt' }] } });
    expect(await datasets.read('/lists/noises.txt')).toEqual(
      done(new TextEncoder().encode('beside /lists/noises.txt')),
    );
  });
});

describe('a recording of the registry', () => {
  const file = `registry:${idOf(1)}:${idOf(10)}:${sha256(wav(10))}`;

  it('comes once, and is then here by its hash', async () => {
    registry.recordings.set(idOf(10), wav(10));
    for (const one of [datasets, fresh()]) {
      const bytes = await one.read(file);
      expect(bytes.ok && bytes.value && new TextDecoder().decode(bytes.value)).toBe('wav 10');
    }
    expect(registry.asked).toEqual([`/api/sessions/${idOf(1)}/takes/${idOf(10)}/audio`]);
  });

  it('is refused where its bytes are not those that were announced', async () => {
    registry.recordings.set(idOf(10), wav(11));
    expect(await datasets.read(file)).toMatchObject({
      refusal: { what: expect.stringContaining('announced') },
    });
  });

  it.each([404, 410])('is missing where the registry says %i, as after a withdrawal', async (status) => {
    registry.recordings.set(idOf(10), status);
    expect(await datasets.read(file)).toEqual(done(undefined));
  });

  it('stops the step where the registry fails, instead of being left out', async () => {
    registry.recordings.set(idOf(10), 500);
    expect(await datasets.read(file)).toMatchObject({ ok: false });
    registry.close();
    expect(await datasets.read(file)).toMatchObject({ ok: false });
  });
});

it('needs a registry that is named', async () => {
  const none = registryDatasets({
    connection: undefined,
    beside,
    contents: memoryContents((bytes) => sha256(bytes)),
  });
  expect(await none.list(source, labels)).toMatchObject({ ok: false });
});
