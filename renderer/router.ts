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

/** Parts of the researchers' page, each with an address. */
export const researchSections = ['sessions', 'labelling', 'agreement', 'training'] as const;
export type ResearchSection = (typeof researchSections)[number];

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'new-session'; readonly sessionId: SessionId | null }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly sessionId: SessionId }
  | { readonly page: 'models' }
  | { readonly page: 'research'; readonly section: ResearchSection }
  | { readonly page: 'research-session'; readonly sessionId: SessionId }
  | { readonly page: 'settings'; readonly section: SettingsSection }
  | { readonly page: 'not-found' };

export function routeOf(hash: string): Route {
  const [first = '', second, ...rest] = hash.replace(/^#?\/?/u, '').split('/');
  if (first === 'research') return researchRoute(second ?? 'sessions', rest);
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

function researchRoute(section: string, rest: readonly string[]): Route {
  if (section === 'sessions' && rest.length === 1) {
    const parsed = sessionIdSchema.safeParse(rest[0]);
    return parsed.success ? { page: 'research-session', sessionId: parsed.data } : { page: 'not-found' };
  }
  const known = rest.length > 0 ? undefined : researchSections.find((name) => name === section);
  return known === undefined ? { page: 'not-found' } : { page: 'research', section: known };
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
    case 'research':
      return `#/research/${route.section}`;
    case 'research-session':
      return `#/research/sessions/${route.sessionId}`;
    case 'settings':
      return `#/settings/${route.section}`;
    default:
      return route satisfies never;
  }
}

export function navigate(route: Exclude<Route, { page: 'not-found' }>): void {
  window.location.hash = hrefOf(route);
}
