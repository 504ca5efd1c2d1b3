/** Argon2id off the main thread (the library computes in the thread pool). */
import { hash, verify } from '@node-rs/argon2';
import type { PasswordHashing } from '../../ports/surroundings.ts';

/**
 * The same cost as on workstations, which get these hashes by the feed. Above OWASP's least (19 MiB, 2 passes, 1 lane).
 * Argon2id is the library's default.
 */
const passwordCost = { memoryCost: 47_104, timeCost: 2, parallelism: 1 };

export function argon2PasswordHashing(): PasswordHashing {
  return {
    hash: (password) => hash(normalized(password), passwordCost),
    async verify(stored, password) {
      try {
        if (stored !== undefined) return await verify(stored, normalized(password));
      } catch {
        // Not a hash: no password is right, and that takes as long to say.
      }
      await hash(normalized(password), passwordCost);
      return false;
    },
  };
}

/** One password, however the keyboard composes its accents. */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
