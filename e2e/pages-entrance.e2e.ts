import { expect } from '@playwright/test';
import { administrator, clinician, draftSession, test } from './support/bedside.ts';
import { photographer } from './support/look.ts';
import { words } from './support/words.ts';

test('what stands before the pages looks right everywhere: first start, sign-in, lock', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ isUnused: true, locale: 'en-US' });
  const { page } = bedside;
  const photos = await photographer(bedside);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await photos.look('first-start');

  await page.getByRole('button', { name: words.es.createIt }).click();
  await photos.look('first-start-faults');

  await bedside.must('people.create-first', { ...administrator, language: 'en' });
  await bedside.must('people.create', { ...clinician, language: 'en', roles: ['clinician', 'researcher'] });
  await bedside.must('people.sign-out', {});
  await page.reload();
  await photos.look('sign-in');

  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByLabel('User name').fill(clinician.username);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await photos.look('sign-in-refused');

  await bedside.must('settings.appearance', { language: 'en' });
  await bedside.signIn();
  const { id } = await draftSession(bedside, { done: [], currentStep: 'form' });
  await bedside.open(id);
  await expect(page.getByLabel(/RGH/u)).toBeVisible();
  await photos.look('lock', {
    change: async (language, theme) => {
      await bedside.must('people.unlock', { password: clinician.password });
      await bedside.must('settings.appearance', { language, theme });
      await bedside.must('people.lock', {});
    },
    ready: () => expect(page.getByRole('dialog').getByRole('heading', { level: 1 })).toBeVisible(),
  });
});
