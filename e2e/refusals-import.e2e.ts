/** Takes from files: what can be read is kept, what cannot is named, and the step goes on either way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { badFiles, goodFiles } from './support/audio-files.ts';
import { draftSession, test } from './support/bedside.ts';

test('WAV and FLAC files of every usual kind become takes of the step, each kept as a version', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const files = goodFiles();
  for (const [index, { name, bytes }] of files.entries()) {
    await page
      .getByLabel('Use a WAV or FLAC file')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
    await expect(page.getByText(`Recording ${index + 1}`, { exact: true }), name).toBeVisible();
  }
  const { steps } = await bedside.must('sessions.get', { sessionId });
  const takes = steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  expect(takes.map(({ version }) => version)).toEqual(files.map((_, index) => index + 1));
  const [usual, , , , wide] = takes;
  expect(takes.slice(0, 4).map(({ sampleRateHz }) => sampleRateHz)).toEqual([44_100, 44_100, 44_100, 44_100]);
  expect(wide?.sampleRateHz).toBe(96_000);
  expect(wide?.durationS).toBeCloseTo(4, 2);
  expect(usual?.source).toBe('file');
  expect(takes.filter(({ isChosen }) => isChosen)).toHaveLength(1);
});

test('a file that is empty, cut off, no audio or two hours long is named in one message, and a good one still goes in', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  await expect(page.locator('.recording__state')).toHaveText('Ready');
  for (const { name, bytes, message } of badFiles()) {
    const path = join(bedside.folder, name);
    writeFileSync(path, bytes);
    await page.getByLabel('Use a WAV or FLAC file').setInputFiles(path);
    await expect(page.getByText(message), name).toBeVisible({ timeout: 120_000 });
    await expect(page.getByText('The file was not used', { exact: false }), name).toBeVisible();
  }
  const before = await bedside.must('sessions.get', { sessionId });
  expect(before.steps.find(({ key }) => key === 'sustentada')?.takes).toEqual([]);

  const [good] = goodFiles();
  if (good === undefined) throw new Error('no file');
  await page
    .getByLabel('Use a WAV or FLAC file')
    .setInputFiles({ name: good.name, mimeType: 'audio/wav', buffer: good.bytes });
  await expect(page.locator('.recording__state')).toHaveText('Saved');
});
