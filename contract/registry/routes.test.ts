import { expect, it } from 'vitest';
import { routes } from './routes.ts';

const account = {
  username: 'ana.lima',
  displayName: 'Ana Lima',
  password: 'cedro-lua-quintal',
  roles: ['clinician'],
  hospitals: [],
};

it('an account is made without an address and in Portuguese where nobody says otherwise', () => {
  const { body } = routes['accounts.create'];
  expect(body.parse(account)).toEqual({ ...account, email: null, language: 'pt-BR' });
  const said = { email: 'ana@hospital.example', language: 'es' };
  expect(body.parse({ ...account, ...said })).toMatchObject(said);
});

it('a change of an account leaves as it is what it does not name', () => {
  expect(routes['accounts.update'].body.parse({ displayName: 'Ana' })).toEqual({ displayName: 'Ana' });
});
