/**
 * Every route as it is mounted, called with what no client of ours would send, over real sockets and a real database:
 * never a 500, never a call without an answer, never memory without bounds, and the server is well afterwards.
 * SPIRA_FUZZ_RUNS sets how many calls each route gets, SPIRA_SEED which.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { access, type Principal } from '../../../contract/registry/access.ts';
import { fieldsLength, modelManifestSchema } from '../../../contract/model-manifest.ts';
import { routes, type RouteDefinition } from '../../../contract/registry/routes.ts';
import {
  enrolSchema,
  receiptRequestSchema,
  sendItemsSchema,
  syncPaths,
} from '../../../contract/registry/sync.ts';
import { v1InferenceFieldsSchema, v1NewModelSchema, v1NewUserSchema } from '../../../contract/registry/v1.ts';
import { v2InferRequestSchema } from '../../../contract/registry/v2.ts';
import { postgresMissing, skipFor, startPostgres } from '../../adapters/fixtures/services.ts';
import { createAudioCheck } from '../../adapters/audio/audio-check.ts';
import { openDiskBlobs } from '../../adapters/disk/blobs.ts';
import { makePrivateKey, namedKey } from '../../adapters/keys/keys.ts';
import { ed25519Signing, signWith } from '../../adapters/keys/signing.ts';
import { packFolder } from '../../adapters/model-packages/fixtures/pack-folder.ts';
import { openPostgresStore } from '../../adapters/sql/postgres.ts';
import { openSqliteStore } from '../../adapters/sql/sqlite.ts';
import { systemHashing } from '../../adapters/system/system.ts';
import {
  auditChain,
  auditItem,
  itemOf,
  sessionOf,
  wavOf,
  withdrawalOf,
} from '../../app/sync/fixtures/registry.ts';
import { memoryBlobs } from '../../ports/blobs.memory.ts';
import type { Store } from '../../ports/store.ts';
import { asBytes, fitting, mutated, nasty, type Known } from './arbitrary-json.contract.ts';
import { rawCall, type RawAnswer } from './fixtures/raw-call.ts';
import {
  fieldsModel,
  openServingRegistry,
  vowelModel,
  type ServingRegistry,
} from './fixtures/serving-registry.ts';
import type { MountedRoute } from './server.ts';
import { proven, type TwinPerson, type TwinWorkstation } from './twin-registry.ts';

const runs = Number(process.env['SPIRA_FUZZ_RUNS'] ?? 25);
const seed = Number(process.env['SPIRA_SEED'] ?? 20_261);
/** Generous on a busy machine: what takes so long hangs. */
const answerWithinMs = 30_000;
const megabyte = 1024 * 1024;

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

interface Caller {
  readonly who: Principal;
  readonly reach: 'one' | 'all';
  readonly accountId?: string;
  /** The request's headers with the caller's word on who they are. */
  sign(request: Request): Readonly<Record<string, string>>;
}

interface Target {
  readonly registry: ServingRegistry;
  readonly port: number;
  readonly callers: readonly Caller[];
  /** Ids, names and hashes that mean something there. */
  readonly known: Known;
  readonly workstation: TwinWorkstation;
  close(): Promise<void>;
}

const { sha256 } = systemHashing();
const trembling = readFileSync(join(vowelModel, 'golden/trembling.wav'));
const session = sessionOf(1);
const boundary = 'a-boundary';
const signer = makePrivateKey();
const unknownId = '019d0000-0000-7000-8000-00000000ffff';
/** Stands for the id of the account that calls. */
const ownId = 'own-id';
let freshSessions = 900;

async function openTarget(store: Store): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'spira-fuzz-'));
  const registry = await openServingRegistry({
    store,
    // Whatever is sent in lies on the disk: what grows in memory is the server's own.
    blobs: { ...memoryBlobs(), ...(await openDiskBlobs({ folder })) },
    audio: createAudioCheck(),
    hashing: systemHashing(),
    signing: ed25519Signing({ answerKey: makePrivateKey(), modelKeys: [namedKey(signer)] }),
  });
  for (const folder of [vowelModel, fieldsModel]) {
    const signature = signWith(signer, readFileSync(join(folder, 'manifest.json')));
    const uploaded = await registry.upload(folder, { signature, keyId: namedKey(signer).keyId });
    expect(uploaded.statusCode).toBe(200);
  }
  for (const name of ['sustained-vowel-demonstration', 'vital-signs'])
    await registry.alias(name, 'production', '1.0.0');
  const hospitalId = await registry.hospital('North');
  const workstation = await registry.workstation(hospitalId);
  const sent = await workstation.inject({
    method: 'POST',
    url: syncPaths.items,
    payload: {
      clock: { at: '2026-03-09T12:00:00.000Z', zone: 'UTC' },
      appVersion: '0.0.0',
      items: [...session.items, ...sessionOf(4).items, { kind: 'session', id: 'not one' }],
    },
  });
  expect(sent.statusCode).toBe(200);
  const person = (who: 'clinician' | 'researcher' | 'it', reach: 'one' | 'all'): Promise<TwinPerson> =>
    registry.person({ roles: [who], hospitals: reach === 'all' ? 'all' : [hospitalId] });
  const callers: Caller[] = [
    { who: 'public', reach: 'one', sign: ({ headers }) => headers },
    {
      who: 'workstation',
      reach: 'one',
      sign: (request) => signedByWorkstation(registry, workstation, request),
    },
  ];
  for (const who of ['clinician', 'researcher', 'it'] as const) {
    for (const reach of ['one', 'all'] as const) {
      const { token, accountId } = await person(who, reach);
      callers.push({
        who,
        reach,
        accountId,
        sign: ({ headers }) => ({ ...headers, authorization: `Bearer ${token}` }),
      });
    }
  }
  // Known to calls that end somebody's rights, in place of those who call.
  const victim = await registry.person({ roles: ['clinician'], hospitals: [hospitalId] });
  const victims = await registry.workstation(hospitalId);
  const rows = await store.read(async (reader) => ({
    reviews: await reader.find('reviews', {}),
    models: await reader.find('models', {}),
    channels: await reader.find('channels', {}),
  }));
  const [reviewIds, channelIds] = [rows.reviews.map(({ id }) => id), rows.channels.map(({ id }) => id)];
  const uploadIds = await Promise.all([0, 1, 2].map((index) => beginUpload(workstation, index)));
  await registry.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    registry,
    port: (registry.app.server.address() as AddressInfo).port,
    callers,
    known: {
      texts: [
        ...[hospitalId, session.id, ...session.takeIds, victim.accountId, victims.workstationId, unknownId],
        ...[...reviewIds, ...channelIds],
        ...rows.models.flatMap(({ name, version, packageSha256 }) => [name, version, packageSha256]),
        ...['production', 'password', 'refresh_token'],
      ],
      named: {
        hospitalId: [hospitalId],
        hospitals: [[hospitalId], 'all'],
        sessionId: [session.id],
        takeId: session.takeIds,
        accountId: [victim.accountId],
        workstationId: [victims.workstationId],
        reviewId: reviewIds,
        user_id: [ownId],
        name: rows.models.map(({ name }) => name),
        version: ['1.0.0', '1.0.0', null],
        alias: ['production', 'staging'],
        sha256: rows.models.map(({ packageSha256 }) => packageSha256),
        keyId: [namedKey(signer).keyId],
        signature: [signWith(signer, readFileSync(join(fieldsModel, 'manifest.json')))],
        id: [...channelIds, ...uploadIds],
        limit: [1, 500],
        after: [0, 1],
        language: ['pt-BR'],
        roles: [['clinician']],
        email: [null, 'ana@example.org'],
        password: ['ponte-milho-trovão'],
        password_confirmation: ['ponte-milho-trovão'],
      },
    },
    workstation,
    async close() {
      await registry.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A place for a recording of the session, of which nothing has come. */
async function beginUpload(workstation: TwinWorkstation, index: number): Promise<string> {
  const wav = wavOf(4 + index);
  const metadata = {
    takeId: session.takeIds[index] ?? '',
    sessionId: session.id,
    encoding: 'wav',
    sha256: sha256(wav),
  };
  const made = await workstation.inject({
    method: 'POST',
    url: syncPaths.uploads,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(wav.length),
      'upload-metadata': Object.entries(metadata)
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
        .join(','),
    },
  });
  expect(made.statusCode).toBe(201);
  return String(made.headers.location).split('/').at(-1) ?? '';
}

function signedByWorkstation(
  { world }: ServingRegistry,
  { workstationId, key }: TwinWorkstation,
  { method, url, headers, body }: Request,
): Readonly<Record<string, string>> {
  // The proof is for the id of the call; what tus carries is proved by its own hash.
  const { 'x-request-id': _id, ...rest } = headers;
  const isTus = url.startsWith(syncPaths.uploads);
  const request = {
    method: method as 'GET',
    url,
    headers: rest,
    ...(body === undefined || isTus ? {} : { payload: body }),
  };
  return proven(world, { workstationId, key, request }).headers as Record<string, string>;
}

// ---------------------------------------------------------------- calls

const strangeText = fc.oneof(
  fc.constantFrom(...nasty.filter((value) => typeof value === 'string')),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
);
/** What is none may not be in a line of HTTP at all. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

function addresses(route: MountedRoute, known: Known): fc.Arbitrary<string> {
  const names = [...route.url.matchAll(/:(\w+)/gu)].map(([, name]) => name ?? '');
  const contract = contractRouteOf(route);
  const params = contract?.params instanceof z.ZodObject ? contract.params.shape : {};
  const right = (name: string): fc.Arbitrary<unknown> => {
    const schema = (params as Readonly<Record<string, z.ZodType>>)[name];
    const values = route.url.endsWith('/withdrawal') ? [unknownId, sessionOf(4).id] : known.named[name];
    if (values !== undefined) return fc.constantFrom(...values);
    return schema === undefined ? fc.constantFrom(...known.texts) : fitting(schema, known);
  };
  const values = names.map((name) =>
    fc.oneof(
      { weight: 8, arbitrary: right(name).map((value) => encoded(String(value))) },
      { weight: 1, arbitrary: strangeText.map(encoded) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('%zz', '%', '%00', '..', '%2e%2e%2f', '%ff', 'a'.repeat(400), ''),
      },
    ),
  );
  const pair = fc.tuple(fc.oneof(strangeText, fc.constantFrom('after', 'limit', '__proto__')), strangeText);
  const query: fc.Arbitrary<string> = fc.oneof(
    { weight: 6, arbitrary: queryOf(contract, known) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(queryOf(contract, known), fc.array(pair, { maxLength: 3 }))
        .map(([one, pairs]) =>
          [one, ...pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`)].join('&'),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'after=%zz', '&&&===', 'limit=1&limit=2', `after=${'9'.repeat(2000)}`),
    },
  );
  return fc.tuple(fc.tuple(...values), query).map(([parts, text]) => {
    let index = 0;
    const path = route.url.replace(/:(\w+)/gu, () => parts[index++] ?? '');
    return text === '' ? path : `${path}?${text}`;
  });
}

function queryOf(contract: RouteDefinition | undefined, known: Known): fc.Arbitrary<string> {
  const schema = contract?.query ?? z.strictObject({ after: z.int().nonnegative().optional() });
  return fc
    .oneof({ weight: 4, arbitrary: fitting(schema, known) }, mutated(fitting(schema, known), known))
    .map((value) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value)
            .map(
              ([name, one]) =>
                `${encoded(name)}=${encoded(String(JSON.stringify(one) ?? '').replaceAll('"', ''))}`,
            )
            .join('&')
        : '',
    );
}

function contractRouteOf({ method, url }: MountedRoute): RouteDefinition | undefined {
  return (Object.values(routes) as readonly RouteDefinition[]).find(
    (route) => route.method === method && route.path === url,
  );
}

type Content = Pick<Request, 'headers' | 'body'>;

const strangeTypes = [
  ...['application/json', 'application/json; charset=utf-16', 'text/plain', 'text/csv', 'application/x-tar'],
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    '/',
    'a/b;c',
  ],
  ...[
    'application/offset+octet-stream',
    `multipart/form-data; boundary=${'b'.repeat(300)}`,
    'application/__proto__',
  ],
];

function contents(route: MountedRoute, { known }: Target): fc.Arbitrary<Content> {
  if (['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(route.method))
    return fc.oneof(
      { weight: 8, arbitrary: headersOf(route).map((headers) => ({ headers, body: undefined })) },
      { weight: 1, arbitrary: fc.record({ headers: headersOf(route), body: someBytes }) },
    );
  return fc.oneof(
    { weight: 9, arbitrary: rightContents(route, known) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(rightContents(route, known), fc.constantFrom(...strangeTypes))
        .map(([{ headers, body }, type]) => ({ headers: { ...headers, 'content-type': type }, body })),
    },
    {
      weight: 1,
      arbitrary: fc.record({ headers: headersOf(route), body: fc.option(someBytes, { nil: undefined }) }),
    },
  );
}

const someBytes = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));

/** What tus reads, and what any server might stumble over. */
function headersOf({ url }: MountedRoute): fc.Arbitrary<Readonly<Record<string, string>>> {
  const numbers = fc.oneof(
    fc.constantFrom('0', '1', '3244', '-1', '1e3', '0x10', ' 5', '999999999999999', '9'.repeat(30), ''),
    fc.nat({ max: 5000 }).map(String),
  );
  const latin = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/gu, ''));
  const pairs = {
    takeId: fc.constantFrom(...session.takeIds, 'none'),
    sessionId: fc.constantFrom(session.id, session.takeIds[0] ?? ''),
    encoding: fc.constantFrom('wav', 'wav', 'flac', 'mp3'),
    sha256: fc.constantFrom(...[0, 1, 2].map((index) => sha256(wavOf(4 + index))), 'a'.repeat(64), 'x'),
  };
  const metadata = fc.record(pairs, { requiredKeys: ['takeId', 'sessionId', 'encoding'] }).map((values) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
  );
  const tus = fc.record(
    {
      'tus-resumable': fc.constantFrom('1.0.0', '1.0.0', '1.0.0', '0.2.2'),
      'upload-length': fc.oneof({ weight: 3, arbitrary: fc.constant('3244') }, numbers),
      'upload-offset': fc.oneof({ weight: 3, arbitrary: fc.constant('0') }, numbers),
      'upload-metadata': fc.oneof({ weight: 4, arbitrary: metadata }, latin),
      'upload-defer-length': fc.constant('1'),
      'x-http-method-override': fc.constantFrom('DELETE', 'PATCH'),
    },
    { requiredKeys: ['tus-resumable', 'upload-length', 'upload-offset', 'upload-metadata'] },
  );
  const others = fc.record(
    {
      range: fc.constantFrom(
        'bytes=0-',
        'bytes=-5',
        'bytes=5-1',
        'bytes=99999999999-',
        'bytes=0-1,3-4',
        'lines=1',
      ),
      'if-range': fc.constantFrom('"x"', ''),
      accept: latin,
      'x-request-id': latin,
      'x-forwarded-for': fc.constantFrom('1.2.3.4', "'", 'a, b', '::1'),
      'accept-encoding': fc.constantFrom('gzip', '*;q=0'),
      'if-none-match': latin,
      cookie: latin,
    },
    { requiredKeys: [] },
  );
  const few = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, others);
  if (!url.startsWith(syncPaths.uploads)) return few;
  return fc.tuple(tus, few).map(([one, other]) => {
    const { 'upload-defer-length': deferred, ...rest } = { ...other, ...one };
    return deferred === undefined || rest['upload-length'] === '3244'
      ? rest
      : { ...rest, 'upload-defer-length': deferred };
  });
}

const bodies: Readonly<Record<string, z.ZodType>> = {
  [`POST ${syncPaths.items}`]: sendItemsSchema,
  [`POST ${syncPaths.receipt(':sessionId')}`]: receiptRequestSchema,
  [`POST ${syncPaths.enrol}`]: enrolSchema,
  'POST /v1/users/': v1NewUserSchema,
  'POST /v1/models/': v1NewModelSchema,
};

function rightContents(route: MountedRoute, known: Known): fc.Arbitrary<Content> {
  const typed = (type: string, body: fc.Arbitrary<Buffer>): fc.Arbitrary<Content> =>
    fc
      .tuple(headersOf(route), body)
      .map(([headers, bytes]) => ({ headers: { ...headers, 'content-type': type }, body: bytes }));
  const { url } = route;
  const body = contractRouteOf(route)?.body;
  const schema = typeof body === 'string' ? undefined : body;
  if (body === 'form' || url === '/v1/users/auth') return typed('application/x-www-form-urlencoded', forms);
  if (url === '/api/models') return typed('application/x-tar', damaged(tar));
  if (url.startsWith(syncPaths.uploads)) {
    return typed(
      'application/offset+octet-stream',
      fc.oneof(fc.constantFrom(...[0, 1, 2].map((index) => Buffer.from(wavOf(4 + index)))), someBytes),
    );
  }
  if (url === '/v1/users/:user_id/inferences')
    return typed(
      `multipart/form-data; boundary=${boundary}`,
      fc.oneof(multiparts(known), damagedOf(multiparts(known))),
    );
  if (url.endsWith('/batch')) return typed('text/csv', tables);
  if (url === '/api/labels/import') return typed('text/csv', labelTables);
  const values = url.endsWith('/infer')
    ? tensors(known)
    : url === syncPaths.items
      ? itemCalls(known)
      : fitting(schema ?? bodies[`${route.method} ${url}`] ?? z.strictObject({}), known);
  return typed(
    'application/json',
    asBytes(fc.oneof({ weight: 3, arbitrary: values }, { weight: 4, arbitrary: mutated(values, known) })),
  );
}

const forms = fc
  .array(
    fc.tuple(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.constantFrom('grant_type', 'username', 'password', 'refresh_token', 'token'),
        },
        strangeText,
      ),
      fc.oneof(fc.constantFrom('password', 'refresh_token', 'root'), strangeText),
    ),
    { maxLength: 6 },
  )
  .map((pairs) => Buffer.from(pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')));

const tar = await packFolder(fieldsModel);
const fieldCount = fieldsLength(
  modelManifestSchema.parse(JSON.parse(readFileSync(join(fieldsModel, 'manifest.json'), 'utf8'))).input
    .fields,
);

/** The bytes with some of them changed, cut off, or sent twice. */
function damaged(bytes: Buffer): fc.Arbitrary<Buffer> {
  return damagedOf(fc.constant(bytes));
}

function damagedOf(source: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .record({
      bytes: source,
      flips: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 12 }),
      share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      isTwice: fc.boolean(),
    })
    .map(({ bytes, flips, share, isTwice }) => {
      const copy = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * share)));
      // Headers of tar are at the beginning, and say most.
      for (const [place, value] of flips) copy[place % Math.min(copy.length, 2048)] = value;
      return isTwice ? Buffer.concat([copy, copy]) : copy;
    });
}

function multiparts(known: Known): fc.Arbitrary<Buffer> {
  const names = Object.keys(v1InferenceFieldsSchema.shape);
  const field = fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, strangeText),
      fc.oneof(strangeText, fc.constantFrom(...known.texts), fc.constantFrom('42', 'TRUE', '2020-01-01')),
    )
    .map(([name, value]) => part(name, Buffer.from(value)));
  const file = fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('aceite', 'sustentada', 'parlenda', 'frase') },
        strangeText,
      ),
      fc.oneof(fc.constant(trembling), damaged(trembling), someBytes, fc.constant(Buffer.alloc(0))),
      fc.oneof(fc.constant('a.wav'), strangeText),
    )
    .map(([name, bytes, filename]) => part(name, bytes, filename));
  const asked = fc
    .constantFrom(...(known.named['id'] as readonly string[]), ...known.texts)
    .map((id) => part('model_id', Buffer.from(id)));
  const whole = ['aceite', 'sustentada', 'parlenda'].map((name) => part(name, trembling, 'a.wav'));
  return fc
    .record({
      asked,
      isWhole: fc.boolean(),
      more: fc.array(fc.oneof(field, file), { maxLength: 5 }),
      end: fc.constantFrom(`--${boundary}--\r\n`, `--${boundary}--\r\n`, '', `--${boundary}`),
    })
    .map(({ asked: first, isWhole, more, end }) =>
      Buffer.concat([
        first,
        ...(isWhole ? [part('rgh', Buffer.from('1')), ...whole] : []),
        ...more,
        Buffer.from(end),
      ]),
    );
}

function part(name: string, content: Buffer, filename?: string): Buffer {
  const file = filename === undefined ? '' : `; filename="${filename}"\r\ncontent-type: audio/wav`;
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`),
    content,
    Buffer.from('\r\n'),
  ]);
}

const labelTables = fc
  .record({
    header: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          'hospital,record_number,value',
          'Record number,Hospital,value,date,source,comment',
        ),
      },
      strangeText,
    ),
    rows: fc.array(
      fc
        .array(
          fc.oneof(
            fc.constantFrom('Hospital das Clínicas', 'North', '14259401E', 'positive', 'YES', '2026-03-09'),
            strangeText,
          ),
          { maxLength: 7 },
        )
        .map((cells) => cells.join(',')),
      { maxLength: 20 },
    ),
  })
  .map(({ header, rows }) => Buffer.from([header, ...rows].join('\r\n')));

const cell = fc.oneof(fc.constantFrom('42', '95', 'MALE', '', '"', '""', '"a,b"', '1e999'), strangeText);
const tables = fc
  .record({
    header: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('age,spo2,sex', 'age', '\ufeffage,spo2') },
      fc.array(cell, { maxLength: 5 }).map((cells) => cells.join(',')),
    ),
    rows: fc.array(
      fc.array(cell, { maxLength: 5 }).map((cells) => cells.join(',')),
      { maxLength: 12 },
    ),
    end: fc.constantFrom('\n', '\r\n', '\r', '\0'),
  })
  .map(({ header, rows, end }) => Buffer.from([header, ...rows, ''].join(end)));

function tensors(known: Known): fc.Arbitrary<unknown> {
  const numbers = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
      fc.constantFrom(1e300, null, 'a'),
    ),
    { maxLength: 30 },
  );
  const right = fc.constantFrom(
    {
      inputs: [
        { name: 'fields', shape: [fieldCount], datatype: 'FP32', data: Array<number>(fieldCount).fill(0) },
      ],
    },
    {
      inputs: [
        { name: 'sustentada', shape: [32_000], datatype: 'FP32', data: Array<number>(32_000).fill(0.01) },
      ],
    },
  );
  const tensor = fc.record({
    name: fc.constantFrom('fields', 'sustentada', 'aceite', 'x'),
    shape: fc.oneof(
      numbers.map((data) => [data.length]),
      fc.array(fc.oneof(fc.nat({ max: 30 }), fc.constantFrom(2 ** 31, 2 ** 53 - 1)), { maxLength: 5 }),
    ),
    datatype: fc.constantFrom('FP32', 'FP64', 'BYTES', 'INT32', 'INT64'),
    data: fc.oneof(numbers, fc.array(numbers, { maxLength: 4 })),
  });
  return fc.oneof(
    right,
    fitting(v2InferRequestSchema, known),
    fc.record({ inputs: fc.array(tensor, { maxLength: 3 }), id: fc.constantFrom('1', '') }),
  );
}

/** Items as they should be, with other content under a true hash, or bent in any way. */
function itemCalls(known: Known): fc.Arbitrary<unknown> {
  const good = [
    ...session.items,
    ...sessionOf(2).items,
    ...auditChain(2).map(auditItem),
    withdrawalOf(sessionOf(3).id),
  ];
  const item = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...good) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...good).chain(({ kind, content, ...rest }) =>
        mutated(fc.constant(content), known).map((changed) => {
          try {
            return { ...rest, ...itemOf(kind, changed as typeof content), id: rest.id };
          } catch {
            return { ...rest, kind, content: changed };
          }
        }),
      ),
    },
    { weight: 2, arbitrary: mutated(fc.constantFrom<unknown>(...good), known) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  return fc.record({
    clock: fc.constant({ at: '2026-03-09T12:00:00.000Z', zone: 'UTC' }),
    appVersion: fc.constant('0.0.0'),
    items: fc.array(item, { minLength: 1, maxLength: 8 }),
  });
}

function wire({ method, url, headers, body }: Request): Buffer {
  const lines = Object.entries({
    host: 'localhost',
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

function mayCall({ action }: MountedRoute, { who, reach }: Caller): boolean {
  const rule = access[action];
  return (rule.who as readonly Principal[]).includes(who) && (rule.on !== 'registry' || reach === 'all');
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// ---------------------------------------------------------------- against either database

const hasPostgres = !skipFor(await postgresMissing());

describe.each([
  { database: 'SQLite', isSkipped: false },
  { database: 'PostgreSQL', isSkipped: !hasPostgres },
])('over $database', { timeout: 240_000 }, ({ database, isSkipped }) => {
  if (isSkipped) {
    it.skip('needs PostgreSQL, which is not installed here', () => undefined);
    return;
  }
  let target: Target;
  let stopDatabase = (): Promise<void> => Promise.resolve();
  let heldBefore = 0;
  const reached = new Map<string, { calls: number; past: number; answered: number }>();

  beforeAll(async () => {
    if (database === 'SQLite') {
      const folder = await mkdtemp(join(tmpdir(), 'spira-fuzz-'));
      stopDatabase = () => rm(folder, { recursive: true, force: true });
      target = await openTarget(await openSqliteStore(join(folder, 'registry.sqlite')));
    } else {
      const postgres = await startPostgres();
      stopDatabase = () => postgres.stop();
      target = await openTarget(await openPostgresStore(await postgres.newDatabase()));
    }
    heldBefore = heldBytes();
  }, 120_000);
  afterAll(async () => {
    await target.close();
    await stopDatabase();
  });

  const expectSound = (request: Request, { status, text }: RawAnswer): void => {
    const isReadiness = /\/ready(\?|$)/u.test(request.url);
    if (status < 500 || (status === 503 && isReadiness)) return;
    const cause = target.registry.world.log.entries.findLast(({ level }) => level === 'error')?.cause;
    throw new Error(`${String(status)} ${text.slice(-300)}`, { cause });
  };

  const title = ({ method, url }: MountedRoute): string => `${method} ${url}`;

  it('answers whatever comes to any route, and with no 500', async () => {
    for (const route of target.registry.mounted) {
      const allowed = target.callers.filter((caller) => mayCall(route, caller));
      const counts = { calls: 0, past: 0, answered: 0 };
      reached.set(title(route), counts);
      const calls = fc.record({
        url: addresses(route, target.known),
        content: contents(route, target),
        caller: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...allowed) },
          { weight: 1, arbitrary: fc.constantFrom(...target.callers) },
        ),
      });
      await fc.assert(
        fc.asyncProperty(calls, async ({ url, content, caller }) => {
          const request: Request = {
            method: route.method,
            url: url.replace(ownId, caller.accountId ?? unknownId),
            ...content,
          };
          const headers = caller.sign(request);
          const answer = await rawCall(target.port, [wire({ ...request, headers })], {
            withinMs: answerWithinMs,
          });
          expectSound(request, answer);
          expect(answer.status).toBeGreaterThan(0);
          counts.calls += 1;
          if (answer.status !== 401 && answer.status !== 403) counts.past += 1;
          if (answer.status < 300) counts.answered += 1;
        }),
        { numRuns: runs, seed },
      );
    }
    await expectWell();
  });

  it('was reached behind its door by most of these calls, everywhere', () => {
    const all = [...reached.values()];
    const total = (of: (one: (typeof all)[number]) => number): number =>
      all.reduce((sum, one) => sum + of(one), 0);
    expect(total(({ past }) => past) / total(({ calls }) => calls)).toBeGreaterThan(0.6);
    const shut = [...reached].filter(([, { past, calls }]) => past < calls / 4).map(([name]) => name);
    expect(shut).toEqual([]);
    // Not by refusals alone: a good part of the routes did what they are for.
    expect(all.filter(({ answered }) => answered > 0).length / all.length).toBeGreaterThan(0.5);
  });

  it('answers every model that is signed rightly and made wrongly', async () => {
    const caller = target.callers.find(({ who, reach }) => who === 'it' && reach === 'all');
    const original: unknown = JSON.parse(readFileSync(join(fieldsModel, 'manifest.json'), 'utf8'));
    const manifests = mutated(fc.constant(original), target.known);
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(manifests, async (manifest) => {
        const bytes = Buffer.from(JSON.stringify(manifest) ?? '');
        const query = new URLSearchParams({
          keyId: namedKey(signer).keyId,
          signature: signWith(signer, bytes),
        });
        const request: Request = {
          method: 'POST',
          url: `/api/models?${query.toString()}`,
          headers: { 'content-type': 'application/x-tar' },
          body: await packFolder(fieldsModel, { 'manifest.json': bytes }),
        };
        const headers = caller?.sign(request) ?? {};
        const answer = await rawCall(target.port, [wire({ ...request, headers })], {
          withinMs: answerWithinMs,
        });
        expectSound(request, answer);
        statuses.add(answer.status);
      }),
      { numRuns: runs, seed },
    );
    // Judged by its content, not at the door.
    expect([...statuses]).toContain(422);
    await expectWell();
  });

  it('answers or closes the line on whatever is no HTTP', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'GET / HTTP/1.1',
        'GET /healthz HTTP/9.9',
        'BREW /pot HTTP/1.1',
        'get /healthz HTTP/1.1',
        `POST ${syncPaths.items} HTTP/1.1`,
        'PRI * HTTP/2.0',
        'CONNECT a:1 HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        'TRACE / HTTP/1.1',
        'GET http://elsewhere/healthz HTTP/1.1',
        `GET /${'a'.repeat(100_000)} HTTP/1.1`,
        'GET //../..//healthz HTTP/1.1',
        'GET /healthz\0 HTTP/1.1',
      ),
      fc.string({ unit: 'binary', maxLength: 100 }),
    );
    const header = fc.oneof(
      fc.constantFrom(
        'content-length: -1',
        'content-length: 5\r\ncontent-length: 6',
        'content-length: 99999999999999999999',
        'transfer-encoding: chunked',
        'transfer-encoding: chunked\r\ncontent-length: 3',
        'transfer-encoding: gzip',
        'expect: 100-continue',
        'upgrade: websocket\r\nconnection: upgrade',
        'authorization: Bearer',
        'authorization: Workstation a.b.c',
        `authorization: Bearer ${'a'.repeat(10_000)}`,
        'content-type: application/json',
        'host: a\r\nhost: b',
        `x: ${'y'.repeat(20_000)}`,
        'no colon',
        ' folded',
      ),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const texts = fc.record({
      line,
      headers: fc.array(header, { maxLength: 5 }),
      end: fc.constantFrom('\r\n\r\n', '\r\n\r\n', '\n\n', ''),
      body: fc.oneof(
        fc.constantFrom(
          '',
          '5\r\nhello\r\n0\r\n\r\n',
          'ffffffffffffffff\r\n',
          '-1\r\n',
          'zz',
          '5;a=b\r\nhel',
        ),
        fc.string({ maxLength: 40 }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(texts, async ({ line: first, headers, end, body }) => {
        const text = [first, 'host: localhost', 'connection: close', ...headers].join('\r\n') + end + body;
        const answer = await rawCall(target.port, [Buffer.from(text)], {
          withinMs: answerWithinMs,
          leavesOpen: false,
        });
        // Methods and encodings that the server does not have are what 501 and 505 are for.
        expect([...Array(500).keys(), 501, 505]).toContain(answer.status);
      }),
      { numRuns: runs * 12, seed },
    );
    await expectWell();
  });

  it('answers, or lets go of, calls whose line breaks in the middle of the body', async () => {
    for (const route of target.registry.mounted.filter(({ method }) =>
      ['POST', 'PUT', 'PATCH'].includes(method),
    )) {
      const caller = target.callers.find((one) => mayCall(route, one));
      const calls = fc.tuple(
        addresses(route, target.known),
        rightContents(route, target.known),
        fc.double({ min: 0, max: 1, noNaN: true }),
      );
      await fc.assert(
        fc.asyncProperty(calls, async ([url, content, share]) => {
          const request: Request = { method: route.method, url, ...content };
          const headers = caller?.sign(request) ?? {};
          const bytes = wire({ ...request, headers });
          const bodyBytes = content.body?.length ?? 0;
          const cut = bytes.subarray(0, bytes.length - Math.ceil(bodyBytes * share));
          const answer = await rawCall(target.port, [cut], { withinMs: answerWithinMs, leavesOpen: false });
          expectSound(request, answer);
        }),
        { numRuns: Math.ceil(runs / 5), seed },
      );
    }
    await expectWell();
  });

  it('lets no body without end fill its memory', async () => {
    const chunk = Buffer.from(`10000\r\n${'a'.repeat(0x10000)}\r\n`);
    const mostBytes = 48 * megabyte;
    for (const route of target.registry.mounted.filter(({ method }) =>
      ['POST', 'PUT', 'PATCH'].includes(method),
    )) {
      const [content] = fc.sample(rightContents(route, target.known), { numRuns: 1, seed });
      const [url = route.url] = fc.sample(
        fc
          .tuple(...[...route.url.matchAll(/:\w+/gu)].map(() => fc.constantFrom(...target.known.texts)))
          .map((values) => {
            let index = 0;
            return route.url.replace(/:\w+/gu, () => values[index++] ?? '');
          }),
        { numRuns: 1, seed },
      );
      const caller = target.callers.find((one) => mayCall(route, one));
      const request: Request = {
        method: route.method,
        url,
        headers: content?.headers ?? {},
        body: undefined,
      };
      const head = wire({
        ...request,
        headers: { ...(caller?.sign(request) ?? {}), 'transfer-encoding': 'chunked' },
      });
      const before = heldBytes();
      let highest = 0;
      const endless = function* (): Generator<Uint8Array> {
        yield head;
        if (route.url === '/v1/users/:user_id/inferences') {
          const start = part('aceite', Buffer.alloc(0), 'a.wav').subarray(0, -2);
          yield Buffer.concat([Buffer.from(`${start.length.toString(16)}\r\n`), start, Buffer.from('\r\n')]);
        }
        for (let sent = 0; sent < mostBytes; sent += chunk.length) {
          yield chunk;
          const { heapUsed, external } = process.memoryUsage();
          highest = Math.max(highest, heapUsed + external - before);
        }
        yield Buffer.from('0\r\n\r\n');
      };
      const answer = await rawCall(target.port, endless(), { withinMs: answerWithinMs * 2 });
      expectSound(request, answer);
      expect(`${title(route)} held ${String(highest > 200 * megabyte)}`).toBe(`${title(route)} held false`);
    }
    await expectWell();
  });

  it('holds no more memory afterwards than before, by a wide margin', () => {
    expect((heldBytes() - heldBefore) / megabyte).toBeLessThan(120);
  });

  async function expectWell(): Promise<void> {
    const { registry, workstation } = target;
    expect((await registry.app.inject({ url: '/healthz' })).statusCode).toBe(200);
    expect((await registry.app.inject({ url: '/readyz' })).json()).toMatchObject({ status: 'ok' });
    expect((await registry.it.inject({ url: '/api/account' })).statusCode).toBe(200);
    expect((await workstation.inject({ url: '/sync/v1/feed' })).statusCode).toBe(200);
    const fresh = sessionOf((freshSessions += 1));
    const sent = await workstation.inject({
      method: 'POST',
      url: syncPaths.items,
      payload: {
        clock: { at: '2026-03-09T12:00:00.000Z', zone: 'UTC' },
        appVersion: '0.0.0',
        items: fresh.items,
      },
    });
    expect(sent.json<{ answers: { outcome: string }[] }>().answers[0]?.outcome).toBe('stored');
  }
});
