import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LightMyRequestResponse } from 'fastify';
import type { Json } from '../../../contract/canonical-json.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import {
  agreementSchema,
  labelImportReportSchema,
  labelQueueSchema,
  labelRoutes,
  sessionLabelsSchema,
  type Label,
} from '../../../contract/registry/labels.ts';
import { syncPaths } from '../../../contract/registry/sync.ts';
import { noteEarlierSessions } from '../../app/labels/note-session.ts';
import {
  idOf,
  itemOf,
  moment,
  sessionOf,
  storeAudio,
  withdrawalOf,
  type SentItem,
} from '../../app/sync/fixtures/registry.ts';
import { findAccount, saveAccount } from '../../app/people/accounts.ts';
import {
  openTwinRegistry,
  type TwinPerson,
  type TwinRegistry,
  type TwinWorkstation,
} from './twin-registry.ts';

const question = 'respiratory-insufficiency';
const recordNumber = '14259401E';
let registry: TwinRegistry;
let hospital: HospitalId;
let workstation: TwinWorkstation;
let ana: TwinPerson;
let rui: TwinPerson;
let clinician: TwinPerson;
let stranger: TwinPerson;
let made = 0;
const freshId = (): string => idOf(0xf0000 + (made += 1));

beforeEach(async () => {
  registry = await openTwinRegistry();
  hospital = await registry.hospital('Hospital das Clínicas');
  workstation = await registry.workstation(hospital);
  ana = await registry.person({ roles: ['researcher'], hospitals: [hospital] });
  rui = await registry.person({ roles: ['researcher'], hospitals: [hospital] });
  clinician = await registry.person({ roles: ['clinician'], hospitals: [hospital] });
  stranger = await registry.person({
    roles: ['researcher', 'clinician'],
    hospitals: [await registry.hospital('South')],
  });
});
afterEach(() => registry.close());

interface Wishes {
  readonly answer?: 'YES' | 'NO' | 'UNKNOWN';
  readonly recordNumber?: string;
  readonly kind?: 'PATIENT' | 'CONTROL' | 'TEST';
  readonly purposes?: readonly ('care' | 'research' | 'retraining')[];
  /** Minutes after the first session's beginning. */
  readonly createdAt?: { readonly at: string; readonly zone: string };
}

/** A session of the bedside with this answer in its form, sent, with its audio, up to the receipt. */
async function receive(number: number, { answer, createdAt, ...wishes }: Wishes = {}): Promise<string> {
  const { id, items } = sessionOf(number, { purposes: ['care', 'research', 'retraining'], ...wishes });
  const sent = items.map((item): SentItem => {
    if (item.kind !== 'session') return item;
    const content = item.content as { readonly [key: string]: Json };
    const answers = content['answers'] as { readonly [key: string]: Json };
    return itemOf(
      'session',
      {
        ...content,
        answers: answer === undefined ? answers : { ...answers, respiratoryInsufficiency: answer },
        ...(createdAt === undefined ? {} : { createdAt }),
      },
      item.counter,
    );
  });
  const taken = await send(sent);
  expect(taken.json<{ answers: { outcome: string }[] }>().answers.map(({ outcome }) => outcome)).toEqual(
    sent.map(() => 'stored'),
  );
  await storeAudio(registry, number);
  const receipt = await workstation.inject({
    method: 'POST',
    url: syncPaths.receipt(id),
    payload: { items: sent.map(({ kind, id: itemId, sha256 }) => ({ kind, id: itemId, sha256 })) },
  });
  expect(receipt.json<{ status: string }>().status).toBe('complete');
  return id;
}

function send(items: readonly SentItem[]): Promise<LightMyRequestResponse> {
  const payload = { clock: moment(0), appVersion: '1.0.0', items };
  return workstation.inject({ method: 'POST', url: syncPaths.items, payload });
}

function give(
  person: TwinPerson,
  sessionId: string,
  label: {
    readonly value: string | null;
    readonly source?: string;
    readonly why?: string;
    readonly id?: string;
  },
): Promise<LightMyRequestResponse> {
  return person.inject({
    method: 'POST',
    url: `/api/sessions/${sessionId}/labels`,
    payload: { id: freshId(), question, source: 'researcher', ...label },
  });
}

async function given(
  person: TwinPerson,
  sessionId: string,
  value: string,
  source = 'researcher',
): Promise<Label> {
  const answer = await give(person, sessionId, { value, source });
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  return answer.json<Label>();
}

async function labelsOf(person: TwinPerson, sessionId: string) {
  const answer = await person.inject({ url: `/api/sessions/${sessionId}/labels` });
  expect(answer.statusCode).toBe(200);
  return sessionLabelsSchema.parse(answer.json());
}

async function next(person: TwinPerson, wishes: object = {}) {
  const answer = await person.inject({
    method: 'POST',
    url: '/api/labels/next',
    payload: { question, ...wishes },
  });
  expect(answer.statusCode).toBe(200);
  return labelQueueSchema.parse(answer.json());
}

const said = ({ labels }: { readonly labels: readonly Label[] }) =>
  labels.map(({ value, source, isInForce }) => [value, source, isInForce]);

describe('a label', () => {
  it('comes from the form that says it, when its session comes', async () => {
    const id = await receive(1, { answer: 'YES' });
    const { labels, questions } = await labelsOf(ana, id);
    expect(labels).toMatchObject([
      {
        question,
        version: '1.0.0',
        value: 'positive',
        source: 'form',
        via: 'form',
        by: { name: 'ana' },
        at: moment(5).at,
        reading: null,
        isInForce: true,
      },
    ]);
    expect(questions).toMatchObject([{ question, consolidated: { value: 'positive', source: 'form' } }]);
    expect((await labelsOf(ana, await receive(2, { answer: 'UNKNOWN' }))).labels).toEqual([]);
  });

  it('comes from forms of sessions that were there before labels were kept, once', async () => {
    const id = await receive(1, { answer: 'NO' });
    await registry.world.store.write(async (transaction) => {
      await transaction.deleteWhere('labels', { sessionId: id });
      await transaction.deleteWhere('labelStages', { sessionId: id });
      await transaction.update('sessions', id, { recordKey: null });
    });
    await noteEarlierSessions(registry.world);
    await noteEarlierSessions(registry.world);
    expect(said(await labelsOf(ana, id))).toEqual([['negative', 'form', true]]);
    expect((await next(ana)).waiting).toMatchObject({ unlabelled: 0, unread: 1 });
    const session = await registry.world.store.read((reader) => reader.get('sessions', id));
    expect(session?.recordKey).toBe(recordNumber);
  });

  it('is kept with who, when and why; a correction supersedes it, and both stay', async () => {
    const id = await receive(1);
    const first = await given(ana, id, 'positive');
    expect(first).toMatchObject({
      by: { id: ana.accountId, name: 'A person' },
      reading: 1,
      supersedes: null,
    });
    expect((await give(ana, id, { value: 'negative' })).json()).toMatchObject({ facts: { field: 'why' } });
    const corrected = await give(ana, id, { value: 'negative', why: 'heard it again' });
    expect(corrected.json()).toMatchObject({ supersedes: first.id, why: 'heard it again', isInForce: true });
    await given(clinician, id, 'positive', 'clinician');
    const { labels, questions } = await labelsOf(rui, id);
    expect(said({ labels })).toEqual([
      ['positive', 'researcher', false],
      ['negative', 'researcher', true],
      ['positive', 'clinician', true],
    ]);
    expect(questions[0]?.consolidated).toMatchObject({ value: 'positive', isDisagreed: true });
    const back = await give(ana, id, { value: null, why: 'wrong session' });
    expect(back.json()).toMatchObject({ value: null, isInForce: false });
    expect(said(await labelsOf(rui, id)).filter(([, , isInForce]) => isInForce)).toEqual([
      ['positive', 'clinician', true],
    ]);
  });

  it('sent twice is one, and another under its id is refused', async () => {
    const id = await receive(1);
    const label = { id: freshId(), value: 'positive' };
    const answers = [await give(ana, id, label), await give(ana, id, label)];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(answers[0]?.json()).toEqual(answers[1]?.json());
    expect((await give(ana, id, { ...label, value: 'negative' })).statusCode).toBe(409);
    expect((await give(rui, id, label)).statusCode).toBe(409);
    expect((await labelsOf(ana, id)).labels).toHaveLength(1);
  });

  it('is given in a role that one has, of the values that there are', async () => {
    const id = await receive(1);
    expect((await give(clinician, id, { value: 'positive', source: 'researcher' })).statusCode).toBe(403);
    expect((await give(ana, id, { value: 'positive', source: 'form' })).statusCode).toBe(400);
    expect((await give(ana, id, { value: 'ill' })).json()).toMatchObject({ facts: { field: 'value' } });
    expect((await give(ana, id, { value: null, why: 'none' })).statusCode).toBe(400);
    expect((await give(stranger, id, { value: 'positive' })).statusCode).toBe(404);
    expect((await give(ana, sessionOf(9).id, { value: 'positive' })).statusCode).toBe(404);
  });

  it('goes with its session, and none comes after', async () => {
    const id = await receive(1, { answer: 'YES' });
    const secret = 'a private observation';
    await give(ana, id, { value: 'positive', why: secret });
    await next(rui);
    expect((await send([withdrawalOf(id)])).statusCode).toBe(200);
    const rows = await registry.world.store.read(async (reader) => [
      ...(await reader.find('labels', {})),
      ...(await reader.find('labelReadings', {})),
      ...(await reader.find('labelStages', {})),
      ...(await reader.find('labelViews', {})),
    ]);
    expect(rows).toEqual([]);
    expect((await give(ana, id, { value: 'positive' })).statusCode).toBe(410);
    expect((await ana.inject({ url: `/api/sessions/${id}/labels` })).statusCode).toBe(410);
    const tombstone = await registry.world.store.read((reader) => reader.get('tombstones', id));
    const audit = await registry.world.store.read((reader) => reader.find('audit', {}));
    expect(JSON.stringify([tombstone, audit])).not.toMatch(/private observation|positive/u);
  });
});

describe('the queue', () => {
  it('gives what nobody labelled first, then what no person has, then nothing', async () => {
    const said1 = await receive(1, { answer: 'YES' });
    const silent = await receive(2);
    await receive(3, { kind: 'TEST' });
    await receive(4, { purposes: ['care'] });
    const first = await next(ana);
    expect(first).toMatchObject({
      next: { sessionId: silent, reading: 1, isBlind: true },
      waiting: { unlabelled: 1, unread: 1, secondReadings: 0 },
    });
    // The consent, in which people say their names, is not among them.
    expect(first.next?.takes.map(({ stepKey, audio }) => [stepKey, audio])).toEqual([
      ['sustentada', `/api/sessions/${silent}/takes/${String(sessionOf(2).takeIds[2])}/audio`],
    ]);
    expect((await next(ana)).next?.sessionId).toBe(silent);
    await given(ana, silent, 'negative');
    expect((await next(ana)).next?.sessionId).toBe(said1);
    await given(ana, said1, 'positive');
    expect(await next(ana)).toEqual({ next: null, waiting: { unlabelled: 0, unread: 0, secondReadings: 0 } });
  });

  it('gives two readers two sessions, and what one leaves to the other', async () => {
    const [one, two] = [await receive(1), await receive(2)];
    expect((await next(ana)).next?.sessionId).toBe(one);
    expect((await next(rui)).next?.sessionId).toBe(two);
    expect((await next(ana, { skip: [one] })).next).toBeNull();
    expect((await next(rui, { skip: [two] })).next?.sessionId).toBe(one);
  });

  it('takes back what lies with a reader for more than half an hour', async () => {
    const id = await receive(1);
    expect((await next(ana)).next?.sessionId).toBe(id);
    expect((await next(rui)).next).toBeNull();
    registry.world.clock.advance(31 * 60_000);
    expect((await next(rui)).next?.sessionId).toBe(id);
  });

  it('shows nobody another hospital’s', async () => {
    await receive(1);
    expect(await next(stranger)).toEqual({
      next: null,
      waiting: { unlabelled: 0, unread: 0, secondReadings: 0 },
    });
    const asked = await stranger.inject({
      method: 'POST',
      url: '/api/labels/next',
      payload: { question, hospitalId: hospital },
    });
    expect(asked.statusCode).toBe(404);
  });
});

describe('a blind reading', () => {
  it('hides labels, results and form until the label is given, and is called blind then', async () => {
    const id = await receive(1, { answer: 'YES' });
    await given(rui, id, 'positive');
    const assigned = await ana.inject({
      method: 'POST',
      url: '/api/labels/second-readings',
      payload: { question, readerId: clinician.accountId, sessions: [id] },
    });
    expect(assigned.json()).toEqual({ assigned: [id], refused: [] });
    const turn = await next(clinician);
    expect(turn).toMatchObject({
      next: { sessionId: id, reading: 2, isBlind: true },
      waiting: { secondReadings: 1 },
    });
    expect(JSON.stringify(turn)).not.toMatch(/positive|YES|PATIENT/u);
    expect(await labelsOf(clinician, id)).toMatchObject({
      isBlinded: true,
      labels: [],
      questions: [{ consolidated: null }],
    });
    expect((await clinician.inject({ url: `/api/sessions/${id}` })).statusCode).toBe(409);
    const { labels } = { labels: [await given(clinician, id, 'negative', 'clinician')] };
    expect(labels).toMatchObject([{ reading: 2, isBlind: true }]);
    expect(await labelsOf(clinician, id)).toMatchObject({ isBlinded: false, labels: [{}, {}, {}] });
    expect((await clinician.inject({ url: `/api/sessions/${id}` })).statusCode).toBe(200);
    expect((await next(clinician)).next).toBeNull();
  });

  it('is not called blind by who had seen the session before', async () => {
    const [page, label] = [await receive(1), await receive(2)];
    expect((await ana.inject({ url: `/api/sessions/${page}` })).statusCode).toBe(200);
    expect((await next(ana)).next).toMatchObject({ sessionId: page, isBlind: true });
    expect(await given(ana, page, 'positive')).toMatchObject({ isBlind: false });
    expect((await next(ana)).next).toMatchObject({ sessionId: label });
    expect(await given(ana, label, 'positive')).toMatchObject({ isBlind: true, reading: 1 });
  });

  it('is not called blind where the queue was asked for an open one', async () => {
    const id = await receive(1);
    expect((await next(ana, { isBlind: false })).next).toMatchObject({ isBlind: false });
    expect((await ana.inject({ url: `/api/sessions/${id}` })).statusCode).toBe(200);
    expect(await given(ana, id, 'positive')).toMatchObject({ isBlind: false });
  });

  it('is given to somebody else who has not read or seen it, once', async () => {
    const [read, unread, seen] = [await receive(1), await receive(2), await receive(3)];
    await given(ana, read, 'positive');
    await given(ana, seen, 'positive');
    await labelsOf(rui, seen);
    const ask = (person: TwinPerson, readerId: string, sessions: unknown) =>
      person.inject({
        method: 'POST',
        url: '/api/labels/second-readings',
        payload: { question, readerId, sessions },
      });
    expect((await ask(ana, rui.accountId, [read, unread, seen, sessionOf(9).id])).json()).toEqual({
      assigned: [read],
      refused: [
        { sessionId: unread, why: 'not-read-yet' },
        { sessionId: seen, why: 'shown-already' },
        { sessionId: sessionOf(9).id, why: 'not-found' },
      ],
    });
    expect((await ask(ana, clinician.accountId, [read])).json()).toMatchObject({
      refused: [{ why: 'assigned-already' }],
    });
    expect((await ask(rui, ana.accountId, [read])).json()).toMatchObject({
      refused: [{ why: 'read-by-same' }],
    });
    expect((await ask(ana, stranger.accountId, [read])).statusCode).toBe(404);
    expect((await ask(clinician, rui.accountId, [read])).statusCode).toBe(403);
    await given(rui, read, 'positive');
    expect((await ask(ana, clinician.accountId, [read])).json()).toMatchObject({
      refused: [{ why: 'read-twice' }],
    });
    // By chance: of two that were read, one is read twice.
    expect((await ask(ana, clinician.accountId, 5)).json()).toEqual({ assigned: [seen], refused: [] });
    const list = await ana.inject({ url: `/api/labels/readings?question=${question}&state=open` });
    expect(list.json()).toMatchObject({
      readings: [{ sessionId: seen, reader: { id: clinician.accountId }, reading: 2, state: 'open' }],
    });
  });
});

it('agreement of blind readings is told with its kappa, its table and its interval', async () => {
  const values = ['positive', 'negative', 'positive', 'negative', 'positive', 'negative'];
  for (const [index, value] of values.entries()) {
    const id = await receive(index + 1, { answer: 'YES' });
    await given(ana, id, value);
    await ana.inject({
      method: 'POST',
      url: '/api/labels/second-readings',
      payload: { question, readerId: rui.accountId, sessions: [id] },
    });
    await given(rui, id, index === 0 ? 'negative' : value);
  }
  const read = async (query: string) =>
    agreementSchema.parse(
      (await ana.inject({ url: `/api/labels/agreement?question=${question}${query}` })).json(),
    );
  const agreement = await read('');
  expect(agreement.readings).toMatchObject({
    n: 6,
    values: ['positive', 'negative'],
    table: [
      [2, 1],
      [0, 3],
    ],
  });
  expect(agreement.readings.kappa).toBeCloseTo(2 / 3, 12);
  expect(agreement.readers).toMatchObject([{ n: 6, aName: 'A person', bName: 'A person' }]);
  expect(agreement.sources.map(({ a, b, n }) => [a, b, n])).toEqual([['form', 'researcher', 5]]);
  expect((await read(`&hospitalId=${hospital}`)).readings.n).toBe(6);
  const elsewhere = await stranger.inject({ url: `/api/labels/agreement?question=${question}` });
  expect(elsewhere.json()).toMatchObject({ readings: { n: 0, kappa: null }, readers: [], sources: [] });
});

it('one label per session is given to who trains, page by page, of sessions whose consent covers it', async () => {
  const disagreed = await receive(1, { answer: 'YES' });
  const silent = await receive(2);
  await receive(3, { answer: 'YES', purposes: ['care', 'research'] });
  await receive(4, { answer: 'YES', kind: 'TEST' });
  const agreed = await receive(5, { answer: 'NO' });
  await given(ana, disagreed, 'negative');
  const pages: unknown[] = [];
  for (let after = ''; ;) {
    const url = `/api/labels/consolidated?question=${question}&limit=2${after}`;
    const { labels, next: following } = labelRoutes['labels.consolidated'].answer.parse(
      (await rui.inject({ url })).json(),
    );
    pages.push(
      ...labels.map(({ sessionId, consolidated: { value, source, why } }) => [sessionId, value, source, why]),
    );
    if (following === null) break;
    after = `&after=${following}`;
  }
  expect(pages).toEqual([
    [disagreed, 'negative', 'researcher', 'decided'],
    [silent, null, null, 'unlabelled'],
    [agreed, 'negative', 'form', 'decided'],
  ]);
  const strict = await rui.inject({
    url: `/api/labels/consolidated?question=${question}&policy=agreement-only&purpose=research`,
  });
  expect(
    strict.json<{ labels: { consolidated: { why: string } }[] }>().labels.map((one) => one.consolidated.why),
  ).toEqual(['disagreement', 'unlabelled', 'decided', 'decided']);
});

describe('an import', () => {
  const load = (person: TwinPerson, rows: readonly string[], query = '&apply=true') =>
    person.inject({
      method: 'POST',
      url: `/api/labels/import?question=${question}${query}`,
      headers: { 'content-type': 'text/csv' },
      payload: ['hospital,record_number,value,date,source,comment', ...rows].join('\r\n'),
    });
  const report = async (rows: readonly string[], query?: string) => {
    const answer = await load(ana, rows, query);
    expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
    return labelImportReportSchema.parse(answer.json());
  };

  it('finds each patient by hospital and record number, and says of the rest why not', async () => {
    const one = await receive(1, { recordNumber: '14259401E', answer: 'NO' });
    const [first, second] = [
      await receive(2, { recordNumber: '222' }),
      await receive(3, {
        recordNumber: '222',
        createdAt: { at: '2026-04-02T02:30:00.000Z', zone: 'America/Sao_Paulo' },
      }),
    ];
    const contradicted = await receive(4, { recordNumber: '444' });
    const rows = [
      'Hospital das Clínicas,14.259.401-e,positive,,,PaO2 52',
      'Hospital das Clínicas,222,positive,,,',
      'Hospital das Clínicas,222,positive,2026-04-01,,',
      'Hospital das Clínicas,999,positive,,,',
      'Hospital das Clínicas,222,positive,2020-01-01,,',
      'Hospital das Clínicas,444,positive,,,',
      'Hospital das Clínicas,444,negative,,,',
      'Hospital das Clínicas,444,negative,,clinician,',
      'Nowhere,444,negative,,,',
      'Hospital das Clínicas,444,ill,,,',
    ];
    const expected = {
      rows: 10,
      matched: 5,
      added: 3,
      corrected: 0,
      unchanged: 0,
      unmatched: [
        { row: 4, sessionId: null, why: 'no-such-patient' },
        { row: 5, sessionId: null, why: 'no-session-on-date' },
      ],
      ambiguous: [{ row: 2, sessionIds: [first, second] }],
      conflicting: [{ sessionId: contradicted, rows: [6, 7] }],
      disagreeing: [{ row: 1, sessionId: one, sources: ['form'] }],
      faults: [
        { row: 9, why: 'unknown-hospital' },
        { row: 10, why: 'unknown-value' },
      ],
    };
    expect(await report(rows, '')).toMatchObject({ isApplied: false, ...expected });
    expect(said(await labelsOf(ana, one))).toEqual([['negative', 'form', true]]);
    expect(await report(rows)).toMatchObject({ isApplied: true, ...expected });
    expect((await labelsOf(ana, one)).labels[1]).toMatchObject({
      value: 'positive',
      source: 'hospital-record',
      via: 'csv',
      why: 'PaO2 52',
      reading: null,
      by: { id: ana.accountId },
    });
    expect(said(await labelsOf(ana, second))).toEqual([['positive', 'hospital-record', true]]);
    expect((await labelsOf(ana, first)).labels).toEqual([]);
    expect(said(await labelsOf(ana, contradicted))).toEqual([['negative', 'clinician', true]]);
  });

  it('done again changes nothing; another word of the same source is a correction', async () => {
    const id = await receive(1);
    const row = `${hospital},${recordNumber},positive,,,`;
    expect(await report([row, row])).toMatchObject({ matched: 2, added: 1, unchanged: 1 });
    expect(await report([row])).toMatchObject({ added: 0, unchanged: 1 });
    expect(await report([`${hospital},${recordNumber},negative,,,`])).toMatchObject({ corrected: 1 });
    expect(said(await labelsOf(ana, id))).toEqual([
      ['positive', 'hospital-record', false],
      ['negative', 'hospital-record', true],
    ]);
  });

  it('takes what a spreadsheet saves where numbers need the comma', async () => {
    const id = await receive(1);
    const answer = await ana.inject({
      method: 'POST',
      url: `/api/labels/import?question=${question}&apply=true`,
      headers: { 'content-type': 'text/csv' },
      payload: `\ufeffRecord number;Hospital;Value;Comment\r\n14.259.401-E;hospital das clinicas;SIM, com;"PaO2 7,1"\r\n14.259.401-E;hospital das clinicas;positive;"PaO2 7,1"\r\n`,
    });
    expect(answer.json()).toMatchObject({ rows: 2, added: 1, faults: [{ row: 1, why: 'unknown-value' }] });
    expect((await labelsOf(ana, id)).labels).toMatchObject([{ value: 'positive', why: 'PaO2 7,1' }]);
  });

  it('labels nothing of another hospital', async () => {
    await receive(1);
    const answer = await load(stranger, [`${hospital},${recordNumber},positive,,,`]);
    expect(answer.json()).toMatchObject({ matched: 0, faults: [{ row: 1, why: 'unknown-hospital' }] });
  });

  it('leaves record numbers out of everything but the table', async () => {
    await receive(1);
    const answers = [
      await load(ana, [`Hospital das Clínicas,${recordNumber},positive,,,`, `Nowhere,${recordNumber},x,,,`]),
      await load(ana, [`"Hospital das Clínicas,${recordNumber}`]),
      await ana.inject({
        method: 'POST',
        url: `/api/labels/import?question=${question}`,
        headers: { 'content-type': 'text/csv' },
        payload: `${recordNumber},x\r\n`,
      }),
    ];
    const audit = await registry.world.store.read((reader) => reader.find('audit', {}));
    const written = [registry.world.log.entries, audit, ...answers.map(({ body }) => body)];
    expect(JSON.stringify(written)).not.toContain(recordNumber);
  });

  it.each([
    ['', /empty/u],
    ['a,b\r\n', /hospital is missing/u],
    [`hospital,record_number,value\r\n"${'x'.repeat(70_000)}`, /cannot be read further/u],
  ])('of %j is refused in words', async (payload, words) => {
    const answer = await ana.inject({
      method: 'POST',
      url: `/api/labels/import?question=${question}`,
      headers: { 'content-type': 'text/csv' },
      payload,
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ detail: string }>().detail).toMatch(words);
  });
});

it('readers are the accounts of the hospital that may label', async () => {
  const it = await registry.person({ roles: ['it'], hospitals: 'all' });
  await registry.world.store.write(async (transaction) => {
    const account = await findAccount(transaction, rui.accountId);
    if (account !== undefined)
      await saveAccount(registry.world, transaction, { ...account, isDisabled: true });
  });
  const answer = await ana.inject({ url: '/api/labels/readers' });
  const { readers } = labelRoutes['label-readers.list'].answer.parse(answer.json());
  expect(readers.map(({ id, sources }) => [id, sources])).toEqual([
    [ana.accountId, ['researcher']],
    [clinician.accountId, ['clinician']],
  ]);
  expect((await it.inject({ url: '/api/labels/readers' })).statusCode).toBe(403);
});

it('the question is told in every language, with its values', async () => {
  const answer = await clinician.inject({ url: '/api/label-questions' });
  const { questions } = labelRoutes['label-questions.list'].answer.parse(answer.json());
  expect(questions.map(({ id, values }) => [id, values.map(({ value }) => value)])).toEqual([
    [question, ['positive', 'negative', 'unsure', 'unusable']],
  ]);
});
