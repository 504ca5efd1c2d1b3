/** The pages' addresses, in the hash so that the same files serve under any scheme. */
import type { SessionId } from '../contract/ids.ts';
import { sessionIdSchema } from '../contract/ids.ts';

export const settingsSections = [
  'appearance',
  'microphone',
  'password',
  'accounts',
  'desk',
  'registry',
  'storage',
  'audit',
  'about',
] as const;
export type SettingsSection = (typeof settingsSections)[number];

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'new-session'; readonly sessionId: SessionId | null }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly sessionId: SessionId }
  | { readonly page: 'models' }
  | { readonly page: 'settings'; readonly section: SettingsSection }
  | { readonly page: 'not-found' };

export function routeOf(hash: string): Route {
  const [first = '', second, ...rest] = hash.replace(/^#?\/?/u, '').split('/');
  if (rest.length > 0) return { page: 'not-found' };
  switch (first) {
    case '':
      return second === undefined ? { page: 'home' } : { page: 'not-found' };
    case 'new':
      return withSession(second, (sessionId) => ({ page: 'new-session', sessionId }), {
        page: 'new-session',
        sessionId: null,
      });
    case 'sessions':
      return withSession(second, (sessionId) => ({ page: 'session', sessionId }), { page: 'sessions' });
    case 'models':
      return second === undefined ? { page: 'models' } : { page: 'not-found' };
    case 'settings': {
      const section = settingsSections.find((name) => name === (second ?? 'appearance'));
      return section === undefined ? { page: 'not-found' } : { page: 'settings', section };
    }
    default:
      return { page: 'not-found' };
  }
}

function withSession(id: string | undefined, make: (sessionId: SessionId) => Route, without: Route): Route {
  if (id === undefined) return without;
  const parsed = sessionIdSchema.safeParse(id);
  return parsed.success ? make(parsed.data) : { page: 'not-found' };
}

export function hrefOf(route: Exclude<Route, { page: 'not-found' }>): string {
  switch (route.page) {
    case 'home':
      return '#/';
    case 'new-session':
      return route.sessionId === null ? '#/new' : `#/new/${route.sessionId}`;
    case 'sessions':
      return '#/sessions';
    case 'session':
      return `#/sessions/${route.sessionId}`;
    case 'models':
      return '#/models';
    case 'settings':
      return `#/settings/${route.section}`;
    default:
      return route satisfies never;
  }
}

export function navigate(route: Exclude<Route, { page: 'not-found' }>): void {
  window.location.hash = hrefOf(route);
}
