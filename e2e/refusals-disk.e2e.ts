/** A disk that is too small for a session, and one that fills up in the middle of a take. */
import { expect } from '@playwright/test';
import type { Language } from '../contract/localized.ts';
import { draftSession, phrase, soundOf, test as base } from './support/bedside.ts';
import { expectToFollow } from './support/follow-played.ts';
import { screeningHeld } from './support/held-screening.ts';
import { release } from './support/processes.ts';
import { mountSmallDisk, type SmallDisk } from './support/small-disk.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const test = base.extend<{ readonly mountDisk: (sizeMiB: number) => SmallDisk }>({
  mountDisk: async ({}, use) => {
    const disks: SmallDisk[] = [];
    await use((sizeMiB) => {
      const disk = mountSmallDisk(sizeMiB);
      test.skip(typeof disk === 'string', typeof disk === 'string' ? disk : undefined);
      if (typeof disk === 'string') throw new Error(disk);
      disks.push(disk);
      return disk;
    });
    for (const disk of disks) disk.remove();
  },
});
const played = phrase(8);

const texts: Record<Language, { readonly begin: string; readonly full: string }> = {
  'pt-BR': { begin: 'Começar', full: 'Não há espaço suficiente no disco deste computador.' },
  en: { begin: 'Begin', full: 'There is not enough space on this PC’s disk.' },
  es: { begin: 'Comenzar', full: 'No hay espacio suficiente en el disco de este equipo.' },
};

test('a session is not started on a disk without room for it, and the message says so in each language', async ({
  openBedside,
  mountDisk,
}) => {
  const disk = mountDisk(100);
  const bedside = await openBedside({ dataFolder: `${disk.path}/data` });
  const { page } = bedside;
  await expect(page.getByText('Not enough space', { exact: true })).toBeVisible();
  for (const [language, { begin, full }] of Object.entries(texts)) {
    await bedside.must('settings.appearance', { language: language as Language });
    await page.goto(`${new URL(page.url()).origin}/#/new`);
    await page.reload();
    await expect(page.getByRole('button', { name: begin })).toBeVisible();
    await expect(page.getByText(full)).toBeHidden();
    await page.getByRole('button', { name: begin }).click();
    await expect(page.getByText(full)).toBeVisible();
  }
  const { total } = await bedside.must('sessions.list', {
    sort: { column: 'date', direction: 'descending' },
  });
  expect(total).toBe(0);
});

test('a disk that fills up in the middle of a take ends it with a message; when there is room again, all of it is saved', async ({
  openBedside,
  mountDisk,
}) => {
  const disk = mountDisk(260);
  const bedside = await openBedside({ dataFolder: `${disk.path}/data`, sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  disk.fill();
  await expect(page.getByText(texts.en.full)).toBeVisible();
  await expect(
    page.getByText('The audio that is not written yet is in memory.', { exact: false }),
  ).toBeVisible();
  await expect(page.locator('.recording__state')).toHaveText('Problem');
  const saidS = watch.spokenS();

  disk.empty();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  await expect(page.getByText('The disk became full during the recording.', { exact: false })).toBeVisible();
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const takes = steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  expect(takes.map(({ continuity }) => continuity.interruption)).toEqual(['disk-full']);
  expect(takes[0]?.durationS).toBeGreaterThan(2.5);
  expect(takes[0]?.durationS).toBeLessThan(saidS + 1);
  const [take] = takes;
  if (take !== undefined) expectToFollow(await soundOf(bedside, take.id), played);

  await page.getByRole('button', { name: 'Record again' }).click();
  await expect(page.locator('.recording__state')).toHaveText('Recording');
});

test('a disk that fills up and a kill -9 in the same take leave what was written', async ({
  openBedside,
  mountDisk,
}) => {
  const disk = mountDisk(260);
  const bedside = await openBedside({ dataFolder: `${disk.path}/data`, sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  disk.fill();
  await expect(page.getByText(texts.en.full)).toBeVisible();
  await bedside.workstation.kill();

  disk.empty();
  await bedside.restart();
  await bedside.signIn();
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const takes = steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  expect(takes).toHaveLength(1);
  expect(takes[0]?.durationS).toBeGreaterThanOrEqual(2.5);
  const [take] = takes;
  if (take !== undefined) expectToFollow(await soundOf(bedside, take.id), played);
});

test('a disk that fills up while a model is at work: the page says so, and with room the result comes by itself, once', async ({
  openBedside,
  mountDisk,
}) => {
  const disk = mountDisk(260);
  const bedside = await openBedside({ dataFolder: `${disk.path}/data` });
  const { page } = bedside;
  const { sessionId, engine } = await screeningHeld(bedside);
  disk.fill();
  release(engine);
  await expect(page.getByText('The result cannot be saved on this PC yet', { exact: false })).toBeVisible();
  await expect(page.getByText(texts.en.full)).toBeVisible();
  const before = await bedside.must('sessions.get', { sessionId });
  expect(before.status).toBe('processing');
  expect(before.screenings).toEqual([]);

  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText(texts.en.full)).toBeVisible();

  disk.empty();
  await expect(page.getByRole('heading', { name: 'Result' })).toBeVisible({ timeout: 60_000 });
  const after = await bedside.must('sessions.get', { sessionId });
  expect(after.status).toBe('completed');
  expect(after.screenings.map(({ outcome }) => outcome.status)).toEqual(['completed']);
  expect(after.history.filter(({ action }) => action === 'session-screened')).toHaveLength(1);
});
