/** Keeps the desk in step with `main`: asks for the state, follows its events, tells it when the user is active. */
import type { Language } from '../../contract/localized.ts';
import type { Settings } from '../../contract/app-api.ts';
import type { Problem } from '../../contract/result.ts';
import { useLanguageStore } from '../i18n/language.ts';
import {
  change,
  useDesk,
  withAccount,
  withAnswer,
  withLock,
  withNotice,
  withoutAccount,
  withSettings,
} from '../state/desk.ts';
import { call, subscribe } from './index.ts';

let questions = 0;

/** An answer that an older question brings late is passed over: the newest question's counts. */
export async function refreshDesk(): Promise<void> {
  questions += 1;
  const question = questions;
  const answer = await call('app.state', {});
  if (question !== questions) return;
  change(withAnswer, answer);
  if (answer.ok) showLanguage(answer.value.account?.language ?? answer.value.settings.language);
}

/** Starts once, with the page. */
export function followDesk(): () => void {
  const stops = [
    subscribe('lock.changed', ({ isLocked }) => {
      change(withLock, isLocked);
      void refreshDesk();
    }),
    subscribe('settings.changed', () => void refreshDesk()),
    subscribe('notice', ({ code }) => change(withNotice, code)),
  ];
  void refreshDesk();
  return () => {
    for (const stop of stops) stop();
  };
}

export async function signIn(username: string, password: string): Promise<Problem | null> {
  const answer = await call('people.sign-in', { username, password });
  if (!answer.ok) return answer.problem;
  showLanguage(answer.value.language);
  change(withAccount, answer.value);
  await refreshDesk();
  return null;
}

export async function unlock(password: string): Promise<Problem | null> {
  const answer = await call('people.unlock', { password });
  if (!answer.ok) {
    // Signed out meanwhile, for instance by a restart of `main`: the sign-in page is the way on.
    if (answer.problem.code === 'not-signed-in') await refreshDesk();
    return answer.problem;
  }
  change(withAccount, answer.value);
  await refreshDesk();
  return null;
}

export async function lock(): Promise<void> {
  const answer = await call('people.lock', {});
  if (answer.ok) change(withLock, true);
  else await refreshDesk();
}

export async function signOut(): Promise<void> {
  const answer = await call('people.sign-out', {});
  if (answer.ok) change(withoutAccount);
  await refreshDesk();
}

/** Shown at once; kept for the account (or, before the sign-in, for this PC) where `main` allows it. */
export async function chooseLanguage(language: Language): Promise<void> {
  showLanguage(language);
  if (useDesk.getState().app?.isLocked === true) return;
  await chooseAppearance({ language });
}

export async function chooseAppearance(choice: {
  language?: Language;
  theme?: Settings['theme'];
}): Promise<Problem | null> {
  const answer = await call('settings.appearance', choice);
  if (!answer.ok) return answer.problem;
  change(withSettings, answer.value);
  await refreshDesk();
  return null;
}

function showLanguage(language: Language): void {
  useLanguageStore.getState().setLanguage(language);
  document.documentElement.lang = language;
}
