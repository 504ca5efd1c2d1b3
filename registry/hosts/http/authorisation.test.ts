/**
 * Who may do what on whose data, asked of the running server: every route that it mounts, by every role, with data of
 * the caller's hospital and of another, with no token, with those that ran out, and with those that somebody made up.
 */
import { createHmac, createPublicKey } from 'node:crypto';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { access, type Principal } from '../../../contract/registry/access.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { routes, type RouteName } from '../../../contract/registry/routes.ts';
import { syncPaths } from '../../../contract/registry/sync.ts';
import { roles, type Role } from '../../../contract/people.ts';
import { makePrivateKey, namedKey } from '../../adapters/keys/keys.ts';
import { signWith } from '../../adapters/keys/signing.ts';
import { findAccount, saveAccount } from '../../app/people/accounts.ts';
import { sessionOf } from '../../app/sync/fixtures/registry.ts';
import type { AccountFacts } from '../../core/people.ts';
import {
  encoded,
  openTwinRegistry,
  proven,
  setDisabled,
  type TwinPerson,
  type TwinRegistry,
  type TwinWorkstation,
} from './twin-registry.ts';

interface Place {
  readonly hospitalId: HospitalId;
  readonly workstation: TwinWorkstation;
  readonly accountId: string;
  readonly sessionId: string;
  readonly takeId: string;
  readonly reviewId: string;
}

const unknownId = '019d0000-0000-7000-8000-00000000ffff';
const registry = await openTwinRegistry();
afterAll(() => registry.close());
const own = await furnish(registry, 'Own', 1);
const foreign = await furnish(registry, 'Foreign', 2);

const people = new Map<string, TwinPerson>();
for (const role of roles) {
  people.set(
    `${role} of one hospital`,
    await registry.person({ roles: [role], hospitals: [own.hospitalId] }),
  );
  people.set(`${role} of all hospitals`, await registry.person({ roles: [role], hospitals: 'all' }));
}
const everybody = await registry.person({ roles, hospitals: 'all' });

async function furnish({ world, ...registry }: TwinRegistry, name: string, number: number): Promise<Place> {
  const hospitalId = await registry.hospital(name);
  const workstation = await registry.workstation(hospitalId);
  const { accountId } = await registry.person({ roles: ['clinician'], hospitals: [hospitalId] });
  const session = sessionOf(number);
  const sent = await workstation.inject({
    method: 'POST',
    url: '/sync/v1/items',
    payload: {
      clock: { at: new Date(world.clock.now()).toISOString(), zone: 'UTC' },
      appVersion: '0.0.0',
      items: [...session.items, { kind: 'session', id: 'not one' }],
    },
  });
  expect(sent.statusCode).toBe(200);
  const [review] = await world.store.read((reader) => reader.find('reviews', { where: { hospitalId } }));
  const takeId = session.takeIds[0] ?? '';
  return { hospitalId, workstation, accountId, sessionId: session.id, takeId, reviewId: review?.id ?? '' };
}

const mounted = registry.mounted.map((route) => ({ ...route, title: `${route.method} ${route.url}` }));
type Mounted = (typeof mounted)[number];

/** The route's address with well-formed parameters that name nothing. */
function addressOf({ url }: Pick<Mounted, 'url'>, caller?: TwinPerson): string {
  return url.replace(/:(\w+)/gu, (_, name: string) => {
    if (name === 'user_id') return caller?.accountId ?? unknownId;
    if (name === 'name' || name === 'alias') return 'something';
    if (name === 'version') return '1.0.0';
    return name === 'sha256' ? 'a'.repeat(64) : unknownId;
  });
}

function requestOf(route: Mounted, caller?: TwinPerson): InjectOptions {
  // A tus upload is made without a body.
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method) && route.url !== syncPaths.uploads;
  return {
    method: route.method as 'GET',
    url: addressOf(route, caller),
    ...(hasBody ? { payload: {} } : {}),
  };
}

const isRefusedByRight = ({ statusCode }: LightMyRequestResponse): boolean =>
  statusCode === 401 || statusCode === 403;

/** The table read once more, by other means than the product's. */
function expected(route: Mounted, who: Principal, reach: 'one' | 'all'): boolean {
  const rule = access[route.action];
  const principals: readonly Principal[] = rule.who;
  return principals.includes(who) && (rule.on !== 'registry' || reach === 'all');
}

const isPublic = (route: Mounted): boolean => expected(route, 'public', 'one');

it('mounts every route of the contract', () => {
  const lacking = Object.entries(routes)
    .filter(([, { method, path }]) => !mounted.some((route) => route.method === method && route.url === path))
    .map(([name]) => name);
  expect(lacking).toEqual([]);
});

it('mounts each route of the contract for the action that the contract names', () => {
  for (const { method, path, action } of Object.values(routes)) {
    const route = mounted.find((one) => one.method === method && one.url === path);
    if (route !== undefined) expect(`${route.title} ${route.action}`).toBe(`${method} ${path} ${action}`);
  }
});

describe.each(mounted)('$title', (route) => {
  it.each(roles.flatMap((role) => [[role, 'one'] as const, [role, 'all'] as const]))(
    'is answered to a %s of %s hospital as the table says',
    async (role, reach) => {
      const person = people.get(
        `${role} of ${reach === 'one' ? 'one hospital' : 'all hospitals'}`,
      ) as TwinPerson;
      const answer = await person.inject(requestOf(route, person));
      // Who the public may do it for needs no rights, and an account's token is not read.
      const isAllowed = isPublic(route) || expected(route, role, reach);
      expect(isRefusedByRight(answer) ? `refused: ${answer.body}` : 'let in').toMatch(
        isAllowed ? /^let in$/u : /^refused/u,
      );
      if (!isAllowed) expect(answer.statusCode).toBe(403);
      expect(answer.statusCode).not.toBe(500);
    },
  );

  it('is answered to a workstation as the table says', async () => {
    const answer = await own.workstation.inject(requestOf(route));
    const isAllowed = isPublic(route) || expected(route, 'workstation', 'one');
    expect(isRefusedByRight(answer)).toBe(!isAllowed);
    expect(answer.statusCode).not.toBe(500);
  });
});

describe.each(mounted.filter((route) => !isPublic(route)))('$title', (route) => {
  it('is not answered to who does not say who it is', async () => {
    const answer = await registry.app.inject(requestOf(route));
    expect(answer.statusCode).toBe(401);
  });

  it.each(Object.keys(wrongTokens))('is not answered for a token %s', async (name) => {
    const authorization = await wrongTokens[name]?.();
    const answer = await registry.app.inject({
      ...requestOf(route),
      headers: { authorization: String(authorization) },
    });
    expect(answer.statusCode).toBe(401);
  });

  it.each(Object.keys(wrongProofs))('is not answered for a proof %s', async (name) => {
    const answer = await registry.app.inject(wrongProofs[name]?.(requestOf(route)) ?? {});
    expect(answer.statusCode).toBe(401);
  });
});

const tokenPublicKey = createPublicKey(registry.tokenKey);
const [, claims = ''] = everybody.token.split('.');
const header = (alg: string): string => encoded({ alg, typ: 'at+jwt' });
const bySecret = (secret: string | Buffer): string => {
  const content = `${header('HS256')}.${claims}`;
  return `Bearer ${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
};
const nowS = Math.floor(registry.world.clock.now() / 1000);

/** Each says that it is from somebody with every role in every hospital. */
const wrongTokens: Readonly<Record<string, () => string | Promise<string>>> = {
  'that ran out': async () =>
    `Bearer ${await registry.world.tokens.issue(everybody.accountId, nowS - 3600, 3600)}`,
  'of another account under this signature': () => {
    const [head = '', , signature = ''] = everybody.token.split('.');
    const changed = {
      ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
      sub: own.accountId,
    };
    return `Bearer ${head}.${encoded(changed)}.${signature}`;
  },
  'without a signature': () => `Bearer ${header('EdDSA')}.${claims}.`,
  'of the algorithm none': () => `Bearer ${header('none')}.${claims}.`,
  'by HMAC with the public key’s bytes': () =>
    bySecret(Buffer.from(namedKey(registry.tokenKey).publicKey, 'base64url')),
  'by HMAC with the public key’s PEM': () =>
    bySecret(String(tokenPublicKey.export({ type: 'spki', format: 'pem' }))),
  'by another key': () => {
    const content = `${header('EdDSA')}.${claims}`;
    return `Bearer ${content}.${signWith(makePrivateKey(), content)}`;
  },
  'of a disabled account': async () => {
    const person = await registry.person({ roles, hospitals: 'all' });
    await setDisabled(registry.world, person.accountId, true);
    return `Bearer ${person.token}`;
  },
  'of an account that is not there': async () =>
    `Bearer ${await registry.world.tokens.issue(unknownId, nowS, 60)}`,
  'that is a refresh token': () => `Bearer ${'a'.repeat(64)}`,
  'in another scheme': () => `Basic ${Buffer.from('root:root').toString('base64')}`,
  'that is empty': () => 'Bearer ',
};

const { workstationId, key } = own.workstation;
const wrongProofs: Readonly<Record<string, (request: InjectOptions) => InjectOptions>> = {
  'by another key': (request) => proven(registry.world, { workstationId, key: makePrivateKey(), request }),
  'by the key of another workstation': (request) =>
    proven(registry.world, { workstationId, key: foreign.workstation.key, request }),
  'of the algorithm none': (request) =>
    proven(registry.world, { workstationId, key, request, header: { alg: 'none' }, sign: () => '' }),
  'by HMAC with the public key': (request) =>
    proven(registry.world, {
      workstationId,
      key,
      request,
      header: { alg: 'HS256' },
      sign: (text) =>
        createHmac('sha256', Buffer.from(namedKey(key).publicKey, 'base64url'))
          .update(text)
          .digest('base64url'),
    }),
  'that is too old': (request) =>
    proven(registry.world, { workstationId, key, request, claims: { iat: nowS - 301 } }),
  'for another address': (request) =>
    proven(registry.world, { workstationId, key, request, claims: { htu: '/' } }),
};

/** Routes on what belongs to a hospital: how to ask for it, of either place. */
const onHospitals: Partial<Record<RouteName, (place: Place, role: Role) => InjectOptions>> = {
  'accounts.update': ({ accountId }) => ({ method: 'PATCH', url: `/api/accounts/${accountId}`, payload: {} }),
  'workstations.invite': ({ hospitalId }) => ({
    method: 'POST',
    url: `/api/hospitals/${hospitalId}/enrolment-codes`,
    payload: {},
  }),
  'workstations.revoke': ({ workstation }) => ({
    method: 'POST',
    url: `/api/workstations/${workstation.workstationId}/revoke`,
  }),
  'sessions.read': ({ sessionId }) => ({ url: `/api/sessions/${sessionId}` }),
  'recordings.read': ({ sessionId, takeId }) => ({ url: `/api/sessions/${sessionId}/takes/${takeId}/audio` }),
  'sessions.withdraw': ({ sessionId }) => ({
    method: 'POST',
    url: `/api/sessions/${sessionId}/withdrawal`,
    payload: { kind: 'withdrawal' },
  }),
  'labels.of-session': ({ sessionId }) => ({ url: `/api/sessions/${sessionId}/labels` }),
  'labels.add': ({ sessionId }, role) => ({
    method: 'POST',
    url: `/api/sessions/${sessionId}/labels`,
    payload: {
      id: sessionId,
      question: 'respiratory-insufficiency',
      value: 'positive',
      source: role,
    },
  }),
  'reviews.resolve': ({ reviewId }) => ({
    method: 'POST',
    url: `/api/reviews/${reviewId}/resolution`,
    payload: { why: 'looked at' },
  }),
};

it('has a case for every route on what belongs to a hospital', () => {
  const names = Object.entries(routes)
    .filter(([, route]) => access[route.action].on === 'hospital' && 'params' in route)
    .map(([name]) => name);
  expect(Object.keys(onHospitals).sort()).toEqual(names.sort());
});

describe.each(Object.keys(onHospitals) as RouteName[])('%s', (name) => {
  const ask = onHospitals[name] as (place: Place, role: Role) => InjectOptions;
  const { action } = routes[name];
  const principals: readonly Principal[] = access[action].who;
  const unknown: Place = {
    ...foreign,
    hospitalId: unknownId as HospitalId,
    workstation: { ...foreign.workstation, workstationId: unknownId as never },
    accountId: unknownId,
    sessionId: unknownId,
    takeId: unknownId,
    reviewId: unknownId,
  };
  const allowed = roles.filter((role) => principals.includes(role));

  it.each(allowed)('answers a %s about another hospital as about nothing, and audits it', async (role) => {
    const person = people.get(`${role} of one hospital`) as TwinPerson;
    const before = await refusalsBy(person);
    const [about, nothing] = [
      await person.inject(ask(foreign, role)),
      await person.inject(ask(unknown, role)),
    ];
    expect(about.statusCode).toBe(404);
    expect(withoutId(about)).toEqual(withoutId(nothing));
    expect((await refusalsBy(person)) - before).toBeGreaterThanOrEqual(1);
  });

  it.each(allowed)('answers a %s about the own hospital', async (role) => {
    const place = await furnish(registry, `Another of ${name} ${role}`, 10 + furnished++);
    const person = await registry.person({ roles: [role], hospitals: [place.hospitalId] });
    const answer = await person.inject(ask(place, role));
    // The take of the example has no audio yet: that is no matter of rights, and answered in its own words.
    const isAnswered =
      name === 'recordings.read' ? answer.body.includes('recording') : answer.statusCode === 200;
    expect(isAnswered ? 'answered' : answer.body).toBe('answered');
  });
});

let furnished = 0;

describe('lists', () => {
  it.each<[RouteName, readonly Role[], (place: Place) => string]>([
    ['accounts.list', ['it'], ({ accountId }) => accountId],
    ['workstations.list', ['it'], ({ workstation }) => workstation.workstationId],
    ['sessions.list', ['researcher', 'clinician'], ({ sessionId }) => sessionId],
    ['reviews.list', ['it', 'researcher'], ({ reviewId }) => reviewId],
    ['label-readers.list', ['researcher'], ({ accountId }) => accountId],
  ])('%s shows what is of the caller’s hospitals only', async (name, who, idIn) => {
    for (const role of who) {
      const local = await (people.get(`${role} of one hospital`) as TwinPerson).inject({
        url: routes[name].path,
      });
      expect(local.statusCode).toBe(200);
      expect([local.body.includes(idIn(own)), local.body.includes(idIn(foreign))]).toEqual([true, false]);
      const wide = await (people.get(`${role} of all hospitals`) as TwinPerson).inject({
        url: routes[name].path,
      });
      expect([wide.body.includes(idIn(own)), wide.body.includes(idIn(foreign))]).toEqual([true, true]);
    }
  });
});

describe.each(mounted.filter(({ url }) => url.includes(':user_id')))('$title', (route) => {
  it.each(roles)('shows a %s nothing of another’s, in their own hospital or elsewhere', async (role) => {
    const person = people.get(`${role} of all hospitals`) as TwinPerson;
    const other = people.get('researcher of one hospital') as TwinPerson;
    const answer = await person.inject(requestOf(route, other));
    expect([403, 404]).toContain(answer.statusCode);
  });
});

describe('a token that has just been taken', () => {
  const change = (accountId: string, rights: Partial<AccountFacts>) =>
    registry.world.store.write(async (transaction) => {
      const before = await findAccount(transaction, accountId);
      if (before === undefined) throw new Error('no account');
      await saveAccount(registry.world, transaction, { ...before, ...rights }, before);
    });
  const sessionsSeen = async (person: TwinPerson) => {
    const { statusCode, body } = await person.inject({ url: routes['sessions.list'].path });
    return [statusCode, body.includes(own.sessionId), body.includes(foreign.sessionId)];
  };

  it('opens nothing as soon as its account is disabled, and again what it may when that is taken back', async () => {
    const person = await registry.person({ roles: ['researcher'], hospitals: 'all' });
    expect(await sessionsSeen(person)).toEqual([200, true, true]);
    await setDisabled(registry.world, person.accountId, true);
    expect(await sessionsSeen(person)).toEqual([401, false, false]);
    await setDisabled(registry.world, person.accountId, false);
    expect(await sessionsSeen(person)).toEqual([200, true, true]);
  });

  it('opens what the roles and hospitals of that moment allow', async () => {
    const person = await registry.person({ roles: ['researcher'], hospitals: 'all' });
    expect(await sessionsSeen(person)).toEqual([200, true, true]);
    await change(person.accountId, { hospitals: [own.hospitalId] });
    expect(await sessionsSeen(person)).toEqual([200, true, false]);
    await change(person.accountId, { hospitals: [foreign.hospitalId] });
    expect(await sessionsSeen(person)).toEqual([200, false, true]);
    await change(person.accountId, { hospitals: [] });
    expect(await sessionsSeen(person)).toEqual([200, false, false]);
    await change(person.accountId, { roles: ['it'], hospitals: 'all' });
    expect(await sessionsSeen(person)).toEqual([403, false, false]);
  });
});

it('gives the feed of a hospital to its own workstations', async () => {
  const feed = async (place: Place) => (await place.workstation.inject({ url: '/sync/v1/feed' })).body;
  expect([(await feed(own)).includes(own.accountId), (await feed(own)).includes(foreign.accountId)]).toEqual([
    true,
    false,
  ]);
});

function withoutId(answer: LightMyRequestResponse): unknown {
  return { ...answer.json<object>(), requestId: undefined };
}

async function refusalsBy({ accountId }: TwinPerson): Promise<number> {
  return registry.world.store.read((reader) =>
    reader.count('audit', { by: `account:${accountId}`, outcome: 'refused' }),
  );
}
