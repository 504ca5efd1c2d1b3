/** The workstation is killed while a take is recorded or saved: what was said is there at the next start. */
import { expect } from '@playwright/test';
import type { SessionId } from '../contract/ids.ts';
import type { Take } from '../contract/session.ts';
import { answers, draftSession, phrase, soundOf, test, type Bedside } from './support/bedside.ts';
import { expectToFollow } from './support/follow-played.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const played = phrase(8);

for (const { moment, seconds } of [
  { moment: 'right after its start', seconds: 0.25 },
  { moment: 'after some seconds', seconds: 3.2 },
  { moment: 'after many seconds', seconds: 9 },
]) {
  test(`kill -9 in the middle of a take, ${moment}: the next start offers the session at its step, with the take`, async ({
    openBedside,
  }) => {
    const bedside = await openBedside({ sound: played });
    const { page } = bedside;
    const { id: sessionId } = await draftSession(bedside);
    await bedside.open(sessionId);
    const watch = watchTake(page);
    await startTake(page);
    await spoken(watch, seconds);
    const spokenS = watch.spokenS();
    await bedside.workstation.kill();

    await resume(bedside);
    await expect(page.getByText('Recovered after an interruption').first()).toBeVisible();
    await expect(page.locator('.recording__state')).toHaveText('Saved');
    const take = await onlyTake(bedside, sessionId);
    expect(take.continuity.interruption).toBe('app-ended');
    expect(take.durationS).toBeGreaterThanOrEqual(Math.max(seconds, spokenS - 2));
    const recorded = await soundOf(bedside, take.id);
    expect(recorded.samples.length / recorded.sampleRateHz).toBeCloseTo(take.durationS, 3);
    expectToFollow(recorded, played);
  });
}

for (const { moment, killAt } of [
  { moment: 'as the page asks for it', killAt: 'request' },
  { moment: 'as soon as it is answered', killAt: 'response' },
] as const) {
  test(`kill -9 in the middle of a save, ${moment}: the take is there once and whole`, async ({
    openBedside,
  }) => {
    const bedside = await openBedside({ sound: played });
    const { page } = bedside;
    const { id: sessionId } = await draftSession(bedside);
    await bedside.open(sessionId);
    const watch = watchTake(page);
    await startTake(page);
    await spoken(watch, 2.5);
    const command = /\/api\/recording\.finish$/u;
    const saving = killAt === 'request' ? page.waitForRequest(command) : page.waitForResponse(command);
    await page.keyboard.press('Space');
    await saving;
    const spokenS = watch.acknowledgedS();
    await bedside.workstation.kill();

    await resume(bedside);
    const take = await onlyTake(bedside, sessionId);
    expect(['none', 'app-ended']).toContain(take.continuity.interruption);
    if (killAt === 'response') expect(take.continuity.interruption).toBe('none');
    expect(take.durationS).toBeGreaterThanOrEqual(spokenS);
    expectToFollow(await soundOf(bedside, take.id), played);
  });
}

test('kill -9 while the form is typed: every answer whose draft is shown as kept is there again', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside, { done: [], answers: {}, currentStep: 'form' });
  await bedside.open(sessionId);
  await page.getByLabel(/^RGH/u).fill('70000001X');
  await page.getByLabel(/^Age/u).fill('4');
  await page.getByLabel(/^Age/u).pressSequentially('7');
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId })).answers, { intervals: [50] })
    .toEqual({ rgh: '70000001X', age: 47 });
  await expect(page.getByText('Kept as draft', { exact: true })).toBeVisible();
  await bedside.workstation.kill();

  await bedside.restart();
  await bedside.signIn();
  await page.getByRole('link', { name: 'Resume 70000001X' }).click();
  await expect(page.getByLabel(/^RGH/u)).toHaveValue('70000001X');
  await expect(page.getByLabel(/^Age/u)).toHaveValue('47');
});

async function resume(bedside: Bedside): Promise<void> {
  const { page } = bedside;
  await bedside.restart();
  await bedside.signIn();
  await page.getByRole('link', { name: `Resume ${String(answers['rgh'])}` }).click();
  await expect(page.getByRole('heading', { name: 'Sustained vowel' })).toBeVisible();
}

async function onlyTake(bedside: Bedside, sessionId: SessionId): Promise<Take> {
  const session = await bedside.must('sessions.get', { sessionId });
  expect(session.answers).toEqual(answers);
  expect(session.currentStep).toBe('sustentada');
  const takes = session.steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  expect(takes).toHaveLength(1);
  const [take] = takes;
  if (take === undefined) throw new Error('the take is gone');
  return take;
}
