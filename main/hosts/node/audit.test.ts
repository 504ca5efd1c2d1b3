import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFile } from '../../adapters/keyfile/key-file.ts';
import { openDatabase } from '../../adapters/sqlite/connection.ts';
import { deriveKey } from '../../adapters/system/derive-key.ts';
import { clinicianAt, runProgram, startHost } from './host-process.ts';

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'spira-audit-'));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

async function someWork(): Promise<void> {
  const host = await startHost(dataFolder);
  await clinicianAt(host);
  expect(await host.end('SIGTERM')).toBe(0);
}

/** As somebody with the key and a database tool would. */
async function tamper(sql: string): Promise<void> {
  const key = await keyFile({ path: join(dataFolder, 'spira.key') }).load();
  if (!key.ok || key.value === undefined) throw new Error('the key is there');
  const opened = openDatabase(join(dataFolder, 'store.db'), deriveKey(key.value, 'database v1'));
  if (!opened.ok) throw new Error(opened.problem.code);
  opened.value.exec(`DROP TRIGGER audit_is_never_edited; DROP TRIGGER audit_is_never_cut; ${sql}`);
  opened.value.close();
}

const verify = () => runProgram('audit.ts', ['verify', '--data', dataFolder]);

describe('npm run audit', () => {
  it('finds the trail of a working day whole, and lists it', async () => {
    await someWork();
    const verified = await verify();
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^\d+ entries; the trail is whole\n$/u);
    const listed = await runProgram('audit.ts', ['list', '--data', dataFolder, '--limit', '100']);
    const entries = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sequence: number; action: string; by: string });
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_entry, index) => index + 1));
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['store-opened', 'account-created', 'signed-in']),
    );
  });

  it.each([
    ['an edit', `UPDATE audit SET by_username = 'nobody' WHERE sequence = 2`, 'entry 2 was edited'],
    ['a reorder', 'UPDATE audit SET position = 1000 WHERE sequence = 2', 'entry 2 stands in the wrong place'],
    ['a gap', 'DELETE FROM audit WHERE sequence = 2', 'entry 2 is missing'],
    ['a cut end', 'DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)', 'cut off'],
  ])('names %s', async (_what, sql, named) => {
    await someWork();
    await tamper(sql);
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout).toContain(named);
  });

  it.each([
    [[], 'verify or list'],
    [['check'], 'check'],
    [['verify', 'list'], 'list'],
    [['verify', '--dta', 'x'], '--dta'],
    [['list', '--limit', 'all'], 'all'],
    [['verify', '--data', '/nowhere/at/all'], '/nowhere/at/all'],
  ])('says what is wrong with %j', async (args, named) => {
    const { code, stdout, stderr } = await runProgram('audit.ts', args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(named);
  });

  it('does not make a new key where the key is missing', async () => {
    await someWork();
    const database = readFileSync(join(dataFolder, 'store.db'));
    rmSync(join(dataFolder, 'spira.key'));
    const { code, stderr } = await verify();
    expect(code).toBe(2);
    expect(stderr).toMatch(/key is not on this PC/u);
    expect(readFileSync(join(dataFolder, 'store.db')).equals(database)).toBe(true);
  });
});
