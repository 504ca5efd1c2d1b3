import { describe, expect, it } from 'vitest';
import type { SessionId } from '../../../contract/ids.ts';
import type { SyncState } from '../../../contract/sync-state.ts';
import { done, readySession, ward, type Workstation } from '../fixtures/workstation.ts';
import type { Desk } from '../desk.ts';
import { runSync, type SyncEngine } from './run-sync.ts';

type Station = Workstation & { readonly it: Desk; readonly clinician: Desk };

const minute = 60_000;

async function running(at?: string): Promise<Station & { readonly engine: SyncEngine }> {
  const station = await ward(at === undefined ? {} : { at });
  const engine = runSync(station.world, {
    onFault: (cause) => {
      throw cause;
    },
  });
  return { ...station, engine };
}

async function enrol({ world, it: it0, registry }: Station): Promise<void> {
  const input = { url: 'https://registry.example', code: registry.invite(), name: 'Ward 3' };
  await done(world, it0, 'sync.enrol', input);
}

async function complete({ world, clinician }: Station): Promise<SessionId> {
  const sessionId = await readySession(world, clinician, { mode: 'collection' });
  await done(world, clinician, 'sessions.complete', { sessionId });
  return sessionId;
}

const state = ({ world, it: it0 }: Station): Promise<SyncState> => done(world, it0, 'sync.state', {});

/** Until the engine rests: what it does without the clock moving is done. */
async function settled(station: Station, activity: SyncState['activity']): Promise<SyncState> {
  await expect.poll(async () => (await state(station)).activity, { timeout: 20_000 }).toBe(activity);
  return state(station);
}

const synced = ({ store }: Station): number => store.read(({ sessions }) => sessions.countUnsynced());

describe('the engine', () => {
  it('sleeps until it is enrolled, then sends, rests, and looks for news now and then', async () => {
    const station = await running();
    await complete(station);
    expect((await settled(station, 'off')).nextTryAt).toBeNull();
    station.clock.advance(24 * 60 * minute);
    expect(station.registry.calls).toEqual([]);
    await enrol(station);
    const idle = await settled(station, 'idle');
    expect([synced(station), idle.problem]).toEqual([0, null]);
    const waitMs = Date.parse(idle.nextTryAt ?? '') - Date.parse(station.clock.now().at);
    expect(waitMs).toBeGreaterThanOrEqual(4 * minute);
    expect(waitMs).toBeLessThanOrEqual(6 * minute);
    const before = station.registry.calls.length;
    station.clock.advance(waitMs);
    await expect.poll(() => station.registry.calls.slice(before), { timeout: 20_000 }).toContain('feed');
    await station.engine.stop();
  });

  it('wakes for what is complete, not for what is being typed', async () => {
    const station = await running();
    await enrol(station);
    await settled(station, 'idle');
    const before = station.registry.calls.length;
    await readySession(station.world, station.clinician, { mode: 'collection' });
    station.engine.wake('changed');
    await settled(station, 'idle');
    expect(station.registry.calls.length).toBe(before);
    await complete(station);
    station.engine.wake('changed');
    await expect.poll(() => synced(station), { timeout: 20_000 }).toBe(0);
    await station.engine.stop();
  });

  it('backs off while no registry answers, and comes back at once with the network or a wish', async () => {
    const station = await running();
    await enrol(station);
    await settled(station, 'idle');
    await complete(station);
    station.registry.setFaults(() => 'cut-before');
    const before = station.registry.calls.length;
    station.engine.wake('changed');
    await settled(station, 'waiting-for-network');
    for (let step = 0; step < 60; step += 1) {
      station.clock.advance(minute);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const perHour = station.registry.calls.length - before;
    expect(perHour).toBeGreaterThan(8);
    expect(perHour).toBeLessThan(60);
    expect((await state(station)).problem?.code).toBe('registry-unreachable');
    station.registry.setFaults(() => undefined);
    await settled(station, 'waiting-for-network');
    station.network.change();
    await expect.poll(() => synced(station), { timeout: 20_000 }).toBe(0);
    await station.engine.stop();
  });

  it('does not hammer a registry that refused it: it stops, and tries once for each wish', async () => {
    const station = await running();
    await enrol(station);
    await settled(station, 'idle');
    const id = station.store.read(({ sync }) => sync.facts().enrolment?.workstationId);
    if (id === undefined) throw new Error('not enrolled');
    station.registry.revoke(id);
    await complete(station);
    station.engine.wake('asked');
    const refused = await settled(station, 'refused');
    expect(refused).toMatchObject({ nextTryAt: null, problem: { code: 'registry-refused' } });
    const before = station.registry.calls.length;
    for (let step = 0; step < 20; step += 1) {
      station.clock.advance(24 * 60 * minute);
      station.network.change();
      station.engine.wake('changed');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(station.registry.calls.length).toBe(before);
    await done(station.world, station.it, 'sync.now', {});
    await expect.poll(() => station.registry.calls.slice(before), { timeout: 20_000 }).toContain('feed');
    await settled(station, 'refused');
    expect(station.registry.calls.length - before).toBeLessThanOrEqual(3);
    await station.engine.stop();
  });

  it('pauses on a metered line and outside its hours, but for a wish', async () => {
    // Noon UTC is nine in the morning in São Paulo.
    const station = await running('2026-03-09T12:00:00.000Z');
    await enrol(station);
    await settled(station, 'idle');
    const { settings } = await state(station);
    station.network.setMetered(true);
    await complete(station);
    station.engine.wake('changed');
    await settled(station, 'paused-metered');
    await done(station.world, station.it, 'sync.save-settings', {
      ...settings,
      pausesOnMetered: false,
      schedule: { from: '22:00', to: '06:00' },
    });
    const paused = await settled(station, 'paused-schedule');
    expect(paused.nextTryAt).toBe('2026-03-10T01:00:00.000Z');
    expect(synced(station)).toBe(1);
    await done(station.world, station.it, 'sync.now', {});
    await expect.poll(() => synced(station), { timeout: 20_000 }).toBe(0);
    await station.engine.stop();
  });

  it('keeps to the bandwidth that IT set', async () => {
    const station = await running();
    await enrol(station);
    await settled(station, 'idle');
    const { settings } = await state(station);
    await done(station.world, station.it, 'sync.save-settings', { ...settings, bandwidthBytesPerS: 16_384 });
    await settled(station, 'idle');
    await complete(station);
    const startMs = station.clock.monotonicMs();
    station.engine.wake('changed');
    await expect
      .poll(
        () => {
          station.clock.advance(100);
          return synced(station);
        },
        { timeout: 20_000, interval: 1 },
      )
      .toBe(0);
    const seconds = (station.clock.monotonicMs() - startMs) / 1000;
    // The first piece of a limited line goes at once.
    expect(station.registry.uploadedBytes / seconds).toBeLessThan(16_384 * 1.3);
    await station.engine.stop();
  });

  it('ends in the middle of a recording without a word of success', async () => {
    const station = await running();
    await enrol(station);
    await settled(station, 'idle');
    const { settings } = await state(station);
    await done(station.world, station.it, 'sync.save-settings', { ...settings, bandwidthBytesPerS: 1024 });
    await complete(station);
    station.engine.wake('asked');
    await expect.poll(() => station.registry.calls.includes('upload'), { timeout: 20_000 }).toBe(true);
    await station.engine.stop();
    expect(synced(station)).toBe(1);
    expect(station.registry.receipts).toEqual([]);
    expect(station.store.read(({ sessions }) => sessions.withStatus(['recorded'])[0]?.sync)).toBe('waiting');
  });
});
