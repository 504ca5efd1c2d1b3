/** Who sits at the desk: the app's state as `main` tells it, and whether the pages may be seen. */
import { create } from 'zustand';
import type { AppState, Settings } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import type { Problem, ProblemCode, Result } from '../../contract/result.ts';

export interface Desk {
  /** Null until `main` has answered for the first time. */
  readonly app: AppState | null;
  /** Why the last question for the state failed. */
  readonly problem: Problem | null;
  /** The account whose pages are mounted: they outlive a lock, and end with the sign-out. */
  readonly pagesOf: Account | null;
  /** Codes of notes that came while running. */
  readonly notices: readonly ProblemCode[];
  /** The first account was made just now: its maker is offered the recovery key. */
  readonly offersRecoveryKey: boolean;
}

export const emptyDesk: Desk = {
  app: null,
  problem: null,
  pagesOf: null,
  notices: [],
  offersRecoveryKey: false,
};

export function withAnswer(desk: Desk, answer: Result<AppState>): Desk {
  if (!answer.ok) return { ...desk, problem: answer.problem };
  const app = answer.value;
  const codes = app.notices.map((notice) => notice.code);
  return {
    ...desk,
    app,
    problem: null,
    pagesOf: pagesAfter(desk.pagesOf, app),
    notices: desk.app === null ? [...new Set([...desk.notices, ...codes])] : desk.notices,
  };
}

/** Pages open on an unlocked screen only; once open, a lock of the same account leaves them as they are. */
function pagesAfter(open: Account | null, app: AppState): Account | null {
  if (app.account === null) return null;
  if (!app.isLocked || open?.id === app.account.id) return app.account;
  return null;
}

export function withLock(desk: Desk, isLocked: boolean): Desk {
  if (desk.app === null) return desk;
  const app = { ...desk.app, isLocked };
  return { ...desk, app, pagesOf: pagesAfter(desk.pagesOf, app) };
}

export function withAccount(desk: Desk, account: Account): Desk {
  if (desk.app === null) return desk;
  const app = { ...desk.app, account, isLocked: false, isFirstStart: false, lastUsername: account.username };
  return { ...desk, app, pagesOf: account };
}

export function withoutAccount(desk: Desk): Desk {
  if (desk.app === null) return desk;
  return { ...desk, app: { ...desk.app, account: null, isLocked: false }, pagesOf: null };
}

export function withSettings(desk: Desk, settings: Settings): Desk {
  return desk.app === null ? desk : { ...desk, app: { ...desk.app, settings } };
}

export function withNotice(desk: Desk, code: ProblemCode): Desk {
  return desk.notices.includes(code) ? desk : { ...desk, notices: [...desk.notices, code] };
}

export function withoutNotice(desk: Desk, code: ProblemCode): Desk {
  return { ...desk, notices: desk.notices.filter((notice) => notice !== code) };
}

export function withRecoveryOffer(desk: Desk, offersRecoveryKey: boolean): Desk {
  return { ...desk, offersRecoveryKey };
}

export type DeskView = 'starting' | 'unreachable' | 'first-start' | 'sign-in' | 'locked' | 'pages';

/** Which screen stands in front when the lock is left aside. */
export function viewOf({ app, problem, pagesOf }: Desk): DeskView {
  if (app === null) return problem === null ? 'starting' : 'unreachable';
  if (app.isFirstStart) return 'first-start';
  if (app.account === null) return 'sign-in';
  return pagesOf === null ? 'locked' : 'pages';
}

export const useDesk = create<Desk>(() => emptyDesk);

/** Applies one of the rules above to what is shown. */
export function change<Arguments extends unknown[]>(
  rule: (desk: Desk, ...rest: Arguments) => Desk,
  ...rest: Arguments
): void {
  useDesk.setState((desk) => rule(desk, ...rest));
}
