/** A microphone that is refused, missing, pulled out or silent: a message in each language, and a way on. */
import { expect, type Page } from '@playwright/test';
import type { Language } from '../contract/localized.ts';
import { wavBytes } from './support/sound.ts';
import { draftSession, phrase, soundOf, test } from './support/bedside.ts';
import { expectToFollow } from './support/follow-played.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const played = phrase(8);

const texts: Record<
  Language,
  { readonly refused: string; readonly missing: string; readonly lost: string; readonly kept: string }
> = {
  'pt-BR': {
    refused: 'O acesso ao microfone foi recusado.',
    missing: 'Nenhum microfone foi encontrado.',
    lost: 'O microfone foi desconectado.',
    kept: 'Tudo o que foi feito está guardado.',
  },
  en: {
    refused: 'Access to the microphone was refused.',
    missing: 'No microphone was found.',
    lost: 'The microphone was unplugged.',
    kept: 'Everything done so far is kept.',
  },
  es: {
    refused: 'Se rechazó el acceso al micrófono.',
    missing: 'No se encontró ningún micrófono.',
    lost: 'El micrófono se desconectó.',
    kept: 'Todo lo hecho está guardado.',
  },
};
const languages = Object.entries(texts) as [Language, (typeof texts)[Language]][];

for (const fault of ['refused', 'missing'] as const) {
  test(`a ${fault} microphone is named with the way out in each language, and a file can take its place`, async ({
    openBedside,
  }) => {
    const bedside = await openBedside({ microphone: fault });
    const { page } = bedside;
    const session = await draftSession(bedside);
    await bedside.open(session.id);
    for (const [language, text] of languages) {
      await bedside.must('settings.appearance', { language });
      await page.reload();
      await expect(page.getByText(text[fault])).toBeVisible();
      await expect(page.getByText(text.kept, { exact: false })).toBeVisible();
    }
    await bedside.must('settings.appearance', { language: 'en' });
    await page.reload();
    await expect(page.locator('.recording__state')).toHaveText('Problem');
    await page.keyboard.press('Space');
    await expect(page.locator('.recording__state')).toHaveText('Problem');

    await page.getByLabel('Use a WAV or FLAC file').setInputFiles({
      name: 'voz.wav',
      mimeType: 'audio/wav',
      buffer: wavBytes(phrase(3)),
    });
    await expect(page.locator('.recording__state')).toHaveText('Saved');
    const { steps, answers } = await bedside.must('sessions.get', { sessionId: session.id });
    expect(answers).toEqual(session.answers);
    expect(steps.find(({ key }) => key === 'sustentada')?.takes).toHaveLength(1);
  });
}

test('a refused microphone that is allowed afterwards opens by itself, and the take can be made', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ microphone: 'refused' });
  const { page } = bedside;
  const { id } = await draftSession(bedside);
  await bedside.open(id);
  await expect(page.getByText(texts.en.refused)).toBeVisible();
  await bedside.desk.context.grantPermissions(['microphone'], { origin: new URL(page.url()).origin });
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2.5);
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Saved');
});

test('a microphone that is pulled out in the middle of a take ends it with a message in each language; what was said is saved', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: played });
  const { page } = bedside;
  const { id: sessionId } = await draftSession(bedside);
  await bedside.open(sessionId);
  const watch = watchTake(page);
  for (const [index, [language, text]] of languages.entries()) {
    await bedside.must('settings.appearance', { language });
    await page.reload();
    await expect(page.locator('.recording__controls button').first()).toBeEnabled();
    const before = watch.acknowledgedS();
    await page.keyboard.press('Space');
    await spoken(watch, before + 2.2);
    await pullOut(page);
    await expect(page.getByText(text.lost)).toBeVisible();
    await expect
      .poll(async () => (await takesOf()).length, { message: `a take was saved (${language})` })
      .toBe(index + 1);
  }
  const takes = await takesOf();
  for (const take of takes) {
    expect(take.continuity.interruption).toBe('microphone-lost');
    expect(take.durationS).toBeGreaterThan(2.2);
  }
  const last = takes.at(-1);
  if (last !== undefined) expectToFollow(await soundOf(bedside, last.id), played);

  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByRole('button', { name: /Intentar|Try again|Tentar/u }).click();
  await expect(page.locator('.recording__controls button').first()).toBeEnabled();

  async function takesOf() {
    const { steps } = await bedside.must('sessions.get', { sessionId });
    return steps.find(({ key }) => key === 'sustentada')?.takes ?? [];
  }
});

/** As the browser does when the device goes: the track ends and says so. */
async function pullOut(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { openedTracks } = window as unknown as { openedTracks: readonly MediaStreamTrack[] };
    const track = openedTracks.at(-1);
    track?.stop();
    track?.dispatchEvent(new Event('ended'));
  });
}
