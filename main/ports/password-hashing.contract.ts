import { describe, expect, it } from 'vitest';
import type { PasswordHashing } from './password-hashing.ts';

export function describePasswordHashing(name: string, hashing: PasswordHashing): void {
  describe(`${name} is a hashing of passwords that`, () => {
    it('knows a password again, and no other', async () => {
      const hash = await hashing.hash('coração de mãe 9');
      expect([
        await hashing.verify(hash, 'coração de mãe 9'),
        await hashing.verify(hash, 'coracao de mae 9'),
        await hashing.verify(hash, 'Coração de mãe 9'),
        await hashing.verify(hash, ''),
      ]).toEqual([true, false, false, false]);
    });

    it('gives another hash every time, without the password in it', async () => {
      const [one, two] = [await hashing.hash('a long password'), await hashing.hash('a long password')];
      expect(one).not.toBe(two);
      expect(one).not.toContain('a long password');
    });

    it('says no to a hash that is none', async () => {
      const answers = await Promise.all(
        ['', 'plain', '$argon2id$v=19$m=47104,t=2,p=1$', '$2b$10$abcdefghijklmnopqrstuv'].map((hash) =>
          hashing.verify(hash, 'plain'),
        ),
      );
      expect(answers).toEqual([false, false, false, false]);
    });
  });
}
