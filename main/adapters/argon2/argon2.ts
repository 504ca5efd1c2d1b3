/** Argon2id off the main thread (the library computes in the thread pool). */
import { hash, hashRaw, verify } from '@node-rs/argon2';
import type { PasswordHashing } from '../../ports/password-hashing.ts';

export interface Argon2Parameters {
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** Above OWASP's least (19 MiB, 2 passes, 1 lane): about a tenth of a second on a ward PC. Argon2id is the library's default. */
const passwordCost = { memoryCost: 47_104, timeCost: 2, parallelism: 1 };

export function argon2PasswordHashing(): PasswordHashing {
  return {
    hash: (password) => hash(normalized(password), passwordCost),
    async verify(stored, password) {
      try {
        return await verify(stored, normalized(password));
      } catch {
        // As long as a wrong password takes, so that nobody learns from the time what is stored.
        await hash(normalized(password), passwordCost);
        return false;
      }
    },
  };
}

/** 32 bytes from a passphrase; the same for the same parameters. */
export async function argon2Key(passphrase: string, parameters: Argon2Parameters): Promise<Uint8Array> {
  return new Uint8Array(
    await hashRaw(normalized(passphrase), {
      salt: parameters.salt,
      memoryCost: parameters.memoryKib,
      timeCost: parameters.iterations,
      parallelism: parameters.parallelism,
      outputLen: 32,
    }),
  );
}

/** One password, however the keyboard composes its accents. */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
