import { expect, it } from 'vitest';
import { routePath } from './route-path.ts';

it.each([
  ['/api/sessions', {}, {}, '/api/sessions'],
  ['/api/sessions', {}, { limit: 50, state: undefined, after: 'a b' }, '/api/sessions?limit=50&after=a%20b'],
  ['/api/sessions/:sessionId/takes/:takeId', { sessionId: 's', takeId: 't' }, {}, '/api/sessions/s/takes/t'],
  ['/api/models/:name', { name: '../../oauth?x=é' }, {}, '/api/models/..%2F..%2Foauth%3Fx%3D%C3%A9'],
])('fills %s', (path, params, query, filled) => {
  expect(routePath(path, params, query)).toBe(filled);
});
