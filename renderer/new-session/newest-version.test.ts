import { expect, it } from 'vitest';
import { newestFirst, newestOfEach } from './newest-version.ts';

const forms = [
  { id: 'spira', version: '1.9.0' },
  { id: 'other', version: '1.0.0' },
  { id: 'spira', version: '1.10.0' },
];

it('offers the newest version of each form, by number and not by text', () => {
  expect(newestOfEach(forms)).toEqual([forms[2], forms[1]]);
});

it('lists older versions after newer ones of the same form', () => {
  expect(newestFirst(forms)).toEqual([forms[2], forms[0], forms[1]]);
});
