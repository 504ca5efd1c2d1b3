import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands, type CommandName } from '../../contract/app-api.ts';
import { roles, type Role } from '../../contract/people.ts';
import type { Result } from '../../contract/result.ts';
import { createDesk, type Desk } from './desk.ts';
import { dispatch } from './dispatch.ts';
import { handlers } from './handlers.ts';
import {
  done,
  firstDesk,
  password,
  person,
  signedIn,
  workstation,
  type Workstation,
} from './fixtures/workstation.ts';

const names = Object.keys(commands) as CommandName[];
const secret = 'Maria-da-Silva-4711';
const malformed: readonly (readonly [string, unknown])[] = [
  ['nothing at all', undefined],
  ['null', null],
  ['a text', secret],
  ['a number', 7],
  ['a list', [secret]],
  ['a member that the command does not know', { surprise: secret }],
  [
    'wrong types throughout',
    { sessionId: secret, takeId: 5, username: [], folder: {}, text: null, sort: secret },
  ],
];

const allowedOf = (name: CommandName): 'anyone' | 'signed-in' | readonly Role[] => commands[name].allowed;
const passesWhileLocked = (name: CommandName): boolean => 'whileLocked' in commands[name];
const code = (result: Result<unknown>): string => (result.ok ? 'ok' : result.problem.code);

let station: Workstation;
let it0: Desk;
const desks = new Map<Role, Desk>();

beforeAll(async () => {
  station = workstation();
  it0 = await firstDesk(station.world);
  for (const role of roles) desks.set(role, await person(station.world, it0, `only-${role}`, [role]));
});

function deskOf(role: Role): Desk {
  const desk = desks.get(role);
  if (desk === undefined) throw new Error(`nobody is ${role}`);
  return desk;
}

function newestAudit(): unknown {
  return station.store.read((transaction) => transaction.audit.list({ limit: 1 }))[0];
}

describe.each(names)('%s', (name) => {
  const allowed = allowedOf(name);
  const permitted = roles.filter((role) => typeof allowed === 'string' || allowed.includes(role));

  it.skipIf(allowed === 'anyone')(
    'is refused without sign-in, whatever is sent, and leaves a trace',
    async () => {
      for (const [, input] of malformed) {
        const desk = createDesk();
        expect(await dispatch(station.world, desk, name, input)).toEqual({
          ok: false,
          problem: { code: 'not-signed-in', details: { command: name } },
        });
        expect(newestAudit()).toMatchObject({
          action: 'command-refused',
          by: 'system',
          details: { command: name, reason: 'not-signed-in' },
        });
      }
    },
  );

  it.skipIf(permitted.length === roles.length)('is refused to every other role, every time', async () => {
    for (const role of roles.filter((candidate) => !permitted.includes(candidate))) {
      for (const [, input] of malformed) {
        const before = station.store.read((transaction) => transaction.audit.list({ limit: 1 }))[0]?.sequence;
        expect(await dispatch(station.world, deskOf(role), name, input)).toEqual({
          ok: false,
          problem: { code: 'forbidden', details: { command: name } },
        });
        const entry = newestAudit();
        expect(entry).toMatchObject({
          sequence: (before ?? 0) + 1,
          action: 'command-refused',
          by: `only-${role}`,
          details: { command: name, reason: 'forbidden' },
        });
        expect(JSON.stringify(entry)).not.toContain(secret);
      }
    }
  });

  it('is refused while the desk is locked, unless it must go on', async () => {
    const desk = await signedIn(station.world, `only-${permitted[0] ?? 'it'}`);
    await done(station.world, desk, 'people.lock', {});
    const answer = code(await dispatch(station.world, desk, name, { surprise: secret }));
    expect(answer).toBe(passesWhileLocked(name) ? 'invalid-input' : 'locked');
  });

  it.each(malformed)('refuses %s, naming where the fault is and never what was sent', async (_, input) => {
    for (const role of permitted) {
      const result = await dispatch(station.world, deskOf(role), name, input);
      expect(code(result)).toBe('invalid-input');
      if (!result.ok)
        expect(result.problem.details).toEqual({ path: expect.any(String), fault: expect.any(String) });
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });

  it('answers any JSON with a result and never with an exception', async () => {
    const desk = allowed === 'anyone' ? createDesk() : deskOf(permitted[0] ?? 'it');
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (input) => {
        // Signing out or locking is what a well-formed call of these does; here only the malformed ones matter.
        fc.pre(typeof input !== 'object' || input === null || Object.keys(input).length > 0);
        expect((await dispatch(station.world, desk, name, input)).ok).toBeTypeOf('boolean');
      }),
      { numRuns: 25 },
    );
  });
});

it('has a use case for every command of the table, and for no other', () => {
  expect(Object.keys(handlers).toSorted()).toEqual(names.toSorted());
});

it.each(['', 'sessions', '__proto__', 'toString', 'constructor', 'sessions.get '])(
  'does not know the command %j',
  async (name) => {
    expect(await dispatch(station.world, it0, name, {})).toEqual({
      ok: false,
      problem: { code: 'unknown-command' },
    });
  },
);

it('names the member that is wrong, down its path', async () => {
  const desk = deskOf('clinician');
  const sort = { column: 'date', direction: 'sideways' };
  expect(await dispatch(station.world, desk, 'sessions.list', { sort })).toEqual({
    ok: false,
    problem: { code: 'invalid-input', details: { path: 'sort.direction', fault: 'invalid_value' } },
  });
});

it('does not repeat a key that somebody typed', async () => {
  const result = await dispatch(station.world, deskOf('clinician'), 'sessions.save-draft', {
    sessionId: '00000000-0000-7000-8000-000000000000',
    answers: { 'Maria da Silva': 1 },
    confirmedWarnings: [],
    currentStep: 'form',
  });
  expect(result).toMatchObject({
    ok: false,
    problem: { code: 'invalid-input', details: { path: 'answers.?' } },
  });
});

it('writes down once what a page keeps asking after its desk was locked', async () => {
  const desk = await signedIn(station.world, 'only-clinician');
  await done(station.world, desk, 'people.lock', {});
  const count = (): number => station.store.read((transaction) => transaction.audit.verify().entries);
  const before = count();
  for (let turn = 0; turn < 5; turn += 1) await dispatch(station.world, desk, 'home.state', {});
  expect(count()).toBe(before + 1);
});

it('takes rights away from those who are signed in when their roles change', async () => {
  const desk = await person(station.world, it0, 'rosa', ['clinician']);
  const account = desk.account;
  if (account === null) throw new Error('rosa is not signed in');
  await done(station.world, it0, 'people.update', { accountId: account.id, roles: ['researcher'] });
  const create = { mode: 'collection', kind: 'TEST', form: {}, protocol: {}, models: [] };
  expect(code(await dispatch(station.world, desk, 'sessions.create', create))).toBe('forbidden');
  await done(station.world, it0, 'people.update', { accountId: account.id, isDisabled: true });
  expect(code(await dispatch(station.world, desk, 'home.state', {}))).toBe('not-signed-in');
});

it("answers the store's failure as a problem without its cause", async () => {
  const failing = workstation();
  const desk = await firstDesk(failing.world);
  failing.store.refuse({ code: 'disk-full', cause: new Error(`/data/${secret}`) });
  expect(await dispatch(failing.world, desk, 'people.list', {})).toEqual({
    ok: false,
    problem: { code: 'disk-full' },
  });
  failing.store.refuse(undefined);
  expect(code(await dispatch(failing.world, desk, 'people.list', {}))).toBe('ok');
});

it("keeps the cause of a port's problem in this process", async () => {
  const cause = new Error(`/data/${secret}`);
  const space = () =>
    Promise.resolve({
      ok: false,
      problem: { code: 'storage-unavailable', details: { reason: 'EIO' }, cause },
    } as const);
  const world = { ...station.world, recordings: { ...station.recordings, space } };
  expect(await dispatch(world, deskOf('clinician'), 'home.state', {})).toEqual({
    ok: false,
    problem: { code: 'storage-unavailable', details: { reason: 'EIO' } },
  });
});

it('lets a bug through to the host', async () => {
  const broken = workstation();
  const desk = await firstDesk(broken.world);
  const world = { ...broken.world, recoveryKey: () => 42 as unknown as string };
  await expect(dispatch(world, desk, 'storage.recovery-key', { password })).rejects.toThrow(
    'storage.recovery-key answers what its schema does not allow, at recoveryKey',
  );
});
