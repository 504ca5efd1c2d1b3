import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSafeStorageDouble } from '../../../e2e/electron-double/electron-double.ts';
import { osKeys } from './secrets.ts';

const key = new Uint8Array(32).map((_value, index) => index * 7);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keysOn(backend: string, platform: NodeJS.Platform = 'linux') {
  const safeStorage = createSafeStorageDouble(backend);
  return { safeStorage, keys: osKeys({ safeStorage, platform, folder }) };
}

describe("the key in the system's secret store", () => {
  it('comes back as it was kept, and its file does not show it', async () => {
    const { keys } = keysOn('gnome_libsecret');
    expect(await keys.load()).toEqual({ ok: true, value: undefined });
    expect(await keys.save(key)).toEqual({ ok: true, value: undefined });
    expect(await keys.load()).toEqual({ ok: true, value: key });
    const file = readFileSync(join(folder, 'key.os'));
    expect(file.includes(Buffer.from(key))).toBe(false);
    expect(file.includes(Buffer.from(Buffer.from(key).toString('base64')))).toBe(false);
    if (process.platform !== 'win32') expect(statSync(join(folder, 'key.os')).mode & 0o777).toBe(0o600);
  });

  it.each(['basic_text', 'unknown'])('is refused where the secret store is %s', async (backend) => {
    const { keys } = keysOn(backend);
    expect(await keys.save(key)).toMatchObject({
      ok: false,
      problem: { code: 'key-unavailable', details: { reason: 'no-secret-store', backend } },
    });
    expect(await keys.load()).toEqual({ ok: true, value: undefined });
  });

  it('does not open a file that was written under a real secret store with a fake one', async () => {
    await keysOn('kwallet6').keys.save(key);
    expect(await keysOn('basic_text').keys.load()).toMatchObject({
      ok: false,
      problem: { code: 'key-unavailable' },
    });
  });

  it('is unavailable while the secret store is locked, and is kept', async () => {
    const { safeStorage, keys } = keysOn('gnome_libsecret');
    await keys.save(key);
    safeStorage.isAvailable = false;
    expect(await keys.load()).toMatchObject({ ok: false, problem: { code: 'key-unavailable' } });
    safeStorage.isAvailable = true;
    expect(await keys.load()).toEqual({ ok: true, value: key });
  });

  it('is wrong, and its file stays, when the secret store cannot decrypt it', async () => {
    const foreign = Buffer.from('v11 from another PC');
    writeFileSync(join(folder, 'key.os'), foreign);
    const { keys } = keysOn('gnome_libsecret');
    expect(await keys.load()).toMatchObject({ ok: false, problem: { code: 'key-wrong' } });
    expect(readFileSync(join(folder, 'key.os'))).toEqual(foreign);
  });

  it('needs no backend by name on Windows and macOS', async () => {
    for (const platform of ['win32', 'darwin'] as const) {
      const { keys } = keysOn('unknown', platform);
      expect(await keys.save(key)).toEqual({ ok: true, value: undefined });
    }
  });
});
