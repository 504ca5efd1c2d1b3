import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../contract/ids.ts';
import type { Role } from '../../../contract/people.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { changeSchema } from '../../../contract/registry/sync.ts';
import type { RouteInput } from '../../../contract/registry/routes.ts';
import type { Caller } from '../../core/may.ts';
import type { Outcome } from '../../core/outcome.ts';
import { memoryWorld, type MemoryWorld } from '../world.memory.ts';
import type { Call } from '../world.ts';
import { callerOfToken } from './find-caller.ts';
import { makeFirstAccount, offerSetupCode } from './first-account.ts';
import { createHospital, renameHospital } from './hospitals.ts';
import { createAccount, listAccounts, updateAccount } from './manage-accounts.ts';
import { changeOwnPassword } from './own-account.ts';
import { refreshTokens, revokeToken, signIn, type TokenAnswer } from './sign-in.ts';

const password = 'cavalo bateria grampo';
const minuteMs = 60_000;

let world: MemoryWorld;
let root: Call;
let north: HospitalId;
let south: HospitalId;

beforeEach(async () => {
  world = memoryWorld();
  const code = (await offerSetupCode(world)) ?? '';
  const made = taken(await makeFirstAccount(from('10.0.0.1'), firstAccount(code)));
  root = as({ id: made.id, roles: ['it'], hospitals: 'all' });
  north = taken(await createHospital(root, { name: 'North' })).id as HospitalId;
  south = taken(await createHospital(root, { name: 'South' })).id as HospitalId;
});

const taken = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(`${outcome.problem.code}: ${outcome.problem.detail}`);
  return outcome.value;
};
const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.problem.code);

function from(address: string): Call {
  return { world, caller: { kind: 'public', address }, requestId: 'a' };
}

function as({
  id = world.randomness.id(0),
  roles,
  hospitals,
}: {
  readonly id?: string;
  readonly roles: readonly Role[];
  readonly hospitals: 'all' | readonly HospitalId[];
}): Call {
  const caller: Caller = { kind: 'account', accountId: id as AccountId, username: 'it', roles, hospitals };
  return { world, caller, requestId: 'a' };
}

function firstAccount(setupCode: string): RouteInput<'first-account.create'>['body'] {
  return { setupCode, username: 'root', displayName: 'Root', password, language: 'pt-BR' };
}

function newAccount(
  change: Partial<RouteInput<'accounts.create'>['body']> = {},
): RouteInput<'accounts.create'>['body'] {
  return {
    username: 'ana',
    displayName: 'Ana',
    email: null,
    roles: ['clinician'],
    hospitals: [north],
    language: 'pt-BR',
    password,
    ...change,
  };
}

/** The feed of one hospital, as a workstation there reads it: the newest content per subject. */
async function feedAccountsOf(hospitalId: HospitalId): Promise<Record<string, boolean>> {
  const rows = await world.store.read((reader) =>
    reader.find('changes', { where: { kind: 'account' }, order: [['sequence', 'ascending']] }),
  );
  const accounts: Record<string, boolean> = {};
  for (const row of rows) {
    if (row.hospitalId !== null && row.hospitalId !== hospitalId) continue;
    const { kind, sequence, at, content } = row;
    const change = changeSchema.parse({ kind, sequence, at, content });
    if (change.kind === 'account') accounts[change.content.username] = change.content.passwordHash !== null;
  }
  return accounts;
}

async function refusals(): Promise<readonly string[]> {
  const rows = await world.store.read((reader) => reader.find('audit', { where: { outcome: 'refused' } }));
  return rows.map(({ action, details }) => `${action} ${JSON.stringify(details)}`);
}

describe('the first account', () => {
  it('is made once, and no code makes another', async () => {
    const other = memoryWorld({ seed: 2 });
    const [one, two] = [await offerSetupCode(other), await offerSetupCode(other)];
    const call: Call = { ...from('10.0.0.1'), world: other };
    expect(codeOf(await makeFirstAccount(call, firstAccount('01234-01234-01234-01234')))).toBe(
      'wrong-credentials',
    );
    expect(codeOf(await makeFirstAccount(call, firstAccount(String(two).toLowerCase())))).toBe('ok');
    expect(codeOf(await makeFirstAccount(call, firstAccount(String(one))))).toBe('wrong-credentials');
    expect(await offerSetupCode(other)).toBeUndefined();
  });

  it('is not made with a code of the day before', async () => {
    const other = memoryWorld({ seed: 2 });
    const code = await offerSetupCode(other);
    other.clock.advance(24 * 60 * minuteMs);
    expect(codeOf(await makeFirstAccount({ ...from('::1'), world: other }, firstAccount(String(code))))).toBe(
      'wrong-credentials',
    );
  });

  it('keeps no code in clear', async () => {
    const other = memoryWorld({ seed: 2 });
    const code = String(await offerSetupCode(other));
    const rows = await other.store.read((reader) => reader.find('codes', {}));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(code);
  });
});

describe('signing in', () => {
  const tryIn = async (address: string, typed = 'wrong', username = 'ana'): Promise<string> =>
    codeOf(await signIn(from(address), { username, password: typed }));

  beforeEach(async () => {
    taken(await createAccount(root, newAccount()));
  });

  it('locks a guesser’s own place out for longer and longer, and nobody elsewhere', async () => {
    for (let failure = 0; failure < 5; failure += 1) {
      expect(await tryIn('10.0.0.1')).toBe('wrong-credentials');
    }
    expect(await tryIn('10.0.0.1', password)).toBe('locked-out');
    expect(await tryIn('10.0.0.2', password)).toBe('ok');
    world.clock.advance(minuteMs);
    expect(await tryIn('10.0.0.1')).toBe('wrong-credentials');
    world.clock.advance(minuteMs);
    expect(await tryIn('10.0.0.1', password)).toBe('locked-out');
    world.clock.advance(minuteMs);
    expect(await tryIn('10.0.0.1', password)).toBe('ok');
    expect(await tryIn('10.0.0.1')).toBe('wrong-credentials');
  });

  it('counts the addresses of one network of version 6 as one place', async () => {
    for (let failure = 0; failure < 5; failure += 1) await tryIn(`2001:db8::${String(failure)}`);
    expect(await tryIn('2001:db8:0:0:ffff::1', password)).toBe('locked-out');
    expect(await tryIn('2001:db8:0:1::1', password)).toBe('ok');
  });

  it('answers for a name that nobody has as for one that somebody has, and never writes it down', async () => {
    for (let failure = 0; failure < 5; failure += 1) {
      expect(await tryIn('10.0.0.1', 'wrong', 'my-password-by-mistake')).toBe('wrong-credentials');
    }
    expect(await tryIn('10.0.0.1', 'wrong', 'MY-password-by-mistake')).toBe('locked-out');
    const everything = await world.store.read(async (reader) =>
      JSON.stringify([await reader.find('audit', {}), await reader.find('signInFailures', {})]),
    );
    expect(everything).not.toMatch(/my-password-by-mistake/iu);
  });

  it('gives many tries at once no more chances', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryIn('10.0.0.1')));
    expect(answers.filter((answer) => answer === 'wrong-credentials')).toHaveLength(5);
  });

  it('audits each refusal with its reason', async () => {
    const before = (await refusals()).length;
    await tryIn('10.0.0.1');
    await tryIn('10.0.0.1', 'wrong', 'nobody');
    const written = (await refusals()).slice(before);
    expect(written).toEqual([
      'sign-in {"reason":"wrong-credentials","isKnown":true,"requestId":"a","origin":"10.0.0.1"}',
      'sign-in {"reason":"wrong-credentials","isKnown":false,"requestId":"a","origin":"10.0.0.1"}',
    ]);
  });

  it('is over for a disabled account at once, whatever tokens it holds', async () => {
    const tokens = taken(await signIn(from('10.0.0.1'), { username: 'ana', password }));
    expect(codeOf(await callerOfToken(world, tokens.access_token))).toBe('ok');
    taken(
      await updateAccount(root, {
        params: { accountId: tokens.id as AccountId },
        body: { isDisabled: true },
      }),
    );
    expect(codeOf(await callerOfToken(world, tokens.access_token))).toBe('not-authenticated');
    expect(codeOf(await refreshTokens(from('10.0.0.1'), tokens.refresh_token))).toBe('wrong-credentials');
    expect(await tryIn('10.0.0.1', password)).toBe('wrong-credentials');
  });

  it('gives rights as they are at the call, not as they were when the token was issued', async () => {
    const tokens = taken(await signIn(from('10.0.0.1'), { username: 'ana', password }));
    taken(
      await updateAccount(root, {
        params: { accountId: tokens.id as AccountId },
        body: { roles: ['researcher'], hospitals: [south] },
      }),
    );
    expect(taken(await callerOfToken(world, tokens.access_token))).toMatchObject({
      roles: ['researcher'],
      hospitals: [south],
    });
  });
});

describe('refresh tokens', () => {
  let tokens: TokenAnswer;
  beforeEach(async () => {
    taken(await createAccount(root, newAccount()));
    tokens = taken(await signIn(from('10.0.0.1'), { username: 'ana', password }));
  });
  const refresh = (token: string) => refreshTokens(from('10.0.0.1'), token);

  it('are good once; one that comes again ends its whole family', async () => {
    const second = taken(await refresh(tokens.refresh_token));
    expect(codeOf(await refresh(tokens.refresh_token))).toBe('wrong-credentials');
    expect(codeOf(await refresh(second.refresh_token))).toBe('wrong-credentials');
    expect((await refusals()).join('\n')).toContain('"reason":"reused"');
  });

  it('of another sign-in stay good', async () => {
    const other = taken(await signIn(from('10.0.0.1'), { username: 'ana', password }));
    taken(await refresh(tokens.refresh_token));
    await refresh(tokens.refresh_token);
    expect(codeOf(await refresh(other.refresh_token))).toBe('ok');
  });

  it('can be given back, and end when they get old', async () => {
    taken(await revokeToken(from('10.0.0.1'), tokens.refresh_token));
    expect(codeOf(await refresh(tokens.refresh_token))).toBe('wrong-credentials');
    const other = taken(await signIn(from('10.0.0.1'), { username: 'ana', password }));
    world.clock.advance(30 * 24 * 60 * minuteMs);
    expect(codeOf(await refresh(other.refresh_token))).toBe('wrong-credentials');
  });

  it('stand nowhere in clear', async () => {
    const rows = await world.store.read((reader) => reader.find('refreshTokens', {}));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(tokens.refresh_token);
  });

  it('all end when the password changes, and the new one counts', async () => {
    const own = as({ id: tokens.id, roles: ['clinician'], hospitals: [north] });
    const call: Call = { ...own, caller: { ...own.caller, username: 'ana' } as Caller };
    const next = 'outra senha bem longa';
    expect(codeOf(await changeOwnPassword(call, { current: 'wrong', next }))).toBe('wrong-credentials');
    expect(codeOf(await changeOwnPassword(call, { current: password, next: 'ana ana ana' }))).toBe(
      'invalid-input',
    );
    taken(await changeOwnPassword(call, { current: password, next }));
    expect(codeOf(await refresh(tokens.refresh_token))).toBe('wrong-credentials');
    expect(codeOf(await signIn(from('10.0.0.1'), { username: 'ana', password: next }))).toBe('ok');
  });
});

describe('accounts', () => {
  it('are told to the workstations of their hospitals, and taken back where they leave', async () => {
    const { id } = taken(await createAccount(root, newAccount()));
    const change = (body: RouteInput<'accounts.update'>['body']) =>
      updateAccount(root, { params: { accountId: id as AccountId }, body });
    const seen = async () => [(await feedAccountsOf(north))['ana'], (await feedAccountsOf(south))['ana']];
    expect(await seen()).toEqual([true, undefined]);
    taken(await change({ hospitals: [south] }));
    expect(await seen()).toEqual([false, true]);
    taken(await change({ hospitals: 'all' }));
    expect(await seen()).toEqual([true, true]);
    taken(await change({ hospitals: [north] }));
    expect(await seen()).toEqual([true, false]);
    taken(await change({ isDisabled: true }));
    expect(await seen()).toEqual([false, false]);
    taken(await change({ isDisabled: false }));
    expect(await seen()).toEqual([true, false]);
  });

  it('have one name, whatever its case', async () => {
    taken(await createAccount(root, newAccount()));
    expect(codeOf(await createAccount(root, newAccount({ username: 'ANA' })))).toBe('conflict');
  });

  it('are of hospitals that exist', async () => {
    const nowhere = world.randomness.id(0) as HospitalId;
    expect(codeOf(await createAccount(root, newAccount({ hospitals: [nowhere] })))).toBe('invalid-input');
  });

  it('keep one registry-wide IT account that works', async () => {
    const { accountId } = root.caller as Extract<Caller, { kind: 'account' }>;
    for (const body of [{ isDisabled: true }, { roles: ['clinician' as const] }, { hospitals: [north] }]) {
      expect(codeOf(await updateAccount(root, { params: { accountId }, body }))).toBe('conflict');
    }
    taken(await createAccount(root, newAccount({ roles: ['it'], hospitals: 'all' })));
    expect(codeOf(await updateAccount(root, { params: { accountId }, body: { isDisabled: true } }))).toBe(
      'ok',
    );
  });

  describe('under the IT of one hospital', () => {
    const local = () => as({ roles: ['it'], hospitals: [north] });

    it.each<[string, () => 'all' | HospitalId[], string]>([
      ['its own', () => [north], 'ok'],
      ['another', () => [south], 'forbidden'],
      ['its own and another', () => [north, south], 'forbidden'],
      ['all', () => 'all', 'forbidden'],
      ['no', () => [], 'forbidden'],
    ])('are made for %s hospital: %#', async (_, hospitals, expected) => {
      const before = (await refusals()).length;
      expect(codeOf(await createAccount(local(), newAccount({ hospitals: hospitals() })))).toBe(expected);
      expect((await refusals()).length - before).toBe(expected === 'ok' ? 0 : 1);
    });

    it('cannot be changed when they reach further, so that nobody gains by a new password', async () => {
      const { id } = taken(
        await createAccount(root, newAccount({ roles: ['it'], hospitals: [north, south] })),
      );
      const outcome = await updateAccount(local(), {
        params: { accountId: id as AccountId },
        body: { password: 'uma senha conhecida' },
      });
      expect(codeOf(outcome)).toBe('forbidden');
    });

    it('look like nobody when they belong elsewhere', async () => {
      const { id } = taken(await createAccount(root, newAccount({ hospitals: [south] })));
      const other = world.randomness.id(0);
      for (const accountId of [id, other]) {
        const outcome = await updateAccount(local(), {
          params: { accountId: accountId as AccountId },
          body: {},
        });
        expect(outcome).toMatchObject({ problem: { code: 'not-found', detail: 'user not found' } });
      }
      const { accounts } = taken(await listAccounts(local()));
      expect(accounts.map(({ username }) => username)).toEqual(['root']);
    });
  });
});

describe('hospitals', () => {
  it('have names that no other reads like', async () => {
    expect(codeOf(await createHospital(root, { name: ' nórth ' }))).toBe('conflict');
    const rename = (name: string) => renameHospital(root, { params: { hospitalId: north }, body: { name } });
    expect(codeOf(await rename('SOUTH'))).toBe('conflict');
    expect(codeOf(await rename('NORTH'))).toBe('ok');
  });

  it('are told to everybody, and to their own workstations as their own', async () => {
    taken(await renameHospital(root, { params: { hospitalId: north }, body: { name: 'Norte' } }));
    const rows = await world.store.read((reader) =>
      reader.find('changes', {
        where: { kind: 'hospital', subjectId: north },
        order: [['sequence', 'ascending']],
      }),
    );
    expect(rows.map(({ hospitalId, content }) => [hospitalId, content])).toEqual([
      [null, { id: north, name: 'Norte', isOwn: false }],
      [north, { id: north, name: 'Norte', isOwn: true }],
    ]);
  });
});
