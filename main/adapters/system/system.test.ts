import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { momentSchema } from '../../../contract/localized.ts';
import { memoryHashing } from '../../ports/hashing.memory.ts';
import { deriveKey } from './derive-key.ts';
import { systemClock, systemHashing, systemRandomness } from './system.ts';
import { writeFileSafely } from './write-file-safely.ts';

it('tells a time that the contract takes', () => {
  expect(momentSchema.safeParse(systemClock().now()).success).toBe(true);
});

it('calls back in order and not when cancelled, and lets others go first', async () => {
  const clock = systemClock();
  const called: string[] = [];
  await new Promise<void>((resolve) => {
    clock.after(2, () => called.push('cancelled')).cancel();
    clock.after(20, resolve);
    clock.after(1, () => called.push('first'));
    clock.after(2_592_000_000, () => called.push('in thirty days')).cancel();
  });
  const other = new Promise<void>((resolve) =>
    setImmediate(() => {
      called.push('other');
      resolve();
    }),
  );
  await clock.breathe();
  called.push('after the other');
  await other;
  expect(called).toEqual(['first', 'other', 'after the other']);
});

it('hashes as its twin does', () => {
  const bytes = systemRandomness().bytes(100);
  expect(bytes.length).toBe(100);
  expect([systemHashing().sha256(bytes), systemHashing().sha256('ação')]).toEqual([
    memoryHashing().sha256(bytes),
    memoryHashing().sha256('ação'),
  ]);
});

it('derives a key of its own for every purpose and every master key', () => {
  const [one, two] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
  const keys = [deriveKey(one, 'a'), deriveKey(one, 'b'), deriveKey(two, 'a')].map((key) =>
    key.toString('hex'),
  );
  expect(new Set(keys).size).toBe(3);
  expect(deriveKey(one, 'a').toString('hex')).toBe(keys[0]);
  expect(() => deriveKey(new Uint8Array(31), 'a')).toThrow(RangeError);
});

it('derives as HKDF is defined (RFC 5869), so that stores can be opened for ever', () => {
  expect(deriveKey(new Uint8Array(32).fill(7), 'database v1').toString('hex')).toBe(
    'e88584a3a99590ba8d2690d8c2a0d2d9860bb5492ffecdab36e6ab1a290f46cc',
  );
});

it('writes a file whole, for this user alone, and leaves nothing beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spira-system-'));
  const path = join(folder, 'file');
  writeFileSafely(path, Buffer.from('one'));
  writeFileSafely(path, Buffer.from('two'));
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, readdirSync(folder)]).toEqual([
    'two',
    0o600,
    ['file'],
  ]);
  rmSync(folder, { recursive: true });
});
