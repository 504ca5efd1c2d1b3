import { createHash, type Hash } from 'node:crypto';
import type { Hashing } from '../../registry/ports/surroundings.ts';

/** The same hashes as the twin's, in a fraction of its time. */
export const fastHashing: Hashing = {
  sha256: (data) => createHash('sha256').update(data).digest('hex'),
  startSha256() {
    const hash: Hash = createHash('sha256');
    return { update: (data) => void hash.update(data), end: () => hash.digest('hex') };
  },
};
