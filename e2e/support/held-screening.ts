/** The moment in which a model is at work on a session, for as long as a test wants it. */
import { expect } from '@playwright/test';
import type { SessionId } from '../../contract/ids.ts';
import { doTheRest, draftSession, type Bedside } from './bedside.ts';
import { engineOf, hold } from './processes.ts';

/** A session that is being screened by an engine that will not answer. */
export async function screeningHeld(
  bedside: Bedside,
): Promise<{ readonly sessionId: SessionId; readonly engine: number }> {
  const draft = await draftSession(bedside, { mode: 'inference' });
  await doTheRest(bedside, draft.id);
  const [model] = draft.models;
  if (model === undefined) throw new Error('no model is installed');
  expect((await bedside.must('models.test', model)).state).toBe('ready');
  const engine = await engineOf(bedside.workstation.pid);
  hold(engine);
  const session = await bedside.must('sessions.get', { sessionId: draft.id });
  await bedside.must('sessions.save-draft', { ...draftOf(session), currentStep: 'result' });
  await bedside.open(draft.id);
  await expect(bedside.page.getByRole('heading', { name: 'Screening the recordings' })).toBeVisible();
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId: draft.id })).status, {
      intervals: [50],
    })
    .toBe('processing');
  await expect(bedside.page.getByText('Screening', { exact: true })).toBeVisible();
  return { sessionId: draft.id, engine };
}

/** What a save of its draft takes, but for the step. */
export function draftOf(session: Awaited<ReturnType<typeof draftSession>>) {
  const { id: sessionId, answers, confirmedWarnings } = session;
  return { sessionId, answers, confirmedWarnings };
}
