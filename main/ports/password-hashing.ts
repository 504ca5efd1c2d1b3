/** Argon2id; slow on purpose and off the main thread. */
export interface PasswordHashing {
  hash(password: string): Promise<string>;
  /** False for a wrong password; also false, after the same work, for an unknown hash format. */
  verify(hash: string, password: string): Promise<boolean>;
}
