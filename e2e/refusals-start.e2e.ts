/** Starts that are refused: another key, no key, a damaged store, a second start, an address that was used. */
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, expect } from '@playwright/test';
import process from 'node:process';
import { draftSession, test, type Bedside } from './support/bedside.ts';
import { printOf } from './support/folder-print.ts';
import { runProgram, startWorkstation } from './support/workstation.ts';

const refusedStarts: readonly {
  readonly what: string;
  readonly exitCode: number;
  readonly message: RegExp;
  /** Answers what undoes it. */
  readonly spoil: (dataFolder: string) => () => void;
}[] = [
  {
    what: 'without its key',
    exitCode: 10,
    message: /key is not on this PC.*Nothing was changed or deleted.*--recovery-key-file/su,
    spoil: (folder) => {
      const key = readFileSync(join(folder, 'spira.key'));
      rmSync(join(folder, 'spira.key'));
      return () => writeFileSync(join(folder, 'spira.key'), key, { mode: 0o600 });
    },
  },
  {
    what: 'with the key of another PC',
    exitCode: 11,
    message: /does not open the data.*Nothing was changed or deleted/su,
    spoil: (folder) => {
      const path = join(folder, 'spira.key');
      const key = readFileSync(path, 'utf8');
      const other = key.replace(/[0-9a-zA-Z+/_-]{40,}/u, (text) => [...text].reverse().join(''));
      expect(other).not.toBe(key);
      writeFileSync(path, other);
      return () => writeFileSync(path, key);
    },
  },
  {
    what: 'on a database whose first pages were overwritten',
    exitCode: 14,
    message: /database.*is damaged.*Nothing was changed or deleted.*backups/su,
    spoil: (folder) => {
      const path = join(folder, 'store.db');
      const whole = readFileSync(path);
      writeFileSync(path, Buffer.concat([Buffer.alloc(8192, 0x5a), whole.subarray(8192)]));
      return () => writeFileSync(path, whole);
    },
  },
  {
    what: 'on a database that was cut off',
    exitCode: 14,
    message: /database.*is damaged.*Nothing was changed or deleted/su,
    spoil: (folder) => {
      const path = join(folder, 'store.db');
      const whole = readFileSync(path);
      truncateSync(path, Math.floor(whole.length / 2 / 4096) * 4096);
      return () => writeFileSync(path, whole);
    },
  },
];

test('a store is not opened without its key, with another key or damaged; nothing is changed, and it opens once that is undone', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { id: sessionId } = await draftSession(bedside);
  await bedside.workstation.stop();
  const { dataFolder } = bedside;
  for (const { what, exitCode, message, spoil } of refusedStarts) {
    await test.step(what, async () => {
      const undo = spoil(dataFolder);
      const before = printOf(dataFolder);
      const { code, stdout, stderr } = await startOf(dataFolder);
      expect.soft(code, what).toBe(exitCode);
      expect.soft(stderr, what).toMatch(message);
      expect.soft(stdout, what).toBe('');
      expect.soft(printOf(dataFolder), what).toEqual(before);
      undo();
    });
  }
  await bedside.restart();
  await bedside.signIn();
  expect((await bedside.must('sessions.get', { sessionId })).id).toBe(sessionId);
});

test('a second start on the same folder is told that one runs, and gets an address to it', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const second = await startOf(bedside.dataFolder);
  expect(second.code).toBe(0);
  expect(second.stderr).toContain('already running');
  const address = second.stdout.trim();
  expect(new URL(address).origin).toBe(new URL(bedside.workstation.address).origin);

  const page = await bedside.desk.context.newPage();
  await page.goto(address);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('an address opens once: the second time the page says what to do, in three languages', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const browser = await chromium.launch({
    executablePath: process.env['SPIRA_BROWSER'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    const answer = await page.goto(bedside.workstation.address);
    expect(answer?.status()).toBe(401);
    await expectClosedDoor(page);
  } finally {
    await browser.close();
  }
});

test('after a restart the old window says what to do, and a cookie of before opens nothing', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const before = new URL(bedside.workstation.address);
  await draftSession(bedside);
  await bedside.workstation.stop();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(page.getByText('Something failed inside the program.')).toBeVisible();
  await expect(page.getByText('What was shown as saved is safe.', { exact: false })).toBeVisible();

  const cookies = await bedside.desk.context.cookies();
  const again = await startWorkstation(bedside.dataFolder, { args: ['--port', before.port] });
  try {
    const { hostname } = new URL(again.address);
    await bedside.desk.context.addCookies(
      cookies.map(({ name, value }) => ({ name, value, domain: hostname, path: '/' })),
    );
    const answer = await page.goto(new URL(again.address).origin);
    expect(answer?.status()).toBe(401);
    await expectClosedDoor(page);
    const former = await page.goto(before.origin);
    expect(former?.status()).toBe(403);
    await expect(page.locator('body')).not.toBeEmpty();
  } finally {
    await again.stop();
  }
});

test('a first start on a folder that cannot be a folder, and one with a wrong option, say so and change nothing', async ({
  openBedside,
}) => {
  const { folder } = await openBedside();
  const path = join(folder, 'a-file');
  copyFileSync(import.meta.filename, path);
  const onFile = await startOf(path);
  expect(onFile.code).toBe(17);
  expect(onFile.stderr).toContain('cannot be read or written');
  expect(readFileSync(path)).toEqual(readFileSync(import.meta.filename));

  const wrongOption = await runProgram('main/hosts/node/main.ts', ['--no-windows']);
  expect(wrongOption.code).toBe(2);
  expect(wrongOption.stderr).toContain('--no-windows');
});

function startOf(dataFolder: string) {
  return runProgram('main/hosts/node/main.ts', ['--no-window', '--data', dataFolder]);
}

async function expectClosedDoor(page: Bedside['page']): Promise<void> {
  await expect(page.getByText('Este endereço não vale mais', { exact: false })).toBeVisible();
  await expect(page.getByText('This address is no longer valid', { exact: false })).toBeVisible();
  await expect(page.getByText('Esta dirección ya no es válida', { exact: false })).toBeVisible();
}
