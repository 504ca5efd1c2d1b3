import { expect, it } from 'vitest';
import { argon2PasswordHashing } from './argon2.ts';

const passwords = argon2PasswordHashing();

it('knows a password by its hash, however its accents were typed, and no other', async () => {
  const hash = await passwords.hash('coração aberto');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=47104,t=2,p=1\$/u);
  expect(await passwords.verify(hash, 'coração aberto'.normalize('NFD'))).toBe(true);
  expect(await passwords.verify(hash, 'coracao aberto')).toBe(false);
});

it('salts: the same password has another hash each time', async () => {
  expect(await passwords.hash('the same password')).not.toBe(await passwords.hash('the same password'));
});

it.each([undefined, '', 'not a hash'])('takes no password for right where the hash is %j', async (stored) => {
  expect(await passwords.verify(stored, 'any password')).toBe(false);
});

it('knows a person by a hash that a workstation made', async () => {
  const hash =
    '$argon2id$v=19$m=47104,t=2,p=1$DHSgjpkmMPLNkt2kstDdVQ$kKRBwQYfRrz2dQ8wLdYcmQ+UMxyyIfZIaVvOFfqFNBY';
  expect(await passwords.verify(hash, 'one password everywhere')).toBe(true);
});
