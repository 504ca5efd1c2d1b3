import { expect, it } from 'vitest';
import { newestVersionsFirst } from './definition-order.ts';

it('puts the newest version of each definition first', () => {
  const versions = ['b 1.0.0', 'a 1.9.0', 'a 1.10.0', 'a 1.10.0.1', 'b 2.0.0'].map((text) => {
    const [id = '', version = ''] = text.split(' ');
    return { id, version };
  });
  expect(newestVersionsFirst(versions).map(({ id, version }) => `${id} ${version}`)).toEqual([
    'a 1.10.0.1',
    'a 1.10.0',
    'a 1.9.0',
    'b 2.0.0',
    'b 1.0.0',
  ]);
});
