import { describe, expect, it } from 'vitest';
import type { SessionId } from '../contract/ids.ts';
import { hrefOf, researchSections, routeOf, settingsSections, type Route } from './router.ts';

const sessionId = '019aa0f0-0000-7000-8000-000000000001' as SessionId;
const routes: readonly Exclude<Route, { page: 'not-found' }>[] = [
  { page: 'home' },
  { page: 'new-session', sessionId: null },
  { page: 'new-session', sessionId },
  { page: 'sessions' },
  { page: 'session', sessionId },
  { page: 'models' },
  ...researchSections.map((section) => ({ page: 'research' as const, section })),
  { page: 'research-session', sessionId },
  ...settingsSections.map((section) => ({ page: 'settings' as const, section })),
];

describe('addresses of the pages', () => {
  it.each(routes.map((route) => [hrefOf(route), route] as const))(
    '%s leads back to its page',
    (href, route) => {
      expect(routeOf(href)).toEqual(route);
    },
  );

  it.each(['', '#', '#/', '/'])('an empty address %j is the home page', (hash) => {
    expect(routeOf(hash)).toEqual({ page: 'home' });
  });

  it('the settings open with the appearance', () => {
    expect(routeOf('#/settings')).toEqual({ page: 'settings', section: 'appearance' });
  });

  it('the researchers’ page opens with the sessions', () => {
    expect(routeOf('#/research')).toEqual({ page: 'research', section: 'sessions' });
  });

  it.each([
    '#/nowhere',
    '#/sessions/12',
    '#/sessions/a/b',
    '#/new/x',
    '#/settings/secret',
    '#/models/1',
    '#/research/secret',
    '#/research/labelling/x',
    '#/research/sessions/12',
    '#//x',
  ])('%s is no page', (hash) => {
    expect(routeOf(hash)).toEqual({ page: 'not-found' });
  });
});
