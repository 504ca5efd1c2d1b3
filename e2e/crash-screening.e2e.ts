/** The workstation or its model engine is killed while a session is screened: no session stays "processing". */
import { expect } from '@playwright/test';
import { doTheRest, draftSession, test } from './support/bedside.ts';
import { draftOf, screeningHeld } from './support/held-screening.ts';
import { engineOf, hold, kill, release } from './support/processes.ts';

test('the engine killed in the middle of a screening is started again, and the session gets its result', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page, workstation } = bedside;
  const { sessionId, engine } = await screeningHeld(bedside);
  const nextEngine = engineOf(workstation.pid, [engine]);
  kill(engine);
  hold(await nextEngine);
  await expect(page.getByText('Trying once more')).toBeVisible();
  release(await nextEngine);
  await expect(page.getByRole('heading', { name: 'Result' })).toBeVisible();
  const session = await bedside.must('sessions.get', { sessionId });
  expect(session.status).toBe('completed');
  expect(session.screenings.map(({ outcome }) => outcome.status)).toEqual(['completed']);
});

test('the engine killed twice leaves the status "error" with its reason, and the program lives and can run it again', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { sessionId, engine } = await screeningHeld(bedside);
  const second = engineOf(bedside.workstation.pid, [engine]);
  kill(engine);
  kill(await second);
  await expect(page.getByRole('heading', { name: 'Result' })).toBeVisible();
  await expect(page.getByText('The screening stopped suddenly.')).toBeVisible();
  const session = await bedside.must('sessions.get', { sessionId });
  expect(session.status).toBe('error');
  expect(session.screenings.map(({ outcome }) => outcome)).toEqual([
    expect.objectContaining({ status: 'error', problem: 'engine-crashed' }),
  ]);

  const models = session.models.map(({ name, version }) => ({ name, version }));
  const again = await bedside.must('sessions.screen', { sessionId, models });
  expect(again.map(({ outcome }) => outcome.status)).toEqual(['completed']);
  expect((await bedside.must('sessions.get', { sessionId })).status).toBe('completed');
});

test('kill -9 of the workstation in the middle of a screening: the next start screens the session to its end', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { sessionId, engine } = await screeningHeld(bedside);
  expect((await bedside.must('sessions.get', { sessionId })).status).toBe('processing');
  await bedside.workstation.kill();
  kill(engine);

  await bedside.restart();
  await bedside.signIn();
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId })).status, { intervals: [100] })
    .toBe('completed');
  const { screenings } = await bedside.must('sessions.get', { sessionId });
  expect(screenings).toHaveLength(1);
});

test('kill -9 at the press that completes a session: it is a draft to finish or a completed session, with everything', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside, { mode: 'inference' });
  await doTheRest(bedside, sessionId);
  const before = await bedside.must('sessions.get', { sessionId });
  const completing = page.waitForRequest(/\/api\/sessions\.complete$/u);
  await bedside.must('sessions.save-draft', { ...draftOf(before), currentStep: 'result' });
  await bedside.open(sessionId);
  await completing;
  await bedside.workstation.kill();

  await bedside.restart();
  await bedside.signIn();
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId })).status, { intervals: [100] })
    .not.toBe('processing');
  const after = await bedside.must('sessions.get', { sessionId });
  expect(after.answers).toEqual(before.answers);
  expect(after.steps).toEqual(before.steps);
  if (after.status === 'draft') {
    await page.getByRole('link', { name: /^Resume/u }).click();
    await expect(page.getByRole('heading', { name: 'Result' })).toBeVisible();
  }
  expect((await bedside.must('sessions.get', { sessionId })).status).toBe('completed');
});
