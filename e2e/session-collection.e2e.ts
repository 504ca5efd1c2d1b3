import { expect } from '@playwright/test';
import type { Language } from '../contract/localized.ts';
import { test } from './support/bedside.ts';
import { SessionByKeyboard } from './support/session-by-keyboard.ts';
import { doWholeSession, expectKept, sentence } from './support/whole-session.ts';

const rounds: readonly { language: Language; name: string; locale: string; leavesSentenceOut: boolean }[] = [
  { language: 'pt-BR', name: 'Portuguese', locale: 'pt-BR', leavesSentenceOut: false },
  { language: 'en', name: 'English', locale: 'en-GB', leavesSentenceOut: false },
  { language: 'es', name: 'Spanish', locale: 'es-CO', leavesSentenceOut: true },
];

for (const { language, name, locale, leavesSentenceOut } of rounds) {
  test(`a whole collection with the keyboard alone, in ${name}: kept, and no model is run`, async ({
    openBedside,
  }) => {
    const bedside = await openBedside({ language, locale, sound: sentence });
    const hands = new SessionByKeyboard(bedside, language);
    const say = hands.words;
    const patient = { mode: 'collection', recordNumber: `30512-${language}`, leavesSentenceOut } as const;
    const done = await doWholeSession(bedside, hands, patient);

    await expect(hands.heading(say.kept)).toBeVisible();
    const session = await bedside.must('sessions.get', { sessionId: done.sessionId });
    expect(session).toMatchObject({ mode: 'collection', status: 'recorded', models: [], screenings: [] });
    await expectKept(bedside, session, done, patient);

    await hands.findAgain(patient.recordNumber);
    const content = bedside.page.getByRole('main');
    for (const { title } of done.protocol.steps) {
      await expect(content.getByRole('heading', { name: hands.local(title), exact: true })).toBeVisible();
    }
    await expect(content.getByText(say.caution)).toHaveCount(0);
    await expect(content.getByText(say.skipped)).toHaveCount(leavesSentenceOut ? 1 : 0);
  });
}
