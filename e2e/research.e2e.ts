import { expect, type Locator, type Page } from '@playwright/test';
import { test, type Bedside } from './support/bedside.ts';
import { keyboardOf } from './support/keyboard.ts';
import { photographer } from './support/look.ts';
import { RegistryUser, researcher, startRegistry, type RegistryProcess } from './support/registry.ts';
import { goTo, labelAll, secondReader, sitAtRegistry, studiedWard } from './support/research.ts';
import { putRun, putSchedule, schedulesOf, startJob } from './support/training-runs.ts';
import { temporaryFolder } from './support/workstation.ts';

let folder: ReturnType<typeof temporaryFolder>;
let registry: RegistryProcess;

test.beforeEach(async () => {
  folder = temporaryFolder();
  registry = await startRegistry(folder.path);
});
test.afterEach(async () => {
  await registry.kill();
  folder.remove();
});

const values = ['positive', 'negative', 'unsure', 'unusable'];

/** The recording that is to be labelled can be played. */
async function hears(page: Page): Promise<void> {
  await expect(page.locator('.take-wave__controls button')).toBeVisible({ timeout: 30_000 });
}

const positionOf = (page: Page): Locator => page.getByRole('slider', { name: 'Position in the recording' });

/** The next session is there, and nothing is chosen for it. */
async function isUnlabelled(page: Page): Promise<void> {
  await expect(page.locator('.label-value[aria-pressed="true"]')).toHaveCount(0);
}

/** Labels one session by keys alone. */
async function label(page: Page, value: string): Promise<void> {
  await hears(page);
  await isUnlabelled(page);
  await page.keyboard.press(String(values.indexOf(value) + 1));
  await expect(page.locator('.label-value[aria-pressed="true"]')).toHaveCount(1);
  await page.keyboard.press('n');
}

interface LabelOfRegistry {
  readonly value: string | null;
  readonly reading: 1 | 2 | null;
  readonly supersedes: string | null;
  readonly isBlind: boolean;
}

/** Cohen's kappa of first and second readings, worked out here from what the registry keeps. */
function kappaOf(pairs: readonly (readonly [string, string])[]): number {
  const share = (of: (pair: readonly [string, string]) => boolean): number =>
    pairs.filter(of).length / pairs.length;
  const observed = share(([a, b]) => a === b);
  const expected = values.reduce(
    (sum, value) => sum + share(([a]) => a === value) * share(([, b]) => b === value),
    0,
  );
  return (observed - expected) / (1 - expected);
}

test('sessions of a ward are labelled by keyboard, read a second time blind, and the agreement is shown', async ({
  openBedside,
}) => {
  test.setTimeout(300_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const { central, sessions } = await studiedWard(bedside, () => registry, 3);

  // A clinician of this PC who is a researcher too is asked for the registry's password, and a wrong one opens nothing.
  await page.reload();
  await page.getByRole('link', { name: 'Research', exact: true }).click();
  await page.getByLabel('User name').fill(researcher.username);
  await page.getByLabel('Password of the central registry').fill('something else');
  await page.getByRole('button', { name: 'Sign in to the registry' }).click();
  await expect(page.getByText('The user name or the password is wrong.')).toBeVisible();
  await page.getByLabel('Password of the central registry').fill(researcher.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row')).toHaveCount(4);
  await expect(page.getByText('40213')).toBeVisible();

  // Listening and labelling: play, seek, choose, next; all by keys.
  await page.getByRole('link', { name: 'Label', exact: true }).click();
  await hears(page);
  await page.keyboard.press('ArrowRight');
  await expect(positionOf(page)).toHaveAttribute('aria-valuenow', '1');
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: /^Pause/u })).toBeVisible();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: /^Play/u })).toBeVisible();
  await expect(page.getByText(/40213|40377|40419/u)).toHaveCount(0);
  await label(page, 'positive');
  await expect(page.getByText('Session 1: With insufficiency')).toBeVisible();
  await label(page, 'negative');
  await expect(page.getByText('Session 2: Without insufficiency')).toBeVisible();

  // Undo is a correction with its reason.
  await page.keyboard.press('u');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('I cannot tell').click();
  await dialog.getByLabel('Reason').fill('Voz muito baixa');
  await dialog.getByRole('button', { name: 'Save the correction' }).click();
  await expect(page.getByText('Session 2, corrected: I cannot tell')).toBeVisible();
  await label(page, 'negative');
  await expect(page.getByRole('heading', { name: 'Nothing waits for a label of yours' })).toBeVisible();

  // Second readings go to somebody else.
  await page.getByRole('link', { name: 'Agreement', exact: true }).click();
  await page.getByLabel('Who is to read').selectOption({ label: secondReader.displayName });
  await page.getByLabel('How many sessions').fill('3');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('3 second readings asked for')).toBeVisible();

  // The second reader signs in with one password for both, reads blind, and loses the line in the middle.
  await sitAtRegistry(bedside, secondReader);
  await page.reload();
  await goTo(bedside, '#/research/labelling');
  await hears(page);
  await expect(page.getByText('second reading · blind')).toBeVisible();
  await label(page, 'positive');
  await expect(page.getByText('Session 1: With insufficiency')).toBeVisible();
  await isUnlabelled(page);
  await hears(page);
  await registry.kill();
  await label(page, 'negative');
  await expect(page.getByText('The label is kept here and has not reached the registry yet')).toBeVisible();
  registry = await startRegistry(folder.path, { port: registry.port });
  await expect(page.getByText('The label is kept here and has not reached the registry yet')).toBeHidden({
    timeout: 60_000,
  });

  // Locked in the middle of the third: what was chosen is still there afterwards.
  await isUnlabelled(page);
  await hears(page);
  await page.keyboard.press('1');
  await page.keyboard.press('Control+Shift+L');
  await page.getByLabel('Password', { exact: true }).fill(secondReader.password);
  // The lock ended the sitting at the registry: until it is open again the page says so in the place of the session.
  const reopened = page.waitForResponse(
    async (response) =>
      response.url().endsWith('/api/research.state') && (await response.text()).includes('"sitting":"open"'),
  );
  await page.keyboard.press('Enter');
  await reopened;
  await expect(page.locator('.label-value[aria-pressed="true"]')).toContainText('With insufficiency');
  await hears(page);
  await page.keyboard.press('v');
  await expect(page.getByRole('heading', { name: 'What others said' })).toBeVisible();
  await expect(page.getByText(/first reading/u).first()).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { name: 'Nothing waits for a label of yours' })).toBeVisible();

  // The agreement on the screen is the one that the labels give.
  const given: [string, string][] = [];
  for (const id of sessions) {
    const { labels } = await central.researcher.json<{ readonly labels: readonly LabelOfRegistry[] }>(
      'GET',
      `/api/sessions/${id}/labels`,
    );
    // Readers are compared by what they said first: a correction comes with hindsight.
    const first = labels.filter(({ supersedes, reading }) => supersedes === null && reading !== null);
    const of = (reading: 1 | 2): string => first.find((one) => one.reading === reading)?.value ?? '';
    expect(first.map(({ isBlind }) => isBlind)).toEqual([true, true]);
    given.push([of(1), of(2)]);
  }
  await page.getByRole('link', { name: 'Agreement', exact: true }).click();
  const kappa = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(
    kappaOf(given),
  );
  const readings = page.getByRole('region', { name: 'First and second reading' });
  await expect(readings.locator('tbody tr').first()).toContainText(kappa);
});

/** Nothing on the page is still waiting for an answer. */
async function isLoaded(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText(/^(Loading|Carregando|Cargando)$/u)).toHaveCount(0);
}

async function inEnglish(bedside: Bedside): Promise<void> {
  await bedside.must('settings.appearance', { language: 'en' });
  await expect(bedside.page.locator('html')).toHaveAttribute('lang', 'en');
}

test('the registry’s sessions and training look right everywhere', async ({ openBedside }) => {
  test.setTimeout(900_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const ready = () => isLoaded(page);
  await page.reload();
  await goTo(bedside, '#/research/sessions');
  await photos.look('research-not-enrolled', { ready });

  const { central } = await studiedWard(bedside, () => registry, 3);
  await page.reload();
  await goTo(bedside, '#/research/sessions');
  await expect(page.locator('input[type="password"]')).toBeVisible();
  await photos.look('research-sign-in', { ready });

  await sitAtRegistry(bedside, secondReader);
  await page.reload();
  await goTo(bedside, '#/research/sessions');
  await expect(page.getByRole('row')).toHaveCount(4);
  await photos.look('research-sessions', { ready });

  await goTo(bedside, '#/research/training');
  await photos.look('research-training-empty', { ready });
  const trainer = central.it;
  await putRun(trainer, { id: 'digits-reference', parent: null, seed: 7, quality: 0.05 });
  await putRun(trainer, { id: 'digits-small', parent: 'digits-reference', seed: 8, quality: 0 });
  await putSchedule(trainer, 'weekly-retraining');
  await startJob(trainer, 'weekly-retraining');
  await page.reload();
  await inEnglish(bedside);
  await page.getByRole('checkbox', { name: 'Compare digits-reference' }).check();
  await page.getByRole('checkbox', { name: 'Compare digits-small' }).check();
  await expect(page.locator('.chart')).toHaveCount(3);
  await photos.look('research-training', { ready });
  await page.locator('.charts').scrollIntoViewIfNeeded();
  await photos.look('research-training-curves', {
    ready: async () => {
      await isLoaded(page);
      await page.locator('.charts').scrollIntoViewIfNeeded();
    },
  });
});

test('training is scheduled by keyboard: made, put right, switched off and deleted', async ({
  openBedside,
}) => {
  test.setTimeout(300_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const { central } = await studiedWard(bedside, () => registry, 1);
  await putRun(central.it, { id: 'digits-reference', parent: null, seed: 7, quality: 0.05 });
  await sitAtRegistry(bedside, secondReader);
  await page.reload();
  await goTo(bedside, '#/research/training');
  const keyboard = keyboardOf(page);
  const named = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = page.getByRole('dialog');
  const save = dialog.getByRole('button', { name: 'Save', exact: true });
  const expression = dialog.getByLabel('Cron expression');
  await expect(page.getByText('No schedule has been made at the registry.')).toBeVisible();

  // Nothing is sent while something lacks, and the first that lacks has the focus.
  await keyboard.press(named('New schedule'));
  await keyboard.press(save);
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await expect(dialog.getByText('Please answer this field.').first()).toBeVisible();
  await keyboard.write(dialog.getByLabel('Name'), 'weekly-digits');
  await keyboard.write(dialog.getByLabel('Kind'), 'digits');
  await keyboard.write(expression, '61 3 * * 6');
  await expect(dialog.getByText('This is not a cron expression.')).toBeVisible();
  await keyboard.write(expression, '0 3 30 2 *');
  await expect(dialog.getByText('The calendar has no such time.')).toBeVisible();

  // Esc loses nothing.
  await keyboard.key('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Kept as draft')).toBeVisible();
  await keyboard.press(named('New schedule'));
  await expect(dialog.getByLabel('Name')).toHaveValue('weekly-digits');
  await keyboard.write(expression, '0 3 * * 6');
  await expect(dialog.getByRole('listitem')).toHaveCount(3);
  await expect(dialog.getByRole('listitem').first()).toContainText('Saturday');
  await keyboard.pick(dialog.getByLabel('Take the configuration from'), 'Run digits-reference');
  await expect(dialog.getByText('digits-demonstration 1.0.0')).toBeVisible();

  // A registry that is away, and then is back.
  await registry.kill();
  await keyboard.press(save);
  await expect(dialog.getByText('What was typed is kept here')).toBeVisible();
  registry = await startRegistry(folder.path, { port: registry.port });
  await keyboard.press(save);
  await expect(page.getByText('The schedule weekly-digits is saved')).toBeVisible();
  expect(await schedulesOf(central.it)).toMatchObject([
    {
      id: 'weekly-digits',
      kind: 'digits',
      isEnabled: true,
      changedBy: secondReader.username,
      occasion: { on: 'cron', expression: '0 3 * * 6' },
      configuration: { data: { file: 'digits.csv' }, fit: { seed: 7 } },
    },
  ]);

  // What somebody else changed meanwhile is not written over.
  await keyboard.press(named('Change: weekly-digits'));
  await keyboard.choose(dialog.getByRole('radiogroup'), 'After new labels');
  await putSchedule(central.it, 'weekly-digits', { kind: 'theirs' });
  await keyboard.write(dialog.getByLabel('How many sessions'), '25');
  await keyboard.press(save);
  await expect(dialog.getByText('changed this schedule in the meantime')).toBeVisible();
  await keyboard.press(dialog.getByRole('button', { name: 'Show what is there now' }));
  await expect(dialog.getByLabel('Kind')).toHaveValue('theirs');
  await keyboard.choose(dialog.getByRole('radiogroup'), 'After new labels');
  await keyboard.write(dialog.getByLabel('How many sessions'), '25');
  await keyboard.key('Enter');
  await expect(page.getByText('Every 25 labelled sessions (now: 0)')).toBeVisible();
  expect(await schedulesOf(central.it)).toMatchObject([
    { kind: 'theirs', occasion: { on: 'labelled-sessions', count: 25 } },
  ]);

  await keyboard.press(named('Switch off: weekly-digits'));
  await expect(page.getByText('weekly-digits is switched off')).toBeVisible();
  await expect(named('Switch on: weekly-digits')).toBeFocused();
  expect(await schedulesOf(central.it)).toMatchObject([{ isEnabled: false }]);

  // Deleted after a question whose safe answer comes first.
  await keyboard.press(named('Delete: weekly-digits'));
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await keyboard.key('Enter');
  await expect(dialog).toBeHidden();
  expect(await schedulesOf(central.it)).toHaveLength(1);
  await keyboard.press(named('Delete: weekly-digits'));
  await keyboard.press(dialog.getByRole('button', { name: 'Delete', exact: true }));
  await expect(page.getByText('The schedule weekly-digits is deleted')).toBeVisible();
  await expect(named('New schedule')).toBeFocused();
  expect(await schedulesOf(central.it)).toEqual([]);

  // Whoever answers for one hospital alone sees that it is not theirs.
  await sitAtRegistry(bedside, researcher);
  await page.reload();
  await goTo(bedside, '#/research/training');
  await expect(page.getByText('Só quem responde por todos os hospitais do registro')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Nova agenda' })).toHaveCount(0);
});

test('schedules of training look right everywhere', async ({ openBedside }) => {
  test.setTimeout(900_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const { central } = await studiedWard(bedside, () => registry, 1);
  await putRun(central.it, { id: 'digits-reference', parent: null, seed: 7, quality: 0.05 });
  await putSchedule(central.it, 'weekly-retraining');
  await startJob(central.it, 'weekly-retraining');
  await putSchedule(central.it, 'new-labels', { occasion: { on: 'labelled-sessions', count: 200 } });
  await putSchedule(central.it, 'on-drift', { occasion: { on: 'drift-alert' }, isEnabled: false });
  await sitAtRegistry(bedside, secondReader);
  await page.reload();
  await goTo(bedside, '#/research/training');
  await photos.look('research-schedules', {
    ready: async () => {
      await isLoaded(page);
      await page.locator('.schedule').first().scrollIntoViewIfNeeded();
    },
  });
  await inEnglish(bedside);
  await page.getByRole('button', { name: 'New schedule' }).click();
  const dialog = page.getByRole('dialog');
  await photos.look('research-schedule-empty', { ready: () => expect(dialog).toBeVisible() });
  await inEnglish(bedside);
  await dialog.getByLabel('Name').fill('Semanal');
  await dialog.getByRole('button', { name: 'Saturdays at 3:00' }).click();
  await dialog.getByLabel('Take the configuration from').selectOption({ label: 'Run digits-reference' });
  await dialog.locator('form button[type="submit"]').evaluate((button: HTMLButtonElement) => button.click());
  const isFilled = async (): Promise<void> => {
    await expect(dialog.getByRole('listitem')).toHaveCount(3);
  };
  await photos.look('research-schedule-faults', { ready: isFilled });
  await inEnglish(bedside);
  await dialog.locator('summary').first().click();
  await dialog.getByRole('textbox').last().fill('{"data": {"kind": "csv"}, "colour": "red"}');
  await photos.look('research-schedule-configuration', {
    ready: async () => {
      await isFilled();
      await dialog.locator('.field__message--error').last().scrollIntoViewIfNeeded();
    },
  });
  await inEnglish(bedside);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete: on-drift' }).click();
  await photos.look('research-schedule-delete', { ready: () => expect(dialog).toBeVisible() });
});

test('the pages of readers look right everywhere', async ({ openBedside }) => {
  test.setTimeout(900_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const photos = await photographer(bedside);
  const ready = () => isLoaded(page);
  const { central, sessions } = await studiedWard(bedside, () => registry, 3);
  await sitAtRegistry(bedside, secondReader);
  await page.reload();
  await goTo(bedside, '#/research/labelling');
  await hears(page);
  await page.keyboard.press('2');
  const isHeard = async (): Promise<void> => {
    await isLoaded(page);
    await hears(page);
  };
  await photos.look('research-labelling', { ready: isHeard });
  await inEnglish(bedside);
  await page.keyboard.press('?');
  await photos.look('research-labelling-keys', {
    ready: () => expect(page.getByRole('dialog')).toBeVisible(),
  });
  await page.keyboard.press('Escape');
  await inEnglish(bedside);
  await page.keyboard.press('v');
  await expect(page.getByRole('heading', { name: 'What others said' })).toBeVisible();
  await photos.look('research-labelling-compared', { ready: isHeard });
  await inEnglish(bedside);
  await page.keyboard.press('u');
  await page.getByRole('button', { name: 'Save the correction' }).click();
  await photos.look('research-labelling-correct', {
    ready: () => expect(page.getByRole('dialog')).toBeVisible(),
  });
  await page.keyboard.press('Escape');

  await goTo(bedside, '#/research/agreement');
  await photos.look('research-agreement', { ready });
  await inEnglish(bedside);
  await labelAll(central.researcher, sessions, ['negative', 'negative', 'positive']);
  const second = await RegistryUser.signIn(() => registry.url, secondReader);
  await labelAll(second, sessions.slice(1), ['negative', 'unusable']);
  await page.getByRole('checkbox', { name: 'Count only labels that were given blind' }).uncheck();
  await page
    .getByText('Counts by label: Lia Leitora and Pesquisa')
    .or(page.getByText('Counts by label: Pesquisa and Lia Leitora'))
    .click();
  await photos.look('research-agreement-known', { ready });
  await goTo(bedside, `#/research/sessions/${sessions[0] ?? ''}`);
  await photos.look('research-session', { ready });
});
