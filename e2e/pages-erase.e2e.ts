import { expect } from '@playwright/test';
import { doTheRest, draftSession, test } from './support/bedside.ts';
import { keyboardOf } from './support/keyboard.ts';
import { photographer } from './support/look.ts';

test('a session is erased by keyboard, deliberately, and the list says what became of it', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const keyboard = keyboardOf(page);
  const { id } = await draftSession(bedside, { mode: 'collection' });
  await doTheRest(bedside, id);
  await bedside.must('sessions.complete', { sessionId: id });
  await bedside.must('settings.appearance', { language: 'en' });
  await page.evaluate((target) => {
    window.location.hash = target;
  }, `#/sessions/${id}`);

  await keyboard.press(page.getByRole('button', { name: 'Withdraw consent or delete' }));
  const dialog = page.getByRole('dialog', { name: 'Erase this session everywhere' });
  const word = dialog.getByLabel('To confirm, type ERASE');
  await keyboard.choose(dialog.getByRole('radiogroup'), 'The patient withdrew the consent');
  await keyboard.write(word, 'yes');
  await keyboard.key('Enter');
  await keyboard.press(dialog.getByRole('button', { name: 'Erase for ever' }));
  await expect(dialog.getByRole('alert')).toHaveText('Nothing was erased. Type ERASE to confirm.');
  await bedside.must('sessions.get', { sessionId: id });

  await keyboard.key('Escape');
  await expect(dialog).toBeHidden();
  await keyboard.press(page.getByRole('button', { name: 'Withdraw consent or delete' }));
  await keyboard.choose(dialog.getByRole('radiogroup'), 'The patient withdrew the consent');
  await keyboard.write(word, 'erase');
  await keyboard.key('Enter');
  await bedside.must('sessions.get', { sessionId: id });
  await keyboard.press(dialog.getByRole('button', { name: 'Erase for ever' }));

  await expect(page.getByText('The consent was withdrawn and the session was erased')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'There are no sessions on this PC yet' })).toBeVisible();
  const gone = await bedside.call('sessions.get', { sessionId: id });
  expect(gone.ok ? 'still there' : gone.problem.code).toBe('session-not-found');
  const photos = await photographer(bedside);
  await photos.look('sessions-erased', { ready: () => expect(page.getByRole('alert')).toBeVisible() });

  await page.evaluate((target) => {
    window.location.hash = target;
  }, `#/sessions/${id}`);
  await expect(page.getByRole('alert')).toBeVisible();
  await photos.look('session-gone', { ready: () => expect(page.getByRole('alert')).toBeVisible() });
  await page.evaluate(() => {
    window.location.hash = '#/sessions';
  });
  await expect(page.getByRole('heading', { name: /sessions|sesiones|sessões/iu }).first()).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});
