import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeKeys } from '../../ports/keys.contract.ts';
import { argon2Key } from '../argon2/argon2.ts';
import { keyFile, passphraseKeyFile, type DeriveKey } from './key-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-keys-'));
  path = join(folder, 'inner', 'master.key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = Uint8Array.from({ length: 32 }, (_, index) => 200 - index);
/** The real derivation with as little work as the format allows: these tests are not about its cost. */
const deriveKey: DeriveKey = (passphrase, parameters) =>
  argon2Key(passphrase, { ...parameters, memoryKib: 8192, iterations: 1 });
const withPassphrase = (passphrase: string) => passphraseKeyFile({ path, passphrase, deriveKey });

describeKeys('a key file', () => ({ keys: keyFile({ path }), again: () => keyFile({ path }) }));
describeKeys('a key file under a passphrase', () => ({
  keys: withPassphrase('correct horse battery'),
  again: () => withPassphrase('correct horse battery'),
}));

describe('a key file', () => {
  it('is readable by this user alone', async () => {
    await keyFile({ path }).save(key);
    expect([statSync(path).mode & 0o777, statSync(join(folder, 'inner')).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    expect(readdirSync(join(folder, 'inner'))).toEqual(['master.key']);
  });

  it.each([0o640, 0o604, 0o660, 0o777])(
    'is refused with mode %o, because others may have read it',
    async (mode) => {
      await keyFile({ path }).save(key);
      chmodSync(path, mode);
      expect(await keyFile({ path }).load()).toEqual({
        ok: false,
        problem: {
          code: 'key-unavailable',
          details: { reason: 'readable-by-others', mode: `0${mode.toString(8)}` },
        },
      });
    },
  );

  it('is refused where it is a link or a folder', async () => {
    await keyFile({ path }).save(key);
    const link = join(folder, 'link.key');
    symlinkSync(path, link);
    const asFolder = join(folder, 'folder.key');
    mkdirSync(asFolder, { mode: 0o700 });
    const reasons = [await keyFile({ path: link }).load(), await keyFile({ path: asFolder }).load()].map(
      (loaded) =>
        loaded.ok ? 'loaded' : `${loaded.problem.code} ${String(loaded.problem.details?.['reason'])}`,
    );
    expect(reasons).toEqual(['key-unavailable not-a-file', 'key-unavailable not-a-file']);
  });

  it.each(['', '{}', 'no json', JSON.stringify({ format: 'spira-key-1', protection: 'file', key: 'AAAA' })])(
    'that holds %j is damaged; a key that is kept then takes its place without deleting it',
    async (content) => {
      mkdirSync(join(folder, 'inner'));
      writeFileSync(path, content, { mode: 0o600 });
      expect(await keyFile({ path }).load()).toMatchObject({
        ok: false,
        problem: { code: 'key-unavailable', details: { reason: 'damaged' } },
      });
      expect((await keyFile({ path }).save(key)).ok).toBe(true);
      expect(await keyFile({ path }).load()).toEqual({ ok: true, value: key });
      expect(readFileSync(`${path}.unreadable-1`, 'utf8')).toBe(content);
    },
  );
});

describe('a key file under a passphrase', () => {
  it('opens with this passphrase alone, however its accents are typed', async () => {
    await withPassphrase('coração forte').save(key);
    const [wrong, composed, decomposed] = [
      await withPassphrase('coracao forte').load(),
      await withPassphrase('coração forte'.normalize('NFC')).load(),
      await withPassphrase('coração forte'.normalize('NFD')).load(),
    ];
    expect(wrong).toEqual({ ok: false, problem: { code: 'key-wrong', details: { reason: 'passphrase' } } });
    expect([composed, decomposed]).toEqual([
      { ok: true, value: key },
      { ok: true, value: key },
    ]);
  });

  it('holds the key nowhere in clear and is not replaced by who does not know the passphrase', async () => {
    await withPassphrase('one').save(key);
    const content = readFileSync(path, 'utf8');
    const refused = await withPassphrase('two').save(new Uint8Array(32));
    expect(content).not.toContain(Buffer.from(key).toString('base64').slice(0, 12));
    expect(content).not.toContain('one');
    expect(refused).toMatchObject({ ok: false, problem: { code: 'key-wrong' } });
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('is not taken for a plain key file, nor the other way round', async () => {
    await withPassphrase('one').save(key);
    const asPlain = await keyFile({ path }).load();
    rmSync(path);
    await keyFile({ path }).save(key);
    const asSealed = await withPassphrase('one').load();
    expect([asPlain, asSealed]).toMatchObject([
      { ok: false, problem: { code: 'key-unavailable', details: { reason: 'passphrase-needed' } } },
      { ok: false, problem: { code: 'key-unavailable', details: { reason: 'no-passphrase-expected' } } },
    ]);
  });

  it('is wrong, not another key, when anything in it was changed', async () => {
    await withPassphrase('one').save(key);
    const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const flip = (text = '') =>
      Buffer.from(Buffer.from(text, 'base64').map((byte) => byte ^ 1)).toString('base64');
    for (const name of ['nonce', 'sealedKey', 'tag']) {
      writeFileSync(path, JSON.stringify({ ...content, [name]: flip(content[name]) }));
      expect(await withPassphrase('one').load()).toMatchObject({ ok: false, problem: { code: 'key-wrong' } });
    }
  });
});
