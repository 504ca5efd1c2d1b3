import { memoryHashing } from './hashing.memory.ts';
import type { PasswordHashing } from './password-hashing.ts';

/** Salted and one-way like the real one, and fast: for tests, never for people. */
export function memoryPasswordHashing(): PasswordHashing {
  const { sha256 } = memoryHashing();
  let salt = 0;
  return {
    hash(password) {
      salt += 1;
      return Promise.resolve(`twin$${salt}$${sha256(`${salt}:${password}`)}`);
    },
    verify(hash, password) {
      const [scheme, stored, digest] = hash.split('$');
      return Promise.resolve(scheme === 'twin' && digest === sha256(`${stored}:${password}`));
    },
  };
}
