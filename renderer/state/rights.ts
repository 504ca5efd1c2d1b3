/** What a role may open, read from the command table: the pages offer what `main` would allow, and nothing else. */
import { commands, type CommandName } from '../../contract/app-api.ts';
import type { Role } from '../../contract/people.ts';
import type { Route } from '../router.ts';

export function mayCall(roles: readonly Role[], name: CommandName): boolean {
  const { allowed } = commands[name];
  return typeof allowed === 'string' || allowed.some((role) => roles.includes(role));
}

/** The command that a page cannot do without. */
const needs: Readonly<Record<Exclude<Route['page'], 'not-found' | 'settings'>, CommandName>> = {
  home: 'home.state',
  'new-session': 'sessions.create',
  sessions: 'sessions.list',
  session: 'sessions.get',
  models: 'models.list',
  research: 'research.state',
  'research-session': 'research.state',
};

const settingsNeed: Readonly<Record<Extract<Route, { page: 'settings' }>['section'], CommandName>> = {
  appearance: 'settings.appearance',
  microphone: 'settings.microphone',
  password: 'people.change-password',
  accounts: 'people.list',
  desk: 'settings.save',
  registry: 'sync.state',
  storage: 'storage.state',
  audit: 'audit.list',
  about: 'app.state',
};

export function mayOpen(roles: readonly Role[], route: Route): boolean {
  if (route.page === 'not-found') return false;
  return mayCall(roles, route.page === 'settings' ? settingsNeed[route.section] : needs[route.page]);
}

/** Where a person begins: the patients' desk, or for IT staff the accounts. */
export function firstPage(roles: readonly Role[]): Exclude<Route, { page: 'not-found' }> {
  return mayOpen(roles, { page: 'home' }) ? { page: 'home' } : { page: 'settings', section: 'accounts' };
}
