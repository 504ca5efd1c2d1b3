/** The screen is locked, or the desk's sign-in ends, while work goes on: nothing of it is lost. */
import { expect, type Page } from '@playwright/test';
import type { SessionId } from '../contract/ids.ts';
import type { Take } from '../contract/session.ts';
import { clinician, draftSession, phrase, soundOf, test, type Bedside } from './support/bedside.ts';
import { expectFaithful, pauseOf } from './support/faithful-take.ts';
import { expectToFollow } from './support/follow-played.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const played = phrase(8);

test('defect 7: a lock in the middle of a recording covers the screen; the recording goes on and is saved whole', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 1);
  await page.keyboard.press('Control+Shift+L');
  await expect(page.getByRole('dialog', { name: 'Screen locked' })).toBeVisible();
  await expect(page.getByText(/14259401E/u)).toBeHidden();
  const atLockS = watch.acknowledgedS();
  await page.getByRole('heading', { name: 'Screen locked' }).click();
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await spoken(watch, atLockS + 2);
  const refused = await bedside.call('sessions.get', { sessionId });
  expect(refused).toMatchObject({ ok: false, problem: { code: 'locked' } });

  await unlock(page);
  await expect(page.locator('.recording__state')).toHaveText('Recording');
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  const [take] = await takesOf(bedside, sessionId);
  if (take === undefined) throw new Error('the take is gone');
  expect(take.durationS).toBeGreaterThanOrEqual(atLockS + 2);
  await expectFaithful(bedside, take, played);
});

test('defect 7: a recording that reaches its planned end while the screen is locked is saved behind the lock', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside, { done: [], currentStep: 'ruido' });
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 0.5);
  const saved = page.waitForResponse(/\/api\/recording\.finish$/u);
  await page.keyboard.press('Control+Shift+L');
  await expect(page.getByRole('dialog', { name: 'Screen locked' })).toBeVisible();
  await saved;
  await unlock(page);
  await expect(page.locator('.recording__state')).toHaveText('Saved');
  const [take] = await takesOf(bedside, sessionId, 'ruido');
  if (take === undefined) throw new Error('the take is gone');
  expect(take.durationS + pauseOf(take)).toBeGreaterThan(9.99);
  await expectFaithful(bedside, take, played);
});

test('defect 7: a kill -9 while the screen is locked over a recording loses no more than without the lock', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 0.5);
  await page.keyboard.press('Control+Shift+L');
  await expect(page.getByRole('dialog', { name: 'Screen locked' })).toBeVisible();
  await spoken(watch, 3);
  const spokenS = watch.spokenS();
  await bedside.workstation.kill();

  await bedside.restart();
  await bedside.signIn();
  const [take] = await takesOf(bedside, sessionId);
  expect(take?.durationS).toBeGreaterThanOrEqual(Math.max(3, spokenS - 2));
  expect(take?.continuity.interruption).toBe('app-ended');
});

test('defect 7: a sign-out in the middle of a recording keeps what was said, and it is there after signing in again', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  // Another window of the same desk signs out: this page learns of it by its next command.
  await bedside.must('people.sign-out', {});
  const spokenS = watch.acknowledgedS();
  await page.reload();
  await bedside.signInOnly();
  await bedside.open(sessionId);
  const takes = await takesOf(bedside, sessionId);
  expect(takes.length).toBeGreaterThanOrEqual(1);
  const [take] = takes;
  if (take === undefined) throw new Error('the take is gone');
  expect(take.durationS).toBeGreaterThanOrEqual(Math.min(2.5, spokenS));
  expectToFollow(await soundOf(bedside, take.id), played);
});

test('a lock while the form is typed keeps every answer, the half-typed one included', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside, { done: [], answers: {}, currentStep: 'form' });
  await bedside.open(sessionId);
  await page.getByLabel(/^RGH/u).fill('70000001X');
  await page.getByLabel(/^Age/u).fill('4');
  await page.keyboard.press('Control+Shift+L');
  await expect(page.getByRole('dialog', { name: 'Screen locked' })).toBeVisible();
  await unlock(page);
  await expect(page.getByLabel(/^RGH/u)).toHaveValue('70000001X');
  await expect(page.getByLabel(/^Age/u)).toHaveValue('4');
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId })).answers, { intervals: [50] })
    .toEqual({ rgh: '70000001X', age: 4 });
});

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(clinician.password);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('dialog', { name: 'Screen locked' })).toBeHidden();
}

async function takesOf(
  bedside: Bedside,
  sessionId: SessionId,
  stepKey = 'sustentada',
): Promise<readonly Take[]> {
  const { steps } = await bedside.must('sessions.get', { sessionId });
  return steps.find(({ key }) => key === stepKey)?.takes ?? [];
}
