import { describe, expect, it } from 'vitest';
import type { AuditAction } from '../../contract/app-api.ts';
import { createDesk } from './desk.ts';
import { leaveDesk } from './leave-desk.ts';
import {
  call,
  createDraft,
  done,
  fill,
  firstDesk,
  password,
  person,
  record,
  signedIn,
  speak,
  startTake,
  ward,
  workstation,
  type Workstation,
} from './fixtures/workstation.ts';

function trail(station: Workstation): readonly AuditAction[] {
  return station.store.read((transaction) => {
    const entries = transaction.audit.list({ limit: 500 });
    return entries.map((entry) => entry.action as AuditAction).reverse();
  });
}

const first = { username: 'ines', displayName: 'Inês', password, language: 'es' } as const;
const wrong = 'not the right one';

describe('the first start', () => {
  it('makes one IT account, signs it in and takes over its language', async () => {
    const { world } = workstation();
    const desk = createDesk();
    expect(await done(world, desk, 'app.state', {})).toMatchObject({ isFirstStart: true, account: null });
    const account = await done(world, desk, 'people.create-first', first);
    expect(account).toMatchObject({ username: 'ines', roles: ['it'], language: 'es', isDisabled: false });
    expect(await done(world, desk, 'app.state', {})).toMatchObject({
      isFirstStart: false,
      account: { id: account.id },
      lastUsername: 'ines',
      settings: { language: 'es', idleLockMinutes: 5 },
    });
  });

  it('happens once, also when two windows try at the same time', async () => {
    const { world } = workstation();
    const answers = await Promise.all(
      ['ines', 'ivo'].map((username) =>
        call(world, createDesk(), 'people.create-first', { ...first, username }),
      ),
    );
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.problem.code)).toSorted()).toEqual([
      'first-account-exists',
      'ok',
    ]);
    expect(await call(world, createDesk(), 'people.create-first', first)).toMatchObject({
      problem: { code: 'first-account-exists' },
    });
  });

  it.each(['ines-ines-ines', 'password2026', '1234567890'])('does not take the password %s', async (weak) => {
    const answer = await call(workstation().world, createDesk(), 'people.create-first', {
      ...first,
      password: weak,
    });
    expect(answer).toMatchObject({ ok: false, problem: { code: 'weak-password' } });
  });
});

describe('signing in', () => {
  it('takes the username in any case and remembers it', async () => {
    const { world } = await ward();
    const desk = createDesk();
    expect(await done(world, desk, 'people.sign-in', { username: 'CLARA', password })).toMatchObject({
      username: 'clara',
    });
    expect(await done(world, createDesk(), 'app.state', {})).toMatchObject({ lastUsername: 'clara' });
  });

  it('answers a wrong password and an unknown name alike, up to the lockout', async () => {
    const { world } = await ward();
    const answersFor = async (username: string): Promise<unknown[]> => {
      const answers: unknown[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        answers.push(await call(world, createDesk(), 'people.sign-in', { username, password: wrong }));
      }
      return answers;
    };
    const known = await answersFor('clara');
    expect(await answersFor('nobody')).toEqual(known);
    expect(known.at(4)).toEqual({ ok: false, problem: { code: 'wrong-credentials' } });
    expect(known.at(5)).toEqual({ ok: false, problem: { code: 'locked-out', details: { seconds: 60 } } });
  });

  it('locks out after five failures, per user, and lets the right password in when the time is over', async () => {
    const { world, clock } = await ward();
    const desk = createDesk();
    const attempt = (secret: string) =>
      call(world, desk, 'people.sign-in', { username: 'clara', password: secret });
    for (let turn = 0; turn < 5; turn += 1) await attempt(wrong);
    expect(await attempt(password)).toMatchObject({ problem: { code: 'locked-out' } });
    expect((await call(world, createDesk(), 'people.sign-in', { username: 'ines', password })).ok).toBe(true);
    clock.advance(60_000);
    expect(await attempt(wrong)).toMatchObject({ problem: { code: 'wrong-credentials' } });
    expect(await attempt(password)).toEqual({
      ok: false,
      problem: { code: 'locked-out', details: { seconds: 120 } },
    });
    clock.advance(120_000);
    expect((await attempt(password)).ok).toBe(true);
    expect(await attempt(wrong)).toMatchObject({ problem: { code: 'wrong-credentials' } });
  });

  it('gives many tries at once no more chances than one after the other', async () => {
    const { world } = await ward();
    const tries = Array.from({ length: 20 }, () =>
      call(world, createDesk(), 'people.sign-in', { username: 'clara', password: wrong }),
    );
    const codes = (await Promise.all(tries)).map((answer) => (answer.ok ? 'ok' : answer.problem.code));
    expect(codes.filter((code) => code === 'wrong-credentials')).toHaveLength(5);
    expect(codes.filter((code) => code === 'locked-out')).toHaveLength(15);
  });

  it('tells a disabled account only to who knows its password', async () => {
    const { world, it: desk, clinician } = await ward();
    const accountId = clinician.account?.id;
    if (accountId === undefined) throw new Error('nobody there');
    await done(world, desk, 'people.update', { accountId, isDisabled: true });
    const attempt = (secret: string) =>
      call(world, createDesk(), 'people.sign-in', { username: 'clara', password: secret });
    expect(await attempt(wrong)).toMatchObject({ problem: { code: 'wrong-credentials' } });
    expect(await attempt(password)).toMatchObject({ problem: { code: 'account-disabled' } });
  });

  it('leaves its traces, and never what somebody typed as a name', async () => {
    const station = await ward();
    await call(station.world, createDesk(), 'people.sign-in', {
      username: 'my-secret-pass',
      password: wrong,
    });
    const desk = await signedIn(station.world, 'clara');
    await done(station.world, desk, 'people.lock', {});
    await call(station.world, desk, 'people.unlock', { password: wrong });
    await done(station.world, desk, 'people.unlock', { password });
    await done(station.world, desk, 'people.sign-out', {});
    expect(trail(station).slice(-6)).toEqual([
      'sign-in-refused',
      'signed-in',
      'locked',
      'unlock-refused',
      'unlocked',
      'signed-out',
    ]);
    const entries = station.store.read((transaction) => transaction.audit.list({ limit: 500 }));
    expect(JSON.stringify(entries)).not.toContain('my-secret-pass');
  });
});

describe('keeping accounts', () => {
  it('lists accounts without their password hashes', async () => {
    const { world, it: desk } = await ward();
    const listed = await done(world, desk, 'people.list', {});
    expect(listed.map((account) => account.username)).toEqual(['ines', 'clara']);
    expect(JSON.stringify(listed)).not.toMatch(/hash|failures|twin/u);
  });

  it('does not take a name twice, in whatever case', async () => {
    const { world, it: desk } = await ward();
    const again = { ...first, username: 'Clara', roles: ['researcher' as const] };
    expect(await call(world, desk, 'people.create', again)).toMatchObject({
      problem: { code: 'account-exists' },
    });
  });

  it('keeps the last active IT account able to work', async () => {
    const { world, it: desk } = await ward();
    const accountId = desk.account?.id;
    if (accountId === undefined) throw new Error('nobody there');
    for (const change of [{ isDisabled: true }, { roles: ['clinician' as const] }]) {
      expect(await call(world, desk, 'people.update', { accountId, ...change })).toMatchObject({
        problem: { code: 'last-it-account' },
      });
    }
    await person(world, desk, 'ivo', ['it']);
    const changed = await done(world, desk, 'people.update', { accountId, roles: ['it', 'clinician'] });
    expect(changed.roles).toEqual(['it', 'clinician']);
    expect((await done(world, desk, 'people.update', { accountId, isDisabled: true })).isDisabled).toBe(true);
  });

  it('names an account that is not there', async () => {
    const { world, it: desk } = await ward();
    const accountId = '00000000-0000-7000-8000-000000000000';
    expect(await call(world, desk, 'people.update', { accountId })).toMatchObject({
      problem: { code: 'account-not-found' },
    });
  });

  it('lets IT give a new password, which ends a lockout, and people change their own', async () => {
    const { world, it: desk, clinician } = await ward();
    for (let turn = 0; turn < 5; turn += 1) {
      await call(world, createDesk(), 'people.sign-in', { username: 'clara', password: wrong });
    }
    const accountId = clinician.account?.id;
    if (accountId === undefined) throw new Error('nobody there');
    await done(world, desk, 'people.update', { accountId, password: 'fresh morning rain' });
    const own = createDesk();
    await done(world, own, 'people.sign-in', { username: 'clara', password: 'fresh morning rain' });
    const change = (current: string, next: string) =>
      call(world, own, 'people.change-password', { current, next });
    expect(await change(wrong, 'another fine day')).toMatchObject({ problem: { code: 'wrong-credentials' } });
    expect(await change('fresh morning rain', 'clara-clara')).toMatchObject({
      problem: { code: 'weak-password' },
    });
    expect((await change('fresh morning rain', 'another fine day')).ok).toBe(true);
    expect((await call(world, createDesk(), 'people.sign-in', { username: 'clara', password })).ok).toBe(
      false,
    );
  });

  it('shows the recovery key only after the password, and remembers that it did', async () => {
    const station = await ward();
    const { world, it: desk } = station;
    expect(await call(world, desk, 'storage.recovery-key', { password: wrong })).toMatchObject({
      problem: { code: 'wrong-credentials' },
    });
    expect(await done(world, desk, 'storage.state', {})).toMatchObject({ recoveryKeyShownAt: null });
    expect(await done(world, desk, 'storage.recovery-key', { password })).toEqual({
      recoveryKey: 'words that open the store',
    });
    expect(await done(world, desk, 'storage.state', {})).toMatchObject({
      recoveryKeyShownAt: '2026-03-09T12:00:00.000Z',
      folder: '/data',
      keyProtection: 'file',
      integrity: 'ok',
    });
    expect(trail(station)).toContain('recovery-key-shown');
  });
});

describe('lock and sign-out lose nothing', () => {
  it('only the same account unlocks', async () => {
    const { world, it: desk } = await ward();
    await person(world, desk, 'bruno', ['clinician']);
    const clara = await signedIn(world, 'clara');
    await done(world, clara, 'people.lock', {});
    expect(await call(world, clara, 'people.sign-in', { username: 'bruno', password })).toMatchObject({
      problem: { code: 'locked' },
    });
    expect(await done(world, clara, 'app.state', {})).toMatchObject({
      isLocked: true,
      account: { username: 'clara' },
    });
    await done(world, clara, 'people.unlock', { password });
    expect(await done(world, clara, 'app.state', {})).toMatchObject({ isLocked: false });
  });

  it('a take goes on through a lock, to the end', async () => {
    const { world, clinician } = await ward();
    const { id } = await createDraft(world, clinician);
    const takeId = await startTake(world, clinician, id, 'aceite');
    await done(world, clinician, 'people.lock', {});
    const chunks = await speak(world, clinician, takeId);
    const take = await done(world, clinician, 'recording.finish', {
      takeId,
      chunks,
      elapsedMs: 2000,
      interruption: 'none',
    });
    expect(take).toMatchObject({ durationS: 2, isChosen: true });
    expect(
      await call(world, clinician, 'recording.audio', { takeId, offsetBytes: 0, lengthBytes: 10 }),
    ).toMatchObject({ problem: { code: 'locked' } });
  });

  it('a locked desk feeds no take but its own', async () => {
    const { world, it: desk, clinician } = await ward();
    const other = await person(world, desk, 'bruno', ['clinician']);
    const { id } = await createDraft(world, clinician);
    const takeId = await startTake(world, clinician, id, 'aceite');
    await done(world, other, 'people.lock', {});
    const chunk = { takeId, sequence: 0, firstFrame: 0, pcm: 'AAAA' };
    expect(await call(world, other, 'recording.append', chunk)).toMatchObject({
      problem: { code: 'take-not-open' },
    });
    const end = { takeId, chunks: 0, elapsedMs: 0, interruption: 'none' as const };
    expect(await call(world, other, 'recording.finish', end)).toMatchObject({
      problem: { code: 'take-not-open' },
    });
  });

  it('typed answers are kept through a lock, for the draft that is open there and no other', async () => {
    const { world, it: desk, clinician } = await ward();
    const other = await person(world, desk, 'bruno', ['clinician']);
    const { id } = await createDraft(world, clinician);
    await done(world, clinician, 'people.lock', {});
    await fill(world, clinician, id, { answers: { rgh: 'typed while locked' } });
    await done(world, other, 'people.lock', {});
    const theirs = { sessionId: id, answers: {}, confirmedWarnings: [], currentStep: 'form' };
    expect(await call(world, other, 'sessions.save-draft', theirs)).toMatchObject({
      problem: { code: 'locked' },
    });
    await done(world, clinician, 'people.unlock', { password });
    expect((await done(world, clinician, 'sessions.get', { sessionId: id })).answers).toEqual({
      rgh: 'typed while locked',
    });
  });

  it.each(['people.sign-out', 'the window closes'])('%s: what was being recorded is kept', async (how) => {
    const { world, clinician } = await ward();
    const { id } = await createDraft(world, clinician);
    const takeId = await startTake(world, clinician, id, 'aceite');
    await speak(world, clinician, takeId);
    if (how === 'people.sign-out') await done(world, clinician, 'people.sign-out', {});
    else await leaveDesk(world, clinician);
    const again = await signedIn(world, 'clara');
    const { steps } = await done(world, again, 'sessions.get', { sessionId: id });
    expect(steps.flatMap((step) => step.takes)).toMatchObject([
      { id: takeId, durationS: 2, continuity: { interruption: 'app-ended' } },
    ]);
    expect((await record(world, again, id, 'aceite')).version).toBe(2);
  });
});

it('nobody stays signed in because the disk is full; the take waits for the next start', async () => {
  const { world, clinician, store } = await ward();
  const { id } = await createDraft(world, clinician);
  const takeId = await startTake(world, clinician, id, 'aceite');
  await speak(world, clinician, takeId);
  store.refuse({ code: 'disk-full' });
  await leaveDesk(world, clinician).catch(() => undefined);
  expect(clinician.account).toBeNull();
  store.refuse(undefined);
  expect(store.read((transaction) => transaction.takes.opened(takeId))).toBeDefined();
});

describe('settings', () => {
  it('are kept by IT, with a trace of what changed', async () => {
    const station = await ward();
    const settings = {
      language: 'en' as const,
      theme: 'dark' as const,
      idleLockMinutes: 10,
      preferredMicrophone: null,
      hospitals: ['Santa Casa', 'Santa Casa', 'Clínicas'],
      defaultModels: [],
    };
    expect(await done(station.world, station.it, 'settings.save', settings)).toEqual({
      ...settings,
      hospitals: ['Santa Casa', 'Clínicas'],
    });
    const [entry] = station.store.read((transaction) => transaction.audit.list({ limit: 1 }));
    expect(entry).toMatchObject({
      action: 'settings-changed',
      details: { changed: 'language, theme, idleLockMinutes, hospitals' },
    });
  });

  it("language and theme are everybody's own matter, before sign-in too", async () => {
    const { world, clinician } = await ward();
    await done(world, createDesk(), 'settings.appearance', { theme: 'light' });
    const settings = await done(world, clinician, 'settings.appearance', { language: 'es' });
    expect(settings).toMatchObject({ theme: 'light', language: 'es' });
    expect(await done(world, clinician, 'app.state', {})).toMatchObject({ account: { language: 'es' } });
    expect(await done(world, await signedIn(world, 'clara'), 'app.state', {})).toMatchObject({
      account: { language: 'es' },
    });
  });

  it('the microphone is remembered for this PC', async () => {
    const { world, clinician } = await ward();
    await done(world, clinician, 'settings.microphone', { preferredMicrophone: 'Headset' });
    expect(await done(world, createDesk(), 'app.state', {})).toMatchObject({
      settings: { preferredMicrophone: 'Headset' },
    });
  });
});

it('finds who edited the audit trail', async () => {
  const station = workstation();
  const desk = await firstDesk(station.world);
  expect(await done(station.world, desk, 'audit.verify', {})).toEqual({ entries: 2, findings: [] });
  station.store.tamper((entries) =>
    entries.map((entry, index) => (index === 0 ? { ...entry, by: 'nobody' } : entry)),
  );
  expect(await done(station.world, desk, 'audit.verify', {})).toMatchObject({
    findings: [{ sequence: 1, kind: 'edited' }],
  });
  const listed = await done(station.world, desk, 'audit.list', { limit: 1 });
  expect(listed).toMatchObject([{ sequence: 2, action: 'signed-in', by: 'ines' }]);
});
