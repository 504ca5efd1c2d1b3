import { expect } from '@playwright/test';
import { answers, doTheRest, draftSession, test, type Bedside } from './support/bedside.ts';
import { photographer, type LookOptions } from './support/look.ts';
import { roomNoise } from './support/sound.ts';
import { spoken, watchTake } from './support/take-watch.ts';

/** The consent keeps the language in which it was opened for this patient: it is opened anew in each. */
function reopened(bedside: Bedside): NonNullable<LookOptions['change']> {
  return async (language, theme) => {
    await bedside.must('settings.appearance', { language, theme });
    await bedside.page.reload();
    await expect(bedside.page.locator('.consent')).toHaveAttribute('lang', language);
    await expect(bedside.page.locator('button[aria-keyshortcuts="Space"]')).toBeEnabled();
  };
}

test('the questions before the recordings look right everywhere', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const heading = page.getByRole('main').getByRole('heading', { level: 1 });

  await bedside.page.evaluate(() => {
    window.location.hash = '#/new';
  });
  await expect(page.getByRole('radiogroup')).toHaveCount(2);
  await photos.look('new-start');

  const empty = await draftSession(bedside, { done: [], answers: {}, currentStep: 'form' });
  await bedside.open(empty.id);
  await expect(page.getByLabel(/RGH/u)).toBeVisible();
  await photos.look('new-form');

  const wrong = await draftSession(bedside, {
    done: [],
    answers: { ...answers, rgh: '14259401A', age: 130, covidStatus: 'TRUE', hospitalized: true, spo2: 45 },
    currentStep: 'form',
  });
  await bedside.open(wrong.id);
  await expect(page.getByLabel(/RGH/u)).toHaveValue('14259401A');
  await page.locator('button[type="submit"]').click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await photos.look('new-form-faults');

  const ready = await draftSession(bedside, { done: [], currentStep: 'microphone' });
  await bedside.open(ready.id);
  await expect(page.locator('.level')).toBeVisible();
  await photos.look('new-microphone', { ready: () => expect(heading).toBeVisible() });
});

test('the steps of the recordings look right everywhere, and fit a small screen', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const control = page.locator('button[aria-keyshortcuts="Space"]');
  const sessionAt = async (step: 'ruido' | 'aceite' | 'sustentada' | 'parlenda' | 'frase'): Promise<void> => {
    const order = ['ruido', 'aceite', 'sustentada', 'parlenda'] as const;
    const done = order.slice(0, step === 'frase' ? order.length : order.indexOf(step));
    const { id } = await draftSession(bedside, { done, currentStep: step });
    await bedside.open(id);
    await expect(control).toBeEnabled();
  };

  await sessionAt('ruido');
  await photos.look('new-noise', { fitsWindow: true });
  await sessionAt('aceite');
  await photos.look('new-consent', { fitsWindow: true, change: reopened(bedside) });
  await sessionAt('parlenda');
  await photos.look('new-rhyme', { fitsWindow: true });
  await sessionAt('frase');
  await photos.look('new-sentence', { fitsWindow: true });
  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByRole('button', { name: 'Leave this step out' }).click();
  await photos.look('new-leave-out', { ready: () => expect(page.getByRole('dialog')).toBeVisible() });

  await sessionAt('sustentada');
  await photos.look('new-vowel', { fitsWindow: true });
  const watch = watchTake(page);
  await page.keyboard.press('Space');
  await spoken(watch, 2.5);
  await photos.look('new-vowel-recording', { fitsWindow: true });
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);
  await expect(page.locator('.recording__wave canvas, .recording__wave wave').first()).toBeVisible();
  await photos.look('new-vowel-saved', { fitsWindow: true });
});

test('a take that is too quiet and the consent before it is accepted look right everywhere', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: roomNoise(4, -48) });
  const { page } = bedside;
  const photos = await photographer(bedside);
  const state = page.locator('.recording__state');
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  await bedside.must('settings.appearance', { language: 'en' });
  await expect(state).toHaveText('Ready');
  const watch = watchTake(page);
  await page.keyboard.press('Space');
  await spoken(watch, 1);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);
  await photos.look('new-vowel-poor', { fitsWindow: true });
  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByRole('button', { name: 'Accept it anyway' }).click();
  await photos.look('new-accept-anyway', { ready: () => expect(page.getByRole('dialog')).toBeVisible() });

  const consenting = await draftSession(bedside, { done: ['ruido'] });
  await bedside.open(consenting.id);
  await bedside.must('settings.appearance', { language: 'en' });
  await expect(state).toHaveText('Ready');
  const second = watchTake(page);
  await page.keyboard.press('Space');
  await spoken(second, 1.2);
  await page.keyboard.press('Space');
  await expect(page.locator('.takes__take')).toHaveCount(1);
  await photos.look('new-consent-answered', { fitsWindow: true, change: reopened(bedside) });
});

test('the ends of a session look right everywhere', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const heading = page.getByRole('main').getByRole('heading', { level: 1 });
  for (const mode of ['inference', 'collection'] as const) {
    const { id } = await draftSession(bedside, { mode });
    await doTheRest(bedside, id);
    await bedside.must('sessions.complete', { sessionId: id });
    await bedside.must('settings.appearance', { language: 'en' });
    await bedside.open(id);
    await expect(heading).toHaveText(mode === 'inference' ? 'Result' : 'Collection complete');
    await photos.look(mode === 'inference' ? 'new-result' : 'new-kept');
  }
});
