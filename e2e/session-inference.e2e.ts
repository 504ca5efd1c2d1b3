import { expect } from '@playwright/test';
import type { Language } from '../contract/localized.ts';
import { clinician, test, type Bedside } from './support/bedside.ts';
import { firstStartByKeyboard } from './support/people-by-keyboard.ts';
import { SessionByKeyboard } from './support/session-by-keyboard.ts';
import { doWholeSession, expectKept, sentence, type Patient } from './support/whole-session.ts';

test('from the first start to the result with the keyboard alone, in English', async ({ openBedside }) => {
  const bedside = await openBedside({ isUnused: true, language: 'en', locale: 'en-US', sound: sentence });
  await firstStartByKeyboard(bedside, 'en');
  await screen(bedside, 'en', { mode: 'inference', recordNumber: '90210-EN', leavesSentenceOut: false });
});

test('a whole screening with the keyboard alone, in Portuguese, the sentence left out with its reason', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ language: 'pt-BR', locale: 'pt-BR', sound: sentence });
  await screen(bedside, 'pt-BR', { mode: 'inference', recordNumber: '14259-BR', leavesSentenceOut: true });
});

test('a whole screening with the keyboard alone, in Spanish', async ({ openBedside }) => {
  const bedside = await openBedside({ language: 'es', locale: 'es-AR', sound: sentence });
  await screen(bedside, 'es', { mode: 'inference', recordNumber: '77310-ES', leavesSentenceOut: false });
});

/** One patient screened, with what the pages must say of it, there and when it is found again. */
async function screen(bedside: Bedside, language: Language, patient: Patient): Promise<void> {
  const hands = new SessionByKeyboard(bedside, language);
  const say = hands.words;
  const done = await doWholeSession(bedside, hands, patient);

  await expect(hands.heading(say.result)).toBeVisible();
  const session = await bedside.must('sessions.get', { sessionId: done.sessionId });
  expect(session.status).toBe('completed');
  const [screening] = session.screenings;
  if (screening?.outcome.status !== 'completed') throw new Error('the model gave no result');
  const { decision } = screening.outcome;
  const [{ manifest } = { manifest: undefined }] = await bedside.must('models.list', {});
  if (manifest === undefined) throw new Error('no model is installed');
  const content = bedside.page.getByRole('main');
  await expect(content.getByText(say.sentences[decision])).toBeVisible();
  await expect(content.getByText(say.decisions[decision], { exact: true })).toBeVisible();
  await expect(content.getByRole('heading', { name: hands.local(manifest.title) })).toContainText(
    screening.model.version,
  );
  await expect(content.getByText(say.demonstration, { exact: true })).toBeVisible();
  await expect(content.getByText(say.caution)).toBeVisible();
  await expect(content.getByText(hands.local(manifest.limits.text), { exact: true })).toBeVisible();
  await expect(content.getByText(hands.local(manifest.trainedOn), { exact: true })).toBeVisible();
  await expectKept(bedside, session, done, patient);

  await hands.findAgain(patient.recordNumber);
  await expect(content.getByText(say.sentences[decision])).toBeVisible();
  await expect(content.getByText(clinician.username).first()).toBeVisible();
  for (const { title } of done.protocol.steps) {
    await expect(content.getByRole('heading', { name: hands.local(title), exact: true })).toBeVisible();
  }
  await expect(content.getByText(say.skipped)).toHaveCount(patient.leavesSentenceOut ? 1 : 0);
}
