import { describe, expect, it } from 'vitest';
import type { AccountId, SessionId } from '../../../contract/ids.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import { memoryAudioPacking } from '../../ports/audio-packing.memory.ts';
import { memoryRandomness } from '../../ports/randomness.memory.ts';
import { memoryRegistry, type MemoryRegistry, type RegistryFault } from '../../ports/registry.memory.ts';
import { call, done, person, readySession, ward, type Workstation } from '../fixtures/workstation.ts';
import type { Desk } from '../desk.ts';
import type { World } from '../world.ts';
import { syncOnce, type SyncPass } from './sync-once.ts';

type Ward = Workstation & { readonly it: Desk; readonly clinician: Desk };

async function enrolled(wishes: Parameters<typeof ward>[0] = {}): Promise<Ward> {
  const station = await ward(wishes);
  await enrol(station);
  return station;
}

const address = 'https://registry.example';

function enrol({ world, it: it0, registry }: Pick<Ward, 'world' | 'it' | 'registry'>) {
  const input = { url: address, code: registry.invite(), name: 'Ward 3' };
  return done(world, it0, 'sync.enrol', input);
}

const settings = { pausesOnMetered: false, schedule: null, bandwidthBytesPerS: null };
const keepNoAudio = ({ world, it: it0 }: Ward) =>
  done(world, it0, 'sync.save-settings', { ...settings, keepAudioDays: 0 });
const keepAudio = ({ world, it: it0 }: Ward) =>
  done(world, it0, 'sync.save-settings', { ...settings, keepAudioDays: null });

/** Of somebody else: other keys, and none of what the first one has. */
function anotherRegistry({ world, clock }: Pick<Ward, 'world' | 'clock'>): MemoryRegistry {
  const beganMs = Date.parse(clock.now().at);
  return memoryRegistry({
    randomness: memoryRandomness(13),
    signing: world.signing,
    now: () => beganMs + clock.monotonicMs(),
    unpack: memoryAudioPacking().unpack,
  });
}

async function complete({ world, clinician }: Ward): Promise<SessionId> {
  const sessionId = await readySession(world, clinician, { mode: 'collection' });
  await done(world, clinician, 'sessions.complete', { sessionId });
  return sessionId;
}

const pass = (world: World): Promise<SyncPass> => syncOnce(world, { cancellation: createCanceller() });

/** The twin's clock stands still unless it is told: lets it run while something waits for it. */
async function passing<T>({ clock }: Pick<Workstation, 'clock'>, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isDone) clock.advance(1000);
  }
  return settled;
}

const sync = ({ store }: Pick<Workstation, 'store'>, id: SessionId) =>
  store.read((transaction) => {
    const summary = transaction.sessions.summary(id);
    return summary === undefined ? undefined : [summary.sync, summary.syncProgress, summary.syncReason];
  });

const formerOf = async ({ world, clinician }: Pick<Ward, 'world' | 'clinician'>, sessionId: SessionId) =>
  (await done(world, clinician, 'sessions.get', { sessionId })).formerRegistries;

describe('a pass', () => {
  it('brings a complete session to the registry, whole, and keeps its receipt', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, registry, store } = station;
    expect(sync(station, sessionId)).toEqual(['waiting', null, null]);
    expect(await pass(world)).toEqual({ problem: undefined, hasProgressed: true });
    expect(sync(station, sessionId)).toEqual(['synced', null, null]);
    const takes = store.read((transaction) => transaction.takes.ofSession(sessionId));
    expect([...registry.audio.keys()].toSorted()).toEqual(takes.map(({ id }) => id).toSorted());
    expect(registry.receipts).toHaveLength(1);
    expect(store.read((transaction) => transaction.sync.newestReceipt(sessionId))).toEqual(
      registry.receipts[0],
    );
    expect(await done(world, station.clinician, 'sync.state', {})).toMatchObject({
      activity: 'idle',
      waiting: { sessions: 0, takes: 0, bytes: 0, items: 0 },
      clockSkewMs: 0,
    });
    // The trail came too, and the registry's own half of it is the same chain.
    const audit = [...registry.items.values()].filter(({ kind }) => kind === 'audit');
    expect(audit.length).toBe(store.read((transaction) => transaction.audit.verify().entries));
  });

  it('sends neither drafts nor what was set aside', async () => {
    const station = await enrolled();
    const { world, clinician, registry } = station;
    await readySession(world, clinician, { mode: 'collection' });
    const discarded = await readySession(world, clinician, { mode: 'collection' });
    await done(world, clinician, 'sessions.discard', { sessionId: discarded, reason: 'a mistake' });
    expect((await pass(world)).problem).toBeUndefined();
    expect([...registry.items.values()].filter(({ kind }) => kind !== 'audit')).toEqual([]);
  });

  it('says nothing to anybody before it is enrolled', async () => {
    const station = await ward();
    const sessionId = await complete(station);
    expect(await pass(station.world)).toEqual({ problem: undefined, hasProgressed: false });
    expect(station.registry.calls).toEqual([]);
    expect(sync(station, sessionId)).toEqual(['local-only', null, null]);
    await enrol(station);
    expect(sync(station, sessionId)).toEqual(['waiting', null, null]);
    await pass(station.world);
    expect(sync(station, sessionId)).toEqual(['synced', null, null]);
  });

  it('asks for a new receipt when a note is added', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, clinician, registry } = station;
    await pass(world);
    await done(world, clinician, 'sessions.add-note', { sessionId, text: 'seen again' });
    expect(sync(station, sessionId)).toEqual(['waiting', null, null]);
    await pass(world);
    expect(sync(station, sessionId)).toEqual(['synced', null, null]);
    expect(registry.receipts.map(({ receipt }) => receipt.items.length)).toEqual([3, 4]);
  });

  it('counts a results run later as part of the session, and never changes what it sent', async () => {
    const station = await enrolled();
    const { world, clinician, registry } = station;
    const sessionId = await readySession(world, clinician);
    await done(world, clinician, 'sessions.complete', { sessionId });
    await pass(world);
    const [{ name, version } = { name: '', version: '' }] = (
      await done(world, clinician, 'sessions.get', { sessionId })
    ).models;
    await done(world, clinician, 'sessions.screen', { sessionId, models: [{ name, version }] });
    expect(sync(station, sessionId)).toEqual(['waiting', null, null]);
    expect((await pass(world)).problem).toBeUndefined();
    expect(sync(station, sessionId)).toEqual(['synced', null, null]);
    expect([...registry.items.values()].filter(({ kind }) => kind === 'result')).toHaveLength(2);
  });
});

describe('a bad line', () => {
  it('costs no session, doubles none, and is never taken for success', async () => {
    const station = await enrolled();
    const ids = [await complete(station), await complete(station)];
    const { world, registry } = station;
    const bad: RegistryFault[] = ['cut-before', 'cut-after', 'portal', 'busy', { cutAfterBytes: 20_000 }];
    let turn = 0;
    registry.setFaults(() => {
      turn += 1;
      return turn > 200 ? undefined : turn % 3 === 0 ? bad[(turn / 3) % bad.length] : undefined;
    });
    for (let tries = 0; tries < 60; tries += 1) {
      await passing(station, pass(world));
      for (const id of ids) {
        if (sync(station, id)?.[0] !== 'synced') continue;
        const has = registry.receipts.some(({ receipt }) => receipt.sessionId === id);
        expect(has).toBe(true);
      }
      if (ids.every((id) => sync(station, id)?.[0] === 'synced')) break;
    }
    expect(ids.map((id) => sync(station, id)?.[0])).toEqual(['synced', 'synced']);
  });

  it('goes on by byte where it broke', async () => {
    const station = await enrolled();
    await complete(station);
    const { world, registry } = station;
    registry.setFaults((name) => (name === 'upload' ? { cutAfterBytes: 16 * 1024 } : undefined));
    const result = await passing(station, pass(world));
    expect(result.problem).toBeUndefined();
    const held = [...registry.audio.values()].reduce((total, wav) => total + wav.length + 1, 0);
    expect(registry.uploadedBytes).toBe(held);
  });

  it('by a portal leaves everything as it was', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    station.registry.setFaults(() => 'portal');
    expect(await passing(station, pass(station.world))).toMatchObject({
      problem: { code: 'registry-answer-invalid' },
      hasProgressed: false,
    });
    expect(sync(station, sessionId)).toEqual(['waiting', null, null]);
    expect(station.registry.items.size).toBe(0);
  });
});

describe('one bad thing', () => {
  it('is put aside with its reason and holds up nothing else', async () => {
    const station = await enrolled();
    const { world, recordings, clinician, it: it0, registry } = station;
    const damaged = await complete(station);
    const sound = await complete(station);
    const [take] = station.store.read((transaction) => transaction.takes.ofSession(damaged));
    if (take === undefined) throw new Error('no take');
    recordings.damage(take.id);
    expect((await pass(world)).problem).toBeUndefined();
    expect(sync(station, sound)?.[0]).toBe('synced');
    expect(sync(station, damaged)).toEqual(['needs-attention', null, 'audio-unreadable']);
    expect(registry.audio.size).toBe(3);
    expect(await done(world, clinician, 'sync.reviews', {})).toEqual([
      expect.objectContaining({ kind: 'take', itemId: take.id, reason: 'audio-unreadable' }),
    ]);
    // Nothing more is tried until somebody says so; then it is.
    const before = registry.calls.length;
    await pass(world);
    expect(registry.calls.slice(before)).toEqual(['hello', 'feed']);
    recordings.damage(take.id);
    const review = { kind: 'take', itemId: take.id, action: 'retry' } as const;
    expect(await done(world, it0, 'sync.resolve-review', review)).toEqual([]);
    await pass(world);
    expect(sync(station, damaged)?.[0]).toBe('synced');
  });

  it('that conflicts is kept on both sides; left out, the rest gets its receipt', async () => {
    const station = await enrolled();
    const { world, clinician, it: it0, registry, store } = station;
    const sessionId = await complete(station);
    await done(world, clinician, 'sessions.add-note', { sessionId, text: 'one' });
    const [note] = store.read((transaction) => transaction.notes.ofSession(sessionId));
    if (note === undefined) throw new Error('no note');
    const other = { kind: 'note', id: note.id, sessionId, counter: 1, sha256: 'ab'.repeat(32), content: {} };
    (registry.items as Map<string, object>).set(`note ${note.id}`, other);
    await pass(world);
    expect(sync(station, sessionId)).toEqual(['needs-attention', null, 'content-conflict']);
    expect(store.read((transaction) => transaction.notes.ofSession(sessionId))).toEqual([note]);
    const review = { kind: 'note', itemId: note.id, action: 'set-aside' } as const;
    await done(world, it0, 'sync.resolve-review', review);
    await pass(world);
    expect(sync(station, sessionId)?.[0]).toBe('synced');
  });

  it('in a receipt makes the session no safer', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, registry, it: it0 } = station;
    registry.setReceiptFlaw((receipt) => ({ ...receipt, files: receipt.files.slice(1) }));
    await pass(world);
    expect(sync(station, sessionId)).toEqual(['needs-attention', null, 'receipt-differs']);
    registry.setReceiptFlaw(undefined);
    const review = { kind: 'session', itemId: sessionId, action: 'retry' } as const;
    await done(world, it0, 'sync.resolve-review', review);
    await pass(world);
    expect(sync(station, sessionId)?.[0]).toBe('synced');
  });

  it('lost by the registry is sent again', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, registry, clinician } = station;
    await pass(world);
    registry.forget(sessionId);
    await done(world, clinician, 'sessions.add-note', { sessionId, text: 'after the loss' });
    for (let tries = 0; tries < 10 && sync(station, sessionId)?.[0] !== 'synced'; tries += 1) {
      await passing(station, pass(world));
    }
    expect(sync(station, sessionId)?.[0]).toBe('synced');
    expect(registry.audio.size).toBe(2);
  });
});

describe('a refusal', () => {
  it('is written down, and the next pass is somebody’s wish', async () => {
    const station = await enrolled();
    await complete(station);
    const { world, registry, store } = station;
    const enrolment = store.read((transaction) => transaction.sync.facts().enrolment);
    if (enrolment === null) throw new Error('not enrolled');
    registry.revoke(enrolment.workstationId);
    const revoked = { code: 'registry-refused', details: { code: 'workstation-revoked' } };
    expect((await pass(world)).problem).toEqual(revoked);
    await pass(world);
    const refusals = store
      .read((transaction) => transaction.audit.list({ limit: 100 }))
      .filter(({ action }) => action === 'registry-refused');
    expect(refusals).toHaveLength(1);
    // Enrolled anew, it goes on with what it has.
    await enrol(station);
    expect((await pass(world)).problem).toBeUndefined();
    expect(store.read((transaction) => transaction.sessions.countUnsynced())).toBe(0);
  });

  it('that comes late says nothing about who this PC is by then', async () => {
    const station = await enrolled();
    const { world, registry, store } = station;
    const facts = () => store.read((transaction) => transaction.sync.facts());
    const before = facts().enrolment?.workstationId;
    if (before === undefined) throw new Error('not enrolled');
    registry.revoke(before);
    await pass(world);
    expect(facts().refusal).toMatchObject({ code: 'workstation-revoked' });
    const feed: typeof registry.feed = async (...asked) => {
      const refused = await registry.feed(...asked);
      await enrol(station);
      return refused;
    };
    const slow = { ...world, registry: { ...registry, feed } };
    expect((await pass(slow)).problem).toMatchObject({ code: 'registry-refused' });
    expect(facts().refusal).toBeNull();
    expect((await pass(world)).problem).toBeUndefined();
  });

  it('made good by a new enrolment has every session shown again under the new name', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, registry, store } = station;
    await pass(world);
    const facts = () => store.read((transaction) => transaction.sync.facts());
    const receipt = () => store.read((transaction) => transaction.sync.newestReceipt(sessionId)?.receipt);
    const before = facts().enrolment?.workstationId;
    if (before === undefined) throw new Error('not enrolled');
    registry.revoke(before);
    await pass(world);
    await enrol(station);
    expect(sync(station, sessionId)?.[0]).toBe('waiting');
    expect((await pass(world)).problem).toBeUndefined();
    expect(sync(station, sessionId)?.[0]).toBe('synced');
    expect(receipt()?.workstationId).toBe(facts().enrolment?.workstationId);
    expect(receipt()?.workstationId).not.toBe(before);
    // Nothing but the word that it is one and the same.
    expect(registry.calls.filter((name) => name === 'upload')).toHaveLength(2);
  });
});

describe('leaving the registry', () => {
  it('and coming back goes on with every session, without anybody revoking the former enrolment', async () => {
    const station = await enrolled();
    const { world, clinician, registry, store } = station;
    const [synced, cut] = [await complete(station), await complete(station)];
    await pass(world);
    await done(world, clinician, 'sessions.add-note', { sessionId: cut, text: 'before' });
    await done(world, station.it, 'sync.leave', {});
    expect([sync(station, synced), sync(station, cut)]).toEqual([
      ['synced', null, null],
      ['local-only', null, null],
    ]);
    await done(world, clinician, 'sessions.add-note', { sessionId: synced, text: 'meanwhile' });
    await enrol(station);
    expect((await pass(world)).problem).toBeUndefined();
    await done(world, clinician, 'sessions.add-note', { sessionId: synced, text: 'after' });
    expect((await pass(world)).problem).toBeUndefined();
    expect([sync(station, synced), sync(station, cut)]).toEqual([
      ['synced', null, null],
      ['synced', null, null],
    ]);
    expect(await done(world, station.it, 'sync.reviews', {})).toEqual([]);
    expect([...registry.items.values()].filter(({ kind }) => kind === 'note')).toHaveLength(3);
    // The recordings went once.
    expect(registry.calls.filter((name) => name === 'upload')).toHaveLength(4);
    expect(store.read((transaction) => transaction.sync.facts().former)).toBeNull();
  });

  it('for another registry sends what is whole here, and leaves safe where it is what was removed here', async () => {
    const station = await enrolled();
    const { clinician, registry, store } = station;
    const bare = await complete(station);
    await keepNoAudio(station);
    await pass(station.world);
    station.clock.advance(1000);
    await pass(station.world);
    expect(store.read((transaction) => transaction.sync.withRemovedAudio())).toEqual([bare]);
    await keepAudio(station);
    const whole = await complete(station);
    await pass(station.world);
    await done(station.world, station.it, 'sync.leave', {});
    // A withdrawal would not reach it any more, whatever has become of the audio here.
    expect([await formerOf(station, bare), await formerOf(station, whole)]).toEqual([[address], [address]]);

    const other = anotherRegistry(station);
    const there = { ...station, world: { ...station.world, registry: other }, registry: other };
    await enrol(there);
    expect([await formerOf(there, bare), await formerOf(there, whole)]).toEqual([[address], [address]]);
    const later = await complete(there);
    expect(await formerOf(there, later)).toEqual([]);
    await done(there.world, clinician, 'sessions.withdraw', { sessionId: later, kind: 'deletion' });
    const atFormer = ['synced', null, 'former-registry'];
    expect(sync(station, bare)).toEqual(atFormer);
    expect(await done(there.world, clinician, 'sync.state', {})).toMatchObject({ waiting: { sessions: 1 } });
    expect((await pass(there.world)).problem).toBeUndefined();
    expect(sync(station, whole)).toEqual(['synced', null, null]);
    expect([other.items.has(`session ${bare}`), other.items.has(`session ${whole}`)]).toEqual([false, true]);
    // What is added goes nowhere, and nothing waits for it.
    await done(there.world, clinician, 'sessions.add-note', { sessionId: bare, text: 'later' });
    expect((await pass(there.world)).problem).toBeUndefined();
    expect(sync(station, bare)).toEqual(atFormer);
    expect(await done(there.world, clinician, 'sync.state', {})).toMatchObject({
      waiting: { sessions: 0, takes: 0, bytes: 0, items: 0 },
      needAttention: 0,
    });

    // Back at the first, it is shown again with what was added; its audio is not asked for. Nobody has to revoke the
    // enrolment that it had there before it belonged to another.
    await done(there.world, station.it, 'sync.leave', {});
    await enrol(station);
    expect(sync(station, bare)?.[0]).toBe('waiting');
    expect((await pass(station.world)).problem).toBeUndefined();
    expect([sync(station, bare), sync(station, whole)]).toEqual([
      ['synced', null, null],
      ['synced', null, null],
    ]);
    expect([...registry.items.values()].filter(({ kind }) => kind === 'note')).toHaveLength(1);
    expect(await done(station.world, station.it, 'sync.reviews', {})).toEqual([]);
    // The one that was left has what was sent there; what the clinician erases says so, also in the trail.
    expect([await formerOf(station, bare), await formerOf(station, whole)]).toEqual([[address], [address]]);
    await done(station.world, clinician, 'sessions.withdraw', { sessionId: whole, kind: 'withdrawal' });
    const trail = store.read((transaction) => transaction.audit.ofSession(whole)).at(-1);
    expect(trail).toMatchObject({
      action: 'session-withdrawn',
      details: { kind: 'withdrawal', formerRegistries: address },
    });
  });

  it('shuts out the people of a hospital whose PC is taken in by another', async () => {
    const station = await enrolled();
    const { world, registry, store } = station;
    const { it: it0 } = station;
    const dora = {
      id: '01900000-0000-7000-8000-0000000000a1',
      username: 'dora',
      displayName: 'Dora',
      roles: ['clinician'],
      language: 'en',
      isDisabled: false,
      passwordHash: 'a hash',
    };
    registry.publish('account', dora);
    await pass(world);
    const isShutOut = () =>
      store.read((transaction) => transaction.accounts.byUsername('dora')?.isDisabled ?? 'unknown');
    expect(isShutOut()).toBe(false);
    const enrolment = store.read((transaction) => transaction.sync.facts().enrolment);
    registry.revoke(enrolment!.workstationId);
    await pass(world);
    expect(isShutOut()).toBe(false);
    const other = anotherRegistry(station);
    const there = { ...world, registry: other };
    await enrol({ world: there, it: it0, registry: other });
    expect(isShutOut()).toBe(true);

    // The new one has somebody of the same name, who is not kept out by it.
    const id = '01900000-0000-7000-8000-0000000000a2';
    other.publish('account', { ...dora, id, passwordHash: 'another hash' });
    await pass(there);
    expect(store.read((transaction) => transaction.accounts.byUsername('dora'))).toMatchObject({
      id,
      isDisabled: false,
      passwordHash: 'another hash',
    });
    expect(store.read((transaction) => transaction.accounts.get(dora.id as AccountId))).toMatchObject({
      username: 'dora.000000a1',
      isDisabled: true,
    });
    expect(world.notices).toEqual([]);
  });

  it('whose registry lost a recording that was removed here says just that', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    await keepNoAudio(station);
    await pass(station.world);
    station.clock.advance(1000);
    await pass(station.world);
    station.registry.forget(sessionId);
    await done(station.world, station.clinician, 'sessions.add-note', { sessionId, text: 'later' });
    for (let tries = 0; tries < 6; tries += 1) await pass(station.world);
    expect(sync(station, sessionId)).toEqual(['needs-attention', null, 'audio-removed']);
  });

  it('makes it a stranger to another registry, whatever it says of itself', async () => {
    const station = await enrolled();
    const { world, store } = station;
    await done(world, station.it, 'sync.leave', {});
    const other = anotherRegistry(station);
    await enrol({ ...station, world: { ...world, registry: other }, registry: other });
    expect(store.read((transaction) => transaction.sync.facts().enrolment?.registryId)).toBe(
      other.registryId,
    );
  });
});

describe('a wrong clock', () => {
  it.each([-26, -24, 24, 26])('%i hours off changes nothing, and is shown', async (hours) => {
    const station = await enrolled();
    const sessionId = await complete(station);
    station.registry.setClockOffset(-hours * 3_600_000);
    expect((await pass(station.world)).problem).toBeUndefined();
    expect(sync(station, sessionId)?.[0]).toBe('synced');
    const state = await done(station.world, station.clinician, 'sync.state', {});
    expect(state.clockSkewMs).toBe(hours * 3_600_000);
  });

  it('that is set while it sends is noticed and made up for', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    let isSet = false;
    station.registry.setFaults((name) => {
      if (name === 'createUpload' && !isSet) {
        isSet = true;
        station.registry.setClockOffset(3 * 3_600_000);
      }
      return undefined;
    });
    expect((await pass(station.world)).problem).toBeUndefined();
    expect(sync(station, sessionId)?.[0]).toBe('synced');
  });
});

describe('withdrawal', () => {
  it('here takes the session from this PC at once and from the registry as soon as it hears', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, clinician, registry, store, recordings } = station;
    await pass(world);
    const takes = store.read((transaction) => transaction.takes.ofSession(sessionId));
    await done(world, clinician, 'sessions.withdraw', { sessionId, kind: 'withdrawal' });
    expect(await call(world, clinician, 'sessions.get', { sessionId })).toMatchObject({
      problem: { code: 'session-not-found' },
    });
    for (const take of takes) expect((await recordings.read(take.id)).ok).toBe(false);
    expect((await pass(world)).problem).toBeUndefined();
    expect(registry.audio.size).toBe(0);
    expect([...registry.items.keys()].filter((key) => key.startsWith('session'))).toEqual([]);
    expect(store.read((transaction) => transaction.sync.tombstone(sessionId))).toMatchObject({
      kind: 'withdrawal',
      by: 'clara',
    });
  });

  it('elsewhere removes the copy here, also where it was never sent', async () => {
    const station = await enrolled();
    const [sent, late] = [await complete(station), await complete(station)];
    const { world, registry, store, recordings } = station;
    const takes = store.read((transaction) => transaction.takes.ofSession(late));
    registry.withdraw(late);
    expect((await pass(world)).problem).toBeUndefined();
    expect(sync(station, sent)?.[0]).toBe('synced');
    expect(sync(station, late)).toBeUndefined();
    for (const take of takes) expect((await recordings.read(take.id)).ok).toBe(false);
    expect(store.read((transaction) => transaction.audit.ofSession(late).at(-1)?.action)).toBe(
      'session-removed',
    );
    expect(registry.items.has(`session ${late}`)).toBe(false);
  });

  it('waits for the models that are at work, and is refused to no role that may', async () => {
    const station = await enrolled();
    const { world, it: it0, store } = station;
    const sessionId = await complete(station);
    store.write((transaction) => {
      const session = transaction.sessions.get(sessionId);
      if (session !== undefined) transaction.sessions.update({ ...session, status: 'processing' });
    });
    const rita = await person(world, it0, 'rita', ['researcher']);
    const input = { sessionId, kind: 'deletion' } as const;
    expect(await call(world, rita, 'sessions.withdraw', input)).toMatchObject({
      problem: { code: 'conflict' },
    });
    station.registry.withdraw(sessionId);
    await pass(world);
    expect(sync(station, sessionId)).toBeDefined();
    store.write((transaction) => {
      const session = transaction.sessions.get(sessionId);
      if (session !== undefined) transaction.sessions.update({ ...session, status: 'completed' });
    });
    await pass(world);
    expect(sync(station, sessionId)).toBeUndefined();
  });
});

describe('local audio', () => {
  it('goes after its receipt and the days that IT set, and never before', async () => {
    const station = await enrolled();
    const { world, clinician, it: it0, registry, store, recordings, clock } = station;
    const sessionId = await complete(station);
    const { settings } = await done(world, it0, 'sync.state', {});
    await done(world, it0, 'sync.save-settings', { ...settings, keepAudioDays: 2 });
    registry.setFaults((name) => (name === 'askReceipt' ? 'cut-before' : undefined));
    await passing(station, pass(world));
    clock.advance(30 * 86_400_000);
    await passing(station, pass(world));
    const takes = store.read((transaction) => transaction.takes.ofSession(sessionId));
    for (const take of takes) expect((await recordings.read(take.id)).ok).toBe(true);
    registry.setFaults(() => undefined);
    await pass(world);
    clock.advance(2 * 86_400_000 - 1000);
    await pass(world);
    for (const take of takes) expect((await recordings.read(take.id)).ok).toBe(true);
    clock.advance(2000);
    await pass(world);
    for (const take of takes) expect((await recordings.read(take.id)).ok).toBe(false);
    const [take] = takes;
    if (take === undefined) throw new Error('no take');
    const rita = await person(world, it0, 'rita', ['researcher']);
    const audio = { takeId: take.id, offsetBytes: 0, lengthBytes: 10 };
    expect(await call(world, rita, 'recording.audio', audio)).toMatchObject({
      problem: { code: 'take-on-registry' },
    });
    // The session itself is still here and still safe.
    expect(sync(station, sessionId)?.[0]).toBe('synced');
    expect(await done(world, clinician, 'sessions.get', { sessionId })).toMatchObject({ id: sessionId });
  });
});

describe('the feed', () => {
  it('brings people who sign in without a line, and takes them back', async () => {
    const station = await enrolled();
    const { world, registry, it: it0 } = station;
    const passwordHash = await world.passwordHashing.hash('a password of the registry');
    const account = {
      id: '01a9d1f0-0000-7000-8000-000000000001',
      username: 'bruno',
      displayName: 'Bruno',
      roles: ['clinician'],
      language: 'pt-BR',
      isDisabled: false,
      passwordHash,
    };
    registry.publish('account', account);
    registry.publish('account', {
      ...account,
      id: '01a9d1f0-0000-7000-8000-000000000002',
      username: 'CLARA',
    });
    registry.publish('tombstone', { nonsense: true });
    registry.publish('hospital', {
      id: '01a9d1f0-0000-7000-8000-000000000009',
      name: 'Renamed',
      isOwn: true,
    });
    await pass(world);
    registry.setFaults(() => 'cut-before');
    const desk = await signIn(world, 'bruno', 'a password of the registry');
    expect(desk.ok).toBe(true);
    expect(world.notices.map(({ code }) => code)).toContain('registry-account-shadowed');
    const state = await done(world, it0, 'sync.state', {});
    expect(state.enrolment?.hospital).toBe('Renamed');
    const update = { accountId: account.id, displayName: 'Other' } as never;
    expect(await call(world, it0, 'people.update', update)).toMatchObject({
      problem: { code: 'account-of-registry' },
    });
    registry.setFaults(() => undefined);
    registry.publish('account', { ...account, passwordHash: null });
    await pass(world);
    expect(await signIn(world, 'bruno', 'a password of the registry')).toMatchObject({
      problem: { code: 'account-disabled' },
    });
  });

  async function signIn(world: World, username: string, password: string) {
    const { createDesk } = await import('../desk.ts');
    return call(world, createDesk(), 'people.sign-in', { username, password });
  }
});

describe('enrolment', () => {
  it('finishes with the same code after a lost answer, and once only', async () => {
    const station = await ward();
    const { world, registry, it: it0 } = station;
    const input = { url: 'https://registry.example/', code: registry.invite().toLowerCase(), name: 'Ward 3' };
    registry.setFaults(() => 'cut-after');
    expect(await call(world, it0, 'sync.enrol', input)).toMatchObject({
      problem: { code: 'registry-unreachable' },
    });
    registry.setFaults(() => undefined);
    expect(await done(world, it0, 'sync.enrol', input)).toMatchObject({
      enrolment: { registryUrl: 'https://registry.example', workstationName: 'Ward 3' },
    });
    expect(await call(world, it0, 'sync.enrol', input)).toMatchObject({
      problem: { code: 'already-enrolled' },
    });
    expect(await call(world, station.clinician, 'sync.enrol', input)).toMatchObject({
      problem: { code: 'forbidden' },
    });
  });

  it('refuses a registry that the code does not name', async () => {
    const station = await ward();
    const { world, registry, it: it0 } = station;
    const impostor = {
      ...world.registry,
      enrol: async (...request: Parameters<typeof world.registry.enrol>) => {
        const answer = await world.registry.enrol(...request);
        const { publicKey } = world.signing.makeKeyPair();
        return answer.ok
          ? { ok: true as const, value: { ...answer.value, answerKey: { keyId: '0'.repeat(16), publicKey } } }
          : answer;
      },
    };
    const input = { url: 'https://registry.example', code: registry.invite(), name: 'Ward 3' };
    expect(await call({ ...world, registry: impostor }, it0, 'sync.enrol', input)).toMatchObject({
      problem: { code: 'registry-other' },
    });
    expect((await done(world, it0, 'sync.state', {})).enrolment).toBeNull();
    expect(await call(world, it0, 'sync.enrol', { ...input, code: 'AAAAA' })).toMatchObject({
      problem: { code: 'registry-code-wrong' },
    });
  });

  it('ends when IT leaves; what is here stays', async () => {
    const station = await enrolled();
    const sessionId = await complete(station);
    const { world, it: it0 } = station;
    expect(await done(world, it0, 'sync.leave', {})).toMatchObject({ enrolment: null, activity: 'off' });
    expect(sync(station, sessionId)).toEqual(['local-only', null, null]);
    expect(await call(world, it0, 'sync.leave', {})).toMatchObject({ problem: { code: 'not-enrolled' } });
  });
});
