import { expect, it } from 'vitest';
import { describePasswordHashing } from '../../ports/password-hashing.contract.ts';
import { argon2Key, argon2PasswordHashing } from './argon2.ts';

describePasswordHashing('Argon2id', argon2PasswordHashing());

it('costs at least what OWASP asks for', async () => {
  const hash = await argon2PasswordHashing().hash('a long password');
  const [, memoryKib, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/u.exec(hash) ?? [];
  expect(Number(memoryKib)).toBeGreaterThanOrEqual(19_456);
  expect(Number(passes)).toBeGreaterThanOrEqual(2);
});

it('derives the key of the reference implementation', async () => {
  // From the tests of the reference implementation (phc-winner-argon2, src/test.c): argon2id, version 0x13.
  const key = await argon2Key('password', {
    salt: Buffer.from('somesalt'),
    memoryKib: 65_536,
    iterations: 2,
    parallelism: 1,
  });
  expect(Buffer.from(key).toString('hex')).toBe(
    '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
  );
});
