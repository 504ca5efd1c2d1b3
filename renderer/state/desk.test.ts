import { describe, expect, it } from 'vitest';
import type { AppState } from '../../contract/app-api.ts';
import type { AccountId } from '../../contract/ids.ts';
import type { Account } from '../../contract/people.ts';
import { fail, ok } from '../../contract/result.ts';
import {
  emptyDesk,
  viewOf,
  withAccount,
  withAnswer,
  withLock,
  withNotice,
  withoutAccount,
  withoutNotice,
} from './desk.ts';

const account: Account = {
  id: '019aa0f0-0000-7000-8000-00000000000a' as AccountId,
  username: 'bia',
  displayName: 'Beatriz Lima',
  roles: ['clinician'],
  language: 'pt-BR',
  isDisabled: false,
  origin: 'local',
  createdAt: { at: '2026-11-21T12:00:00.000Z', zone: 'America/Sao_Paulo' },
};
const other: Account = {
  ...account,
  id: '019aa0f0-0000-7000-8000-00000000000b' as AccountId,
  username: 'rui',
};

function appState(changes: Partial<AppState> = {}): AppState {
  return {
    appVersion: '0.1.0',
    host: 'node',
    isFirstStart: false,
    account: null,
    isLocked: false,
    lastUsername: null,
    settings: {
      language: 'pt-BR',
      theme: 'system',
      idleLockMinutes: 5,
      preferredMicrophone: null,
      hospitals: [],
      defaultModels: [],
    },
    notices: [],
    ...changes,
  };
}

const answered = (changes: Partial<AppState>) => withAnswer(emptyDesk, ok(appState(changes)));

describe('what stands in front', () => {
  it('is the start until main answers, and the way out when it does not', () => {
    expect(viewOf(emptyDesk)).toBe('starting');
    expect(viewOf(withAnswer(emptyDesk, fail('internal')))).toBe('unreachable');
  });

  it('is the first start while there is no account, then the sign-in, then the pages', () => {
    expect(viewOf(answered({ isFirstStart: true }))).toBe('first-start');
    expect(viewOf(answered({}))).toBe('sign-in');
    expect(viewOf(answered({ account }))).toBe('pages');
  });

  it('stays as it was when a later question fails: no page is lost for a hiccup', () => {
    expect(viewOf(withAnswer(answered({ account }), fail('internal')))).toBe('pages');
  });
});

describe('a lock', () => {
  it('leaves the pages of the account mounted, so that nothing typed is lost', () => {
    const locked = withLock(answered({ account }), true);
    expect(locked.app?.isLocked).toBe(true);
    expect(locked.pagesOf).toEqual(account);
    expect(viewOf(locked)).toBe('pages');
  });

  it('opens no page when the window starts locked, and opens them after the unlock', () => {
    const locked = answered({ account, isLocked: true });
    expect(viewOf(locked)).toBe('locked');
    expect(viewOf(withAccount(locked, account))).toBe('pages');
  });

  it('keeps the pages when the state is asked again while locked', () => {
    const locked = withAnswer(
      withLock(answered({ account }), true),
      ok(appState({ account, isLocked: true })),
    );
    expect(locked.pagesOf).toEqual(account);
  });

  it('gives the pages of one account to no other', () => {
    const locked = withAnswer(
      withLock(answered({ account }), true),
      ok(appState({ account: other, isLocked: true })),
    );
    expect(locked.pagesOf).toBeNull();
  });
});

describe('signing in and out', () => {
  it('puts the account at the desk and takes all pages with it again', () => {
    const inside = withAccount(answered({ isFirstStart: true }), account);
    expect(viewOf(inside)).toBe('pages');
    expect(inside.app?.lastUsername).toBe('bia');
    expect(viewOf(withoutAccount(inside))).toBe('sign-in');
  });
});

describe('notes', () => {
  it('of the start are shown once, not again with every answer', () => {
    const notices = [{ code: 'audit-broken' as const, at: account.createdAt }];
    const started = answered({ notices });
    expect(started.notices).toEqual(['audit-broken']);
    const dismissed = withoutNotice(started, 'audit-broken');
    expect(withAnswer(dismissed, ok(appState({ notices }))).notices).toEqual([]);
  });

  it('that come twice stand once', () => {
    expect(withNotice(withNotice(emptyDesk, 'disk-full'), 'disk-full').notices).toEqual(['disk-full']);
  });
});
