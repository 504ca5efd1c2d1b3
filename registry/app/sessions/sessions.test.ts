import { describe, expect, it } from 'vitest';
import { routes } from '../../../contract/registry/routes.ts';
import { takeIdSchema } from '../../../contract/ids.ts';
import { takeBlobKey } from '../../core/uploads.ts';
import { recordingsPrefix } from '../../core/withdrawal.ts';
import {
  markReceived,
  otherHospital,
  ownHospital,
  personCaller,
  sessionOf,
  storeAudio,
  testRegistry,
  valueOf,
  wavOf,
  withdrawalOf,
  type SessionWishes,
  type TestRegistry,
} from '../sync/fixtures/registry.ts';
import { exportSessions } from './export-sessions.ts';
import { readRecording } from './read-recording.ts';
import { listSessions, readSession } from './read-sessions.ts';
import { sweepTombstones } from './sweep-tombstones.ts';
import { withdrawSession } from './withdraw-session.ts';

const researcher = personCaller('researcher');
const stranger = personCaller('researcher', [otherHospital]);

async function registryWith(...wishes: readonly SessionWishes[]): Promise<TestRegistry> {
  const registry = await testRegistry();
  for (const [index, wish] of wishes.entries()) {
    const number = index + 1;
    await registry.send(sessionOf(number, wish).items);
    await storeAudio(registry, number);
    await markReceived(registry, sessionOf(number).id);
  }
  return registry;
}

async function deeds(registry: TestRegistry): Promise<readonly string[]> {
  return (await registry.rows('audit')).map(({ action, outcome }) =>
    outcome === 'done' ? action : `${action}: refused`,
  );
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  const parts: string[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.join('');
}

describe('the list', () => {
  it('shows the sessions of the caller’s hospitals, newest first, page by page, and writes down who looked', async () => {
    const registry = await registryWith({}, {}, {});
    await registry.send(sessionOf(4).items, 3);
    const query = (after?: string) => ({ limit: 2, ...(after === undefined ? {} : { after }) });
    const first = valueOf(await listSessions(registry.callBy(researcher), query()));
    routes['sessions.list'].answer.parse(first);
    expect(first.sessions.map(({ id }) => id)).toEqual([sessionOf(3).id, sessionOf(2).id]);
    expect(first.sessions[0]).toMatchObject({ state: 'received', takeCount: 3, resultCount: 1 });
    const second = valueOf(await listSessions(registry.callBy(researcher), query(first.next ?? '')));
    expect(second).toMatchObject({ sessions: [{ id: sessionOf(1).id }], next: null });
    const all = valueOf(
      await listSessions(registry.callBy(personCaller('researcher', 'all')), { limit: 100 }),
    );
    expect(all.sessions).toHaveLength(4);
    const receiving = { limit: 100, state: 'receiving' } as const;
    expect(valueOf(await listSessions(registry.callBy(researcher), receiving)).sessions).toEqual([]);
    expect(await deeds(registry)).toEqual(Array.from({ length: 4 }, () => 'sessions-listed'));
  });

  it('answers a foreign hospital as none, and audits the attempt', async () => {
    const registry = await registryWith({});
    const refused = await listSessions(registry.callBy(researcher), { limit: 10, hospitalId: otherHospital });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    expect(await deeds(registry)).toEqual(['sessions.read: refused']);
    const nobody = personCaller('researcher', []);
    expect(valueOf(await listSessions(registry.callBy(nobody), { limit: 10 })).sessions).toEqual([]);
  });

  it.each(['x', '-1', '1e3', '9'.repeat(20), ''])('refuses %j as a place in it', async (after) => {
    const registry = await testRegistry();
    const refused = await listSessions(registry.callBy(researcher), { limit: 10, after });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'invalid-input' } });
  });
});

describe('one session', () => {
  it('is given with everything that came of it, and the reading is written down', async () => {
    const registry = await registryWith({});
    const { id, takeIds } = sessionOf(1);
    const answer = valueOf(await readSession(registry.callBy(researcher), id));
    routes['sessions.read'].answer.parse(answer);
    expect(answer.content).toEqual(sessionOf(1).items[0]?.content);
    expect(answer.takes).toMatchObject(takeIds.map((takeId) => ({ id: takeId, state: 'stored' })));
    expect([answer.results, answer.notes].map(({ length }) => length)).toEqual([1, 1]);
    expect(await deeds(registry)).toEqual(['session-read']);
  });

  it('of another hospital, or withdrawn, is not given', async () => {
    const registry = await registryWith({});
    const { id } = sessionOf(1);
    const unknown = await readSession(registry.callBy(stranger), sessionOf(9).id);
    expect(await readSession(registry.callBy(stranger), id)).toEqual(unknown);
    expect(await deeds(registry)).toEqual(['sessions.read: refused']);
    await registry.send([withdrawalOf(id)]);
    expect(await readSession(registry.callBy(researcher), id)).toMatchObject({ problem: { code: 'gone' } });
    expect(await readSession(registry.callBy(stranger), id)).toEqual(unknown);
  });
});

describe('a recording', () => {
  it('is given back as the very bytes that were announced, and the reading is written down', async () => {
    const registry = await registryWith({});
    const { id, takeIds } = sessionOf(1);
    const asked = { sessionId: id, takeId: takeIds[2]! };
    const { chunks, sizeBytes, takeId } = valueOf(await readRecording(registry.callBy(researcher), asked));
    const pieces: number[] = [];
    for await (const chunk of chunks) pieces.push(...chunk);
    expect(Uint8Array.from(pieces)).toEqual(wavOf(6));
    expect([sizeBytes, takeId]).toEqual([wavOf(6).length, asked.takeId]);
    expect(await registry.rows('audit')).toMatchObject([
      { action: 'recording-read', subjectId: id, details: { takeId: asked.takeId } },
    ]);
  });

  it('is not given under another session, to another hospital, or before it has come', async () => {
    const registry = await registryWith({}, {});
    await registry.send(sessionOf(3).items);
    const [first, second, third] = [sessionOf(1), sessionOf(2), sessionOf(3)];
    const ask = (caller: typeof researcher, sessionId: string, takeId: string | undefined) =>
      readRecording(registry.callBy(caller), { sessionId, takeId: takeIdSchema.parse(takeId) });
    for (const outcome of [
      await ask(researcher, second.id, first.takeIds[0]),
      await ask(stranger, first.id, first.takeIds[0]),
      await ask(researcher, third.id, third.takeIds[0]),
    ]) {
      expect(outcome).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    }
  });
});

describe('an export', () => {
  const research = { purpose: 'research', includeConsent: false } as const;
  const idsIn = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { session: { id: string } }).session.id);

  it('holds whole sessions whose consent covers the purpose, and no TEST', async () => {
    const registry = await registryWith(
      { purposes: ['care', 'research'] },
      { purposes: ['care'] },
      { purposes: ['research', 'retraining'], kind: 'CONTROL' },
      { kind: 'TEST' },
      { purposes: null },
    );
    await registry.send(sessionOf(6).items);
    await registry.send(sessionOf(7).items, 3);
    await markReceived(registry, sessionOf(7).id);
    const lines = async (wishes: Parameters<typeof exportSessions>[1], caller = researcher) =>
      idsIn(await textOf(valueOf(await exportSessions(registry.callBy(caller), wishes))));
    expect(await lines(research)).toEqual([sessionOf(1).id, sessionOf(3).id]);
    expect(await lines({ ...research, purpose: 'retraining' })).toEqual([sessionOf(3).id]);
    expect(await lines(research, stranger)).toEqual([sessionOf(7).id]);
    expect(await deeds(registry)).toEqual(Array.from({ length: 3 }, () => 'sessions-exported'));
  });

  it('leaves out every take of the spoken consent unless it is asked for by name', async () => {
    const registry = await registryWith({});
    const takesOf = async (includeConsent: boolean) => {
      const lines = valueOf(
        await exportSessions(registry.callBy(researcher), { ...research, includeConsent }),
      );
      const line = JSON.parse(await textOf(lines)) as { takes: { id: string; audio: string }[] };
      return line.takes;
    };
    const { id, takeIds } = sessionOf(1);
    expect((await takesOf(false)).map((take) => take.id)).toEqual([takeIds[2]]);
    expect((await takesOf(true)).map((take) => take.id)).toEqual(takeIds);
    expect((await takesOf(false))[0]?.audio).toBe(`/api/sessions/${id}/takes/${String(takeIds[2])}/audio`);
  });

  it('holds every session of many, and none that is withdrawn while it runs', async () => {
    const registry = await registryWith(...Array.from({ length: 120 }, () => ({})));
    const lines = valueOf(await exportSessions(registry.callBy(researcher), research));
    const seen: string[] = [];
    for await (const line of lines) {
      seen.push(...idsIn(line));
      if (seen.length === 1) await registry.send([withdrawalOf(sessionOf(120).id)]);
    }
    expect(seen).toEqual(Array.from({ length: 119 }, (_, index) => sessionOf(index + 1).id));
  });

  it('is for researchers', async () => {
    const registry = await registryWith({});
    for (const role of ['clinician', 'it'] as const) {
      const refused = await exportSessions(registry.callBy(personCaller(role, 'all')), research);
      expect(refused).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    }
  });
});

describe('a withdrawal by a person', () => {
  it('removes content and audio, leaves the tombstone, and tells the workstations of the hospital', async () => {
    const registry = await registryWith({}, {});
    const { id, items } = sessionOf(1);
    const answer = valueOf(await withdrawSession(registry.callBy(researcher), id, 'withdrawal'));
    expect(answer).toEqual({ sessionId: id, at: '2026-03-09T12:00:00.000Z' });
    expect(registry.blobs.keys().filter((key) => key.includes(id))).toEqual([]);
    expect(registry.blobs.keys()).toHaveLength(3);
    expect(await registry.rows('changes')).toMatchObject([
      {
        hospitalId: ownHospital,
        kind: 'tombstone',
        content: { sessionId: id, kind: 'withdrawal', at: answer.at },
      },
    ]);
    expect((await registry.send(items)).map(({ outcome }) => outcome)).toEqual(items.map(() => 'gone'));
    expect(valueOf(await withdrawSession(registry.callBy(researcher), id, 'withdrawal'))).toEqual(answer);
    expect(valueOf(await withdrawSession(registry.callBy(researcher), id, 'deletion'))).toEqual(answer);
    expect(await registry.rows('tombstones')).toMatchObject([{ id, kind: 'deletion' }]);
    expect(await deeds(registry)).toEqual(['session-withdrawn', 'session-deleted']);
  });

  it('ends the uploads of the session', async () => {
    const registry = await registryWith({});
    const { id, takeIds } = sessionOf(1);
    const { world } = registry;
    await world.blobs.put('uploads/u1/0', pieces(new Uint8Array(5)));
    await world.store.write((transaction) =>
      transaction.insert('uploads', {
        id: 'u1',
        takeId: takeIds[0]!,
        sessionId: id,
        workstationId: 'w',
        encoding: 'flac',
        sha256: 'a'.repeat(64),
        lengthBytes: 10,
        offsetBytes: 5,
        parts: ['0'],
        state: 'open',
        reason: null,
        createdAt: '2026-03-09T12:00:00.000Z',
        touchedAt: '2026-03-09T12:00:00.000Z',
      }),
    );
    valueOf(await withdrawSession(registry.callBy(researcher), id, 'deletion'));
    expect(await registry.rows('uploads')).toEqual([]);
    expect(registry.blobs.keys()).toEqual([]);
  });

  it('of another hospital’s session is answered as one that is not there', async () => {
    const registry = await registryWith({});
    const refused = await withdrawSession(registry.callBy(stranger), sessionOf(1).id, 'deletion');
    expect(refused).toEqual(await withdrawSession(registry.callBy(researcher), sessionOf(9).id, 'deletion'));
    expect(refused).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    expect(await registry.rows('sessions')).toHaveLength(1);
    expect(await deeds(registry)).toEqual(['sessions.withdraw: refused']);
  });
});

describe('the sweep', () => {
  const dayMs = 24 * 60 * 60 * 1000;

  it('deletes what a crash left, and what arrived late, and is done a day later', async () => {
    const registry = await registryWith({});
    const { id } = sessionOf(1);
    registry.blobs.failNext('delete', 'unavailable');
    valueOf(await withdrawSession(registry.callBy(researcher), id, 'withdrawal'));
    expect(registry.blobs.keys()).toHaveLength(3);
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 1 });
    expect(registry.blobs.keys()).toEqual([]);

    const late = takeBlobKey({ id: 'u1', sessionId: id, takeId: sessionOf(1).takeIds[0]!, encoding: 'wav' });
    expect(late.startsWith(recordingsPrefix(id))).toBe(true);
    await registry.world.blobs.put(late, pieces(wavOf(1)));
    registry.clock.advance(dayMs + 1);
    registry.blobs.failNext('delete', 'unavailable');
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 1 });
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 0 });
    expect(registry.blobs.keys()).toEqual([]);
    expect(await registry.rows('tombstones')).toMatchObject([{ pendingBlobs: [] }]);
  });

  it('looks again only at what is not settled', async () => {
    const registry = await registryWith({}, {}, {});
    const withdraw = async (number: number) =>
      valueOf(await withdrawSession(registry.callBy(researcher), sessionOf(number).id, 'withdrawal'));
    await withdraw(1);
    await withdraw(2);
    registry.clock.advance(dayMs + 1);
    await withdraw(3);
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 1 });
    const leftover = `${recordingsPrefix(sessionOf(1).id)}x.wav`;
    await registry.world.blobs.put(leftover, pieces(wavOf(1)));
    registry.clock.advance(dayMs + 1);
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 0 });
    expect(await sweepTombstones(registry.world)).toEqual({ unsettled: 0 });
    expect(registry.blobs.keys()).toEqual([leftover]);
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(bytes);
}
