import { expect, type Page } from '@playwright/test';
import { clinician, doTheRest, draftSession, test, type Bedside } from './support/bedside.ts';
import { keyboardOf } from './support/keyboard.ts';

async function unlock(page: Page, password: string): Promise<void> {
  await page.getByRole('dialog', { name: 'Screen locked' }).getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

function locked(page: Page) {
  return page.getByRole('dialog', { name: 'Screen locked' });
}

async function note(bedside: Bedside): Promise<void> {
  const { id } = await draftSession(bedside);
  await doTheRest(bedside, id);
  await bedside.must('sessions.complete', { sessionId: id });
  await bedside.page.evaluate((sessionId) => {
    window.location.hash = `#/sessions/${sessionId}`;
  }, id);
}

test('the lock hides what is being typed and gives it back', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  await note(bedside);
  const field = page.getByLabel('New note');
  await field.click();
  await page.keyboard.type('Patient coughed twice, ');
  await page.keyboard.press('Control+Shift+L');
  await expect(locked(page)).toBeVisible();
  await expect(field).toBeHidden();
  expect(await page.evaluate(() => document.body.innerText)).not.toContain('14259401E');

  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(locked(page)).toBeVisible();
  await unlock(page, 'not the password');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(locked(page)).toBeVisible();
  await unlock(page, clinician.password);
  await expect(locked(page)).toHaveCount(0);
  await expect(field).toHaveValue('Patient coughed twice, ');
  await field.press('End');
  await page.keyboard.type('then spoke.');
  await page.getByRole('button', { name: 'Save the note' }).click();
  await expect(page.getByText('Patient coughed twice, then spoke.')).toBeVisible();
});

test('the lock comes over an open dialog, and the dialog is there afterwards with its text', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id } = await draftSession(bedside);
  await page.evaluate((sessionId) => {
    window.location.hash = `#/sessions/${sessionId}`;
  }, id);
  await page.getByRole('button', { name: 'Set the draft aside' }).click();
  const reason = page.getByRole('dialog').getByLabel('Reason');
  await reason.fill('Recorded for');
  await page.keyboard.press('Control+Shift+L');
  await expect(locked(page)).toBeVisible();
  await unlock(page, clinician.password);
  await expect(locked(page)).toHaveCount(0);
  await expect(reason).toHaveValue('Recorded for');
});

test('what was typed in the form before the lock is kept, also for whoever resumes it', async ({
  openBedside,
}) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const { id } = await draftSession(bedside, { done: [], answers: {}, currentStep: 'form' });
  await bedside.open(id);
  const record = page.getByLabel(/RGH/u);
  await record.click();
  await page.keyboard.type('777');
  await page.keyboard.press('Control+Shift+L');
  await expect(locked(page)).toBeVisible();
  await unlock(page, clinician.password);
  await expect(locked(page)).toHaveCount(0);
  await expect(record).toHaveValue('777');
  await expect
    .poll(async () => (await bedside.must('sessions.get', { sessionId: id })).answers)
    .toEqual({ rgh: '777' });
  await page.reload();
  await expect(record).toHaveValue('777');
});

test('theme and language change at once by keyboard, and stay after the next start', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ colorScheme: 'light' });
  const { page } = bedside;
  const keyboard = keyboardOf(page);
  const html = page.locator('html');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await keyboard.press(page.getByRole('navigation').getByRole('link', { name: 'Settings' }));
  const light = await background();
  await keyboard.choose(page.getByRole('radiogroup', { name: 'Theme' }), 'Dark');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  expect(await background()).not.toBe(light);
  await keyboard.choose(page.getByRole('radiogroup', { name: /Language|Idioma/u }), 'Español');
  await expect(page.getByRole('heading', { name: 'Configuración' })).toBeVisible();
  await expect(html).toHaveAttribute('lang', 'es');
  await expect(page).toHaveTitle(/Configuración/u);

  await bedside.workstation.stop();
  await bedside.restart();
  await expect(page.getByRole('heading', { name: 'Iniciar sesión' })).toBeVisible();
  await page.getByLabel('Contraseña', { exact: true }).fill(clinician.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Inicio' })).toBeVisible();
  await expect(html).toHaveAttribute('data-theme', 'dark');
});
