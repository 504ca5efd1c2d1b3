import { expect, it } from 'vitest';
import { isOwnPage, startAddress } from './own-pages.ts';

it.each([startAddress, 'app://spira/', 'app://spira', 'app://spira/index.html#/sessions'])(
  '%s is our page',
  (address) => {
    expect(isOwnPage(address)).toBe(true);
  },
);

it.each([
  undefined,
  '',
  'null',
  'about:blank',
  'app://spira.evil/',
  'app://evil/spira',
  'app://spira:80/',
  'app://user@spira/',
  'https://spira/',
  'file:///app/spira/index.html',
  'data:text/html,app://spira/',
  'blob:app://spira/1-2',
  'javascript:app://spira/',
])('%s is not', (address) => {
  expect(isOwnPage(address)).toBe(false);
});
