import { sha256 } from '../../contract/sha256.ts';
import type { Hashing } from './hashing.ts';

export function memoryHashing(): Hashing {
  return { sha256 };
}
