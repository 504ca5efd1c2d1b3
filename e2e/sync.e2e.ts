import { createHash } from 'node:crypto';
import { expect, type Page } from '@playwright/test';
import type { SessionId } from '../contract/ids.ts';
import { administrator, clinician, doTheRest, draftSession, test, type Bedside } from './support/bedside.ts';
import { photographer } from './support/look.ts';
import { researcher, setUpRegistry, startRegistry, type RegistryProcess } from './support/registry.ts';
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

async function recordSession(bedside: Bedside): Promise<SessionId> {
  const { id } = await draftSession(bedside);
  await doTheRest(bedside, id);
  await bedside.must('sessions.complete', { sessionId: id });
  return id;
}

function enrol(bedside: Bedside, code: string, name: string): Promise<unknown> {
  return bedside.as(administrator, () => bedside.must('sync.enrol', { url: registry.url, code, name }));
}

async function syncOf(bedside: Bedside, sessionId: SessionId): Promise<string> {
  const found = await bedside.call('sessions.get', { sessionId });
  return found.ok ? found.value.sync : found.problem.code;
}

async function becomes(bedside: Bedside, sessionId: SessionId, state: string): Promise<void> {
  await bedside.must('sync.now', {});
  await expect.poll(() => syncOf(bedside, sessionId), { timeout: 60_000 }).toBe(state);
}

test('two workstations and a registry: record, sync, see it as researcher, withdraw, gone everywhere', async ({
  openBedside,
}) => {
  test.setTimeout(240_000);
  const central = await setUpRegistry(registry, () => registry.url);
  const [near, far] = [await openBedside(), await openBedside()];
  await enrol(near, await central.invite(), 'Leito 4');
  await enrol(far, await central.invite(), 'Leito 9');

  // The first session is safe on the server, and the page says so in words.
  const first = await recordSession(near);
  await becomes(near, first, 'synced');
  await near.page.goto(`${new URL(near.workstation.address).origin}/#/sessions/${first}`);
  await expect(near.page.getByText('Safe on the server').first()).toBeVisible();

  // A "week" without a line on the other PC: its registry is gone, people go on working and lose nothing.
  await registry.stop();
  const late = await recordSession(far);
  await far.must('sync.now', {});
  await expect.poll(async () => (await far.must('sync.state', {})).activity).toBe('waiting-for-network');
  expect(await syncOf(far, late)).toBe('waiting');
  await far.workstation.kill();
  registry = await startRegistry(folder.path, { port: registry.port });
  await central.it.json('PATCH', `/api/hospitals/${central.hospitalId}`, {
    name: 'Hospital São Marcos Norte',
  });
  await far.restart();
  await far.must('people.sign-in', { username: clinician.username, password: clinician.password });
  await becomes(far, late, 'synced');
  expect((await far.must('sync.state', {})).enrolment?.hospital).toBe('Hospital São Marcos Norte');

  // The researcher sees both, and hears the very bytes that the workstation keeps.
  interface Listed {
    readonly sessions: readonly { readonly id: string; readonly state: string }[];
  }
  const listed = await central.researcher.json<Listed>('GET', '/api/sessions');
  expect(new Set(listed.sessions.map(({ id }) => id))).toEqual(new Set([first, late]));
  expect(listed.sessions.every(({ state }) => state === 'received')).toBe(true);
  const local = await near.must('sessions.get', { sessionId: first });
  for (const take of local.steps.flatMap(({ takes }) => takes)) {
    const audio = await central.researcher.bytes(`/api/sessions/${first}/takes/${take.id}/audio`);
    expect(createHash('sha256').update(audio).digest('hex')).toBe(take.sha256);
  }

  // The registry's researcher may sign in at the bedside, without a line.
  const signedIn = await far.call('people.sign-in', researcher);
  expect(signedIn.ok).toBe(true);
  await far.must('people.sign-in', { username: clinician.username, password: clinician.password });

  // One PC withdraws; the other's is withdrawn at the registry.
  await near.must('sessions.withdraw', { sessionId: first, kind: 'withdrawal' });
  await near.must('sync.now', {});
  await expect
    .poll(() => central.researcher.status('GET', `/api/sessions/${first}`), { timeout: 60_000 })
    .toBe(410);
  await central.researcher.json('POST', `/api/sessions/${late}/withdrawal`, { kind: 'deletion' });
  await becomes(far, late, 'session-not-found');
  expect(await syncOf(near, first)).toBe('session-not-found');
  const left = await central.researcher.json<Listed>('GET', '/api/sessions');
  expect(left.sessions).toEqual([]);
  expect(String(await central.researcher.bytes('/api/export/sessions'))).toBe('');
});

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((target) => {
    window.location.hash = target;
  }, hash);
}

test('the pages of a PC that belongs to a registry look right everywhere', async ({ openBedside }) => {
  test.setTimeout(900_000);
  const bedside = await openBedside();
  const { page } = bedside;
  const elsewhere = temporaryFolder();
  const other = await startRegistry(elsewhere.path);
  const ready = async () => {
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText(/^(Loading|Carregando|Cargando)$/u)).toHaveCount(0);
  };
  try {
    await enrol(bedside, await (await setUpRegistry(registry, () => registry.url)).invite(), 'Leito 4');
    const former = await recordSession(bedside);
    await becomes(bedside, former, 'synced');
    const photos = await photographer(bedside);
    await page.reload();
    await goTo(page, `#/sessions/${former}`);
    await photos.look('session-synced', { ready });

    // Its audio goes, the PC goes to another registry, and what is recorded then waits for that one.
    await bedside.as(administrator, () =>
      bedside.must('sync.save-settings', {
        pausesOnMetered: false,
        schedule: null,
        bandwidthBytesPerS: null,
        keepAudioDays: 0,
      }),
    );
    const lackingRemovals = async () => {
      const { steps, history } = await bedside.must('sessions.get', { sessionId: former });
      const removed = history.filter(({ action }) => action === 'audio-removed');
      return steps.flatMap(({ takes }) => takes).length - removed.length;
    };
    await bedside.must('sync.now', {});
    await expect.poll(lackingRemovals).toBe(0);
    const code = await (await setUpRegistry(other, () => other.url)).invite();
    await bedside.as(administrator, async () => {
      await bedside.must('sync.leave', {});
      await bedside.must('sync.enrol', { url: other.url, code, name: 'Leito 4' });
    });
    const synced = await recordSession(bedside);
    await becomes(bedside, synced, 'synced');
    await other.stop();
    const waiting = await recordSession(bedside);
    await bedside.must('sync.now', {});
    await expect
      .poll(async () => (await bedside.must('sync.state', {})).activity)
      .toBe('waiting-for-network');
    expect(await syncOf(bedside, waiting)).toBe('waiting');

    await page.reload();
    await goTo(page, `#/sessions/${former}`);
    await photos.look('session-former-registry', { ready });
    await goTo(page, '#/sessions');
    await expect(page.getByRole('row').nth(3)).toBeVisible();
    await photos.look('sessions-enrolled', { ready });
    await goTo(page, '#/');
    await photos.look('home-enrolled', { ready });
    await bedside.must('people.sign-in', {
      username: administrator.username,
      password: administrator.password,
    });
    await page.reload();
    await goTo(page, '#/settings/registry');
    await photos.look('settings-registry-enrolled', { ready });
  } finally {
    await other.kill();
    elsewhere.remove();
  }
});
