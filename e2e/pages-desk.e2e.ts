import { expect, type Page } from '@playwright/test';
import { administrator, draftSession, doTheRest, test, type Bedside } from './support/bedside.ts';
import { photographer } from './support/look.ts';

/** A desk in use: a screened session, one that was only recorded, and a draft. */
async function usedDesk(bedside: Bedside): Promise<void> {
  const screened = await draftSession(bedside, { mode: 'inference' });
  await doTheRest(bedside, screened.id);
  await bedside.must('sessions.complete', { sessionId: screened.id });
  await bedside.must('sessions.add-note', {
    sessionId: screened.id,
    text: 'Paciente tossiu durante a parlenda.',
  });
  const recorded = await draftSession(bedside, { mode: 'collection' });
  await doTheRest(bedside, recorded.id);
  await bedside.must('sessions.complete', { sessionId: recorded.id });
  await draftSession(bedside, { done: ['ruido'] });
  const { id } = await draftSession(bedside, { done: [], answers: {}, currentStep: 'form' });
  await bedside.must('sessions.discard', { sessionId: id, reason: 'Sessão de treino.' });
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((target) => {
    window.location.hash = target;
  }, hash);
}

/** Nothing on the page is still waiting for an answer. */
async function isLoaded(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText(/^(Loading|Carregando|Cargando)$/u)).toHaveCount(0);
}

/** The evidence in sight, and what lies over it drawn for the present width: all of it is on one time axis. */
async function vowelInSight(page: Page): Promise<void> {
  await page.locator('.step .evidence').first().scrollIntoViewIfNeeded();
  await expect.poll(() => page.locator('.take-wave__axis').evaluate(drawingFaults)).toEqual([]);
}

/** Runs in the page, so it stands alone. */
function drawingFaults(axis: Element): string[] {
  const faults: string[] = [];
  const wave = axis.querySelector('.take-wave__wave > div > div > div')?.shadowRoot;
  const drawings = {
    waveform: wave?.querySelectorAll<HTMLCanvasElement>('.canvases canvas'),
    spectrogram: axis.querySelectorAll<HTMLCanvasElement>('.take-wave__spectrogram canvas'),
  };
  for (const [name, canvases] of Object.entries(drawings)) {
    const all = [...(canvases ?? [])];
    const widthPx = all.reduce((sum, canvas) => sum + canvas.width / devicePixelRatio, 0);
    if (Math.abs(widthPx - axis.clientWidth) > 1) {
      faults.push(`the ${name} is drawn for ${widthPx} px, the axis has ${axis.clientWidth}`);
    }
    const isPainted = all.some((canvas) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      return pixels?.some((value, index) => index % 4 === 3 && value > 0);
    });
    if (!isPainted) faults.push(`the ${name} is blank`);
  }
  return faults;
}

/** Runs in the page: new colours come while a recording is narrower than it was and will be again. */
async function recolourWhileNarrow(axis: Element): Promise<void> {
  if (!(axis instanceof HTMLElement)) throw new Error('no axis');
  const { dataset } = document.documentElement;
  const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
  axis.style.width = '50%';
  dataset['theme'] = dataset['theme'] === 'dark' ? 'light' : 'dark';
  await drawn();
  await drawn();
  axis.style.width = '';
  await drawn();
}

test('the pages of sessions and models look right everywhere', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  await usedDesk(bedside);
  const photos = await photographer(bedside);
  const ready = () => isLoaded(page);

  await page.reload();
  await photos.look('home', { ready });

  await goTo(page, '#/sessions');
  await expect(page.getByRole('row').nth(3)).toBeVisible();
  await photos.look('sessions', { ready });
  await page.getByRole('button', { expanded: false }).click();
  await photos.look('sessions-filters', { ready });
  await page.getByRole('searchbox').fill('nobody');
  await expect(page.getByRole('grid')).toHaveCount(0);
  await photos.look('sessions-no-match', { ready });

  const { rows } = await bedside.must('sessions.list', {
    sort: { column: 'date', direction: 'ascending' },
  });
  const [screened, recorded, draft] = rows;
  if (screened === undefined || recorded === undefined || draft === undefined)
    throw new Error('too few sessions');
  await goTo(page, `#/sessions/${screened.id}`);
  await photos.look('session-screened', { ready });
  await bedside.must('settings.appearance', { language: 'en' });
  const vowel = page
    .locator('.step')
    .filter({ has: page.getByRole('heading', { name: 'Sustained vowel', exact: true }) });
  await vowel.getByRole('button', { name: 'Show and listen' }).click();
  await expect(vowel.getByRole('img', { name: 'Spectrogram of the recording' })).toBeVisible();
  await photos.look('session-evidence', { ready: () => vowelInSight(page) });
  // Twice: after the first the full width is surely the last that wavesurfer's own observer has seen.
  for (const turn of ['first', 'second']) {
    await test.step(`${turn} change of width and colours`, async () => {
      await page.locator('.take-wave__axis').evaluate(recolourWhileNarrow);
      await vowelInSight(page);
    });
  }
  await page.reload();
  await goTo(page, `#/sessions/${recorded.id}`);
  await photos.look('session-recorded', { ready });
  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByRole('button', { name: 'Withdraw consent or delete' }).click();
  const isAsked = () => expect(page.getByRole('dialog')).toBeVisible();
  await photos.look('session-withdraw', { ready: isAsked });
  await bedside.must('settings.appearance', { language: 'en' });
  await page.getByRole('button', { name: 'Erase for ever' }).click();
  await photos.look('session-withdraw-faults', { ready: isAsked });
  await page.keyboard.press('Escape');
  await goTo(page, `#/sessions/${draft.id}`);
  await photos.look('session-draft', { ready });

  await goTo(page, '#/models');
  await photos.look('models', { ready });
  await goTo(page, '#/nowhere');
  await photos.look('not-found', { ready });
});

test('the settings look right everywhere', async ({ openBedside }) => {
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const ready = () => isLoaded(page);
  await bedside.must('people.sign-in', {
    username: administrator.username,
    password: administrator.password,
  });
  await page.reload();
  for (const section of [
    'appearance',
    'password',
    'accounts',
    'desk',
    'registry',
    'storage',
    'audit',
    'about',
  ]) {
    await goTo(page, `#/settings/${section}`);
    await photos.look(`settings-${section}`, { ready });
  }
  await goTo(page, '#/settings/registry');
  await page.getByRole('textbox').first().fill('http://10.0.0.7:8080');
  await page.locator('button[type="submit"]').click();
  await photos.look('settings-registry-faults', {
    ready: () => expect(page.getByRole('alert').nth(3)).toBeVisible(),
  });
  await goTo(page, '#/settings/microphone');
  await expect(page.locator('.level')).toBeVisible();
  await photos.look('settings-microphone', { ready });

  await bedside.must('settings.appearance', { language: 'en' });
  await goTo(page, '#/settings/accounts');
  await page.getByRole('button', { name: 'New account' }).click();
  await photos.look('settings-new-account', { ready: () => expect(page.getByRole('dialog')).toBeVisible() });
  await page.keyboard.press('Escape');
  await bedside.must('settings.appearance', { language: 'en' });
  await goTo(page, '#/settings/storage');
  await page.getByRole('button', { name: 'Show and print the key' }).click();
  await photos.look('recovery-key', { ready: () => expect(page.getByRole('dialog')).toBeVisible() });
});
