import { createHash } from 'node:crypto';
import { expect } from '@playwright/test';
import { mulberry32, openFaultProxy } from '../tools/faults/fault-proxy.ts';
import { administrator, clinician, doTheRest, draftSession, test } from './support/bedside.ts';
import { setUpRegistry, startRegistry } from './support/registry.ts';
import { startWorkstation, temporaryFolder } from './support/workstation.ts';

const kills = Number(process.env['SPIRA_KILLS'] ?? 100);
const seed = Number(process.env['SPIRA_SEED'] ?? 20_261);

test(`the workstation or the registry killed ${String(kills)} times during sync: everything is there once`, async ({
  openBedside,
}) => {
  test.setTimeout(kills * 8000 + 240_000);
  console.info(`seed ${String(seed)}`);
  const random = mulberry32(seed);
  const folder = temporaryFolder();
  let registry = await startRegistry(folder.path);
  const { port } = registry;
  const line = await openFaultProxy({ port }, { bitsPerSecond: 800_000, roundTripMs: 20 });
  try {
    const central = await setUpRegistry(registry, () => `http://127.0.0.1:${String(port)}`);
    const bedside = await openBedside();
    const sessions = [];
    for (let count = 0; count < 8; count += 1) {
      const { id } = await draftSession(bedside);
      await doTheRest(bedside, id);
      await bedside.must('sessions.complete', { sessionId: id });
      sessions.push(id);
    }
    const enrolment = {
      url: `http://127.0.0.1:${String(line.port)}`,
      code: await central.invite(),
      name: 'Leito 1',
    };
    await bedside.as(administrator, () => bedside.must('sync.enrol', enrolment));

    let { workstation } = bedside;
    for (let kill = 0; kill < kills; kill += 1) {
      // Somewhere in the next bytes on the line; where nothing is left to send, a moment after the start.
      await line.passUp(1 + Math.floor(random() * 40_000), AbortSignal.timeout(2000));
      const whom = random();
      if (whom < 0.66) await workstation.kill();
      if (whom > 0.33) await registry.kill();
      if (whom > 0.33) registry = await startRegistry(folder.path, { port });
      if (whom < 0.66) workstation = await startWorkstation(bedside.dataFolder);
    }
    await workstation.kill();
    await bedside.restart();
    await bedside.must('people.sign-in', { username: clinician.username, password: clinician.password });
    await bedside.must('sync.now', {});
    await expect
      .poll(async () => (await bedside.must('sync.state', {})).waiting, { timeout: 180_000 })
      .toMatchObject({ sessions: 0, takes: 0, items: 0 });

    const listed = await central.researcher.json<{
      readonly sessions: readonly {
        readonly id: string;
        readonly state: string;
        readonly takeCount: number;
      }[];
    }>('GET', '/api/sessions?limit=500');
    expect(listed.sessions.map(({ id }) => id).toSorted()).toEqual(sessions.toSorted());
    for (const id of sessions) {
      const local = await bedside.must('sessions.get', { sessionId: id });
      expect(local.sync).toBe('synced');
      const takes = local.steps.flatMap((step) => step.takes);
      expect(listed.sessions.find((session) => session.id === id)).toMatchObject({
        state: 'received',
        takeCount: takes.length,
      });
      for (const take of takes) {
        const audio = await central.researcher.bytes(`/api/sessions/${id}/takes/${take.id}/audio`);
        expect(createHash('sha256').update(audio).digest('hex')).toBe(take.sha256);
      }
    }
    const { reviews } = await central.researcher.json<{ readonly reviews: readonly unknown[] }>(
      'GET',
      '/api/reviews',
    );
    expect(reviews).toEqual([]);
    expect((await bedside.must('sync.state', {})).needAttention).toBe(0);
  } finally {
    await registry.kill();
    await line.close();
    folder.remove();
  }
});
