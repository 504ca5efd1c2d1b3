import { expect } from '@playwright/test';
import { draftSession, phrase, soundOf, test, type Bedside } from './support/bedside.ts';
import { expectFaithful } from './support/faithful-take.ts';
import { compareWithPlayed, microphoneRateHz } from './support/sound.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const played = phrase(15);

async function takesOf(bedside: Bedside, sessionId: Awaited<ReturnType<typeof draftSession>>['id']) {
  const { steps } = await bedside.must('sessions.get', { sessionId });
  return steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
}

test('what was recorded is what was played, sample for sample, while the page is busy', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  const watch = watchTake(page);
  await startTake(page);
  for (const seconds of [2, 4, 6]) {
    await spoken(watch, seconds);
    await page.evaluate(() => {
      const until = performance.now() + 400;
      while (performance.now() < until);
    });
    await page.setViewportSize({ width: 1280 + seconds * 20, height: 720 });
  }
  await spoken(watch, 12);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);

  const [take] = await takesOf(bedside, id);
  if (take === undefined) throw new Error('no take is kept');
  expect(take.sampleRateHz).toBe(microphoneRateHz);
  expect(take.durationS).toBeGreaterThan(11.5);
  await expectFaithful(bedside, take, played);
});

test('the second take begins where the clinician presses, and the first one stays as it was', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  const first = watchTake(page);
  await startTake(page);
  await spoken(first, 3);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);
  const [before] = await takesOf(bedside, id);

  const second = watchTake(page);
  await expect(async () => {
    await page.keyboard.press('Space');
    await expect(page.locator('.recording__state')).toHaveText('Recording', { timeout: 500 });
  }).toPass();
  await spoken(second, 2.5);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(2);

  const takes = await takesOf(bedside, id);
  expect(takes.map(({ version, isChosen }) => [version, isChosen])).toEqual([
    [1, false],
    [2, true],
  ]);
  expect(takes[0]?.sha256).toBe(before?.sha256);
  for (const take of takes) await expectFaithful(bedside, take, played);

  await page.getByRole('button', { name: 'Use this one: Recording 1' }).click();
  await expect(page.getByRole('button', { name: 'Use this one: Recording 2' })).toBeVisible();
  expect((await takesOf(bedside, id)).map(({ isChosen }) => isChosen)).toEqual([true, false]);
});

test('leaving the recordings gives the microphone back to the system', async ({ openBedside }) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  await expect(page.locator('.recording__state')).toHaveText('Ready');
  const open = await page.evaluate(
    () => (window as { openedTracks?: MediaStreamTrack[] }).openedTracks?.length,
  );
  expect(open).toBeGreaterThan(0);
  await page.getByRole('link', { name: 'Leave (kept as draft)' }).click();
  await bedside.desk.microphoneReleased();
});

/** A busy PC may starve an audio graph: then the take is short, and has to say by how much. */
test('a browser without track streams records through the audio worklet, and a take that is short says so', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor'));
  await page.reload();
  expect(await page.evaluate(() => 'MediaStreamTrackProcessor' in globalThis)).toBe(false);
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 4);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);
  const [take] = await takesOf(bedside, id);
  if (take === undefined) throw new Error('no take is kept');
  expect(take.sampleRateHz).toBe(microphoneRateHz);
  const { elapsedMs, shortfallMs, interruption } = take.continuity;
  expect(interruption).toBe('none');
  const shortMs = (elapsedMs ?? Number.NaN) - take.durationS * 1000;
  expect(Math.abs(shortMs - shortfallMs)).toBeLessThan(1);
  const likeness = compareWithPlayed(await soundOf(bedside, take.id), played);
  if (shortfallMs < 20) expect(likeness.correlation).toBeGreaterThan(0.99);
  else expect(likeness.blocks - likeness.brokenBlocks).toBeGreaterThan(0);
});
