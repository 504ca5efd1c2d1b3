import { describe, expect, it } from 'vitest';
import type { CommandOutput } from '../../../contract/app-api.ts';
import { accountIdSchema } from '../../../contract/ids.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { sha256 } from '../../../contract/sha256.ts';
import type { PersonsCall } from '../../ports/registry-people.ts';
import {
  exampleAccount,
  exampleContent,
  exampleSession,
  exampleTake,
} from '../../ports/store-examples.contract.ts';
import { createDesk, type Desk } from '../desk.ts';
import {
  call,
  done,
  firstDesk,
  password,
  person,
  workstation,
  type Workstation,
} from '../fixtures/workstation.ts';

const registryPassword = 'janela telhado chuva';
const secret = { username: 'rosa', password: registryPassword };
const own = {
  id: accountIdSchema.parse('019d0000-0000-7000-8000-000000000001'),
  username: 'rosa',
  displayName: 'Rosa',
  email: null,
  roles: ['researcher'],
  hospitals: [],
  language: 'en',
  isDisabled: false,
  createdAt: '2026-03-09T12:00:00.000Z',
};

interface Bench extends Workstation {
  readonly desk: Desk;
  /** What the registry was asked beside who asks. */
  readonly asked: PersonsCall[];
  /** What it answers from now on. */
  answering(next: (call: PersonsCall) => Result<unknown>): void;
}

/** A researcher at an enrolled PC, whose registry knows her under another password. */
async function bench(roles: readonly string[] = ['researcher']): Promise<Bench> {
  const station = workstation();
  const it0 = await firstDesk(station.world);
  await done(station.world, it0, 'sync.enrol', {
    url: 'https://registry.example',
    code: station.registry.invite(),
    name: 'Ward 1',
  });
  const desk = await person(station.world, it0, 'rosa', ['researcher']);
  station.people.addPerson(secret);
  const asked: PersonsCall[] = [];
  let answer: (call: PersonsCall) => Result<unknown> = () => ok({ sessions: [], next: null });
  station.people.answer((_username, request) => {
    if (request.path === '/api/account') return ok({ ...own, roles });
    asked.push(request);
    return answer(request);
  });
  return {
    ...station,
    desk,
    asked,
    answering(next) {
      answer = next;
    },
  };
}

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.problem.code);
const list = ({ world, desk }: Bench) => call(world, desk, 'research.sessions.list', { query: { limit: 2 } });
const state = ({ world, desk }: Bench) => done(world, desk, 'research.state', {});
const trail = ({ store }: Bench) =>
  store.read((transaction) => transaction.audit.list({ limit: 500 })).map(({ action }) => action);
/** Lets what was begun beside a command come to its end. */
async function settled(there: Bench): Promise<CommandOutput<'research.state'>> {
  for (let turn = 0; turn < 50 && there.desk.registryOpening !== null; turn += 1) await Promise.resolve();
  return state(there);
}

describe('a researcher at a workstation', () => {
  it('is told that this PC belongs to no registry', async () => {
    const station = workstation();
    const desk = await person(station.world, await firstDesk(station.world), 'rosa', ['researcher']);
    expect(await done(station.world, desk, 'research.state', {})).toEqual({
      registry: null,
      sitting: 'none',
      account: null,
    });
    expect(codeOf(await call(station.world, desk, 'research.open', secret))).toBe('not-enrolled');
    expect(codeOf(await call(station.world, desk, 'research.sessions.list', { query: {} }))).toBe(
      'not-enrolled',
    );
  });

  it('signs in at the registry once and asks it from then on', async () => {
    const there = await bench();
    expect(codeOf(await list(there))).toBe('registry-sign-in-needed');
    expect(await done(there.world, there.desk, 'research.open', secret)).toMatchObject({
      sitting: 'open',
      account: { username: 'rosa', displayName: 'Rosa' },
    });
    expect(await list(there)).toEqual(ok({ sessions: [], next: null }));
    expect(there.asked).toEqual([{ method: 'GET', path: '/api/sessions?limit=2' }]);
    expect(trail(there)).toContain('research-opened');
  });

  it('is refused with a wrong password, and without the role there', async () => {
    const there = await bench();
    const tried = await call(there.world, there.desk, 'research.open', { ...secret, password });
    expect(codeOf(tried)).toBe('wrong-credentials');
    const other = await bench(['clinician']);
    expect(codeOf(await call(other.world, other.desk, 'research.open', secret))).toBe('registry-forbidden');
    expect(other.people.openTokens()).toBe(0);
    expect(trail(other)).toContain('research-refused');
    expect(await state(other)).toMatchObject({ sitting: 'none' });
  });

  it('does not notice that tokens end and follow each other', async () => {
    const there = await bench();
    await done(there.world, there.desk, 'research.open', secret);
    there.people.expire();
    expect(await Promise.all([list(there), list(there)]).then((both) => both.map(codeOf))).toEqual([
      'ok',
      'ok',
    ]);
    there.clock.advance(1_741_000);
    there.people.setFaults(() => 'unreachable');
    expect(codeOf(await list(there))).toBe('registry-unreachable');
    there.people.setFaults(() => undefined);
    expect(codeOf(await list(there))).toBe('ok');
    expect(there.people.openTokens()).toBe(1);
  });

  it('signs in anew where the registry takes no token any more', async () => {
    const there = await bench();
    await done(there.world, there.desk, 'research.open', secret);
    there.people.expire();
    // The refused call comes through, and the answer with the new tokens is lost.
    let calls = 0;
    there.people.setFaults(() => {
      calls += 1;
      return calls === 2 ? 'cut-after' : undefined;
    });
    expect(codeOf(await list(there))).toBe('registry-unreachable');
    expect(codeOf(await list(there))).toBe('registry-sign-in-needed');
    expect(await state(there)).toMatchObject({ sitting: 'none', account: null });
  });

  it.each([
    ['locks', 'people.lock'],
    ['signs out', 'people.sign-out'],
    ['leaves', 'research.close'],
  ] as const)('who %s leaves no token behind', async (_what, command) => {
    const there = await bench();
    await done(there.world, there.desk, 'research.open', secret);
    await done(there.world, there.desk, command, {});
    expect(there.desk.registry).toBeNull();
    expect(there.people.openTokens()).toBe(0);
  });

  it('who locks while the sign-in is under way is not signed in afterwards', async () => {
    const there = await bench();
    const opening = call(there.world, there.desk, 'research.open', secret);
    await done(there.world, there.desk, 'people.lock', {});
    expect(codeOf(await opening)).not.toBe('ok');
    expect(there.desk.registry).toBeNull();
    expect(there.people.openTokens()).toBe(0);
  });

  it('with an account of the registry needs one password for both, also to unlock', async () => {
    const there = await bench();
    const { world, store } = there;
    const passwordHash = await world.passwordHashing.hash(registryPassword);
    store.write((transaction) =>
      transaction.accounts.insert(
        exampleAccount({ username: 'Rosa.R', roles: ['researcher'], origin: 'registry', passwordHash }),
      ),
    );
    there.people.addPerson({ username: 'Rosa.R', password: registryPassword });
    const desk = createDesk();
    const hers = { ...there, desk };
    await done(world, desk, 'people.sign-in', { username: 'Rosa.R', password: registryPassword });
    expect(await settled(hers)).toMatchObject({ sitting: 'open' });
    await done(world, desk, 'people.lock', {});
    await done(world, desk, 'people.unlock', { password: registryPassword });
    expect(await settled(hers)).toMatchObject({ sitting: 'open' });
    expect(there.people.openTokens()).toBe(1);
  });

  it('is asked for the password where a bug ends the quiet sign-in, and the bug is told', async () => {
    const there = await bench();
    const { world, store } = there;
    const passwordHash = await world.passwordHashing.hash(registryPassword);
    store.write((transaction) =>
      transaction.accounts.insert(
        exampleAccount({ username: 'Rosa.R', roles: ['researcher'], origin: 'registry', passwordHash }),
      ),
    );
    there.people.addPerson({ username: 'Rosa.R', password: registryPassword });
    const bug = new Error('planted');
    there.people.answer(() => {
      throw bug;
    });
    const told: unknown[] = [];
    world.memory.tellFault = (event, cause) => told.push([event, cause]);
    const desk = createDesk();
    await done(world, desk, 'people.sign-in', { username: 'Rosa.R', password: registryPassword });
    expect(await settled({ ...there, desk })).toMatchObject({ sitting: 'none' });
    expect(told).toEqual([['registry-not-opened', bug]]);
  });

  it('makes, changes and removes schedules of training by the registry’s own routes', async () => {
    const there = await bench();
    const { world, desk } = there;
    await done(world, desk, 'research.open', secret);
    const times = { expression: '0 3 * * 6', timeZone: 'America/Sao_Paulo' };
    there.answering(() => ok({ times: ['2026-03-14T06:00:00.000Z'] }));
    await done(world, desk, 'research.training-schedules.times', { query: times });
    const occasion = { on: 'cron', ...times } as const;
    const configuration = {
      data: { kind: 'csv', file: 'digits.csv' },
      model: { name: 'digits', version: '1.0.0', recording: 'sustentada' },
    } as const;
    const params = { scheduleId: 'weekly' };
    const body = { kind: 'digits', occasion, configuration };
    there.answering(({ body: sent }) =>
      ok({
        ...(sent as object),
        id: 'weekly',
        changedAt: '2026-03-09T12:00:00.000Z',
        changedBy: 'rosa',
        nextAt: null,
        labelledSessions: null,
        lastJobId: null,
      }),
    );
    await done(world, desk, 'research.training-schedules.put', { params, body });
    there.answering(() => ok({}));
    await done(world, desk, 'research.training-schedules.remove', { params });
    expect(there.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/training/schedule-times?expression=0%203%20*%20*%206&timeZone=America%2FSao_Paulo',
      'PUT /api/training/schedules/weekly',
      'DELETE /api/training/schedules/weekly',
    ]);
    // A configuration whose files lie elsewhere does not leave this PC.
    const leaving = { ...configuration, data: { kind: 'csv', file: '/etc/passwd' } } as const;
    const refused = await call(world, desk, 'research.training-schedules.put', {
      params,
      body: { ...body, configuration: leaving },
    });
    expect([codeOf(refused), there.asked.length]).toEqual(['invalid-input', 3]);
  });

  it.each([
    ['something else than a list', ok({ sessions: 'none' }), 'registry-answer-invalid'],
    ['that it may not', fail('registry-forbidden'), 'registry-forbidden'],
    ['that it is gone', fail('not-found'), 'not-found'],
  ] as const)('is told of an answer that is %s', async (_what, answer, code) => {
    const there = await bench();
    await done(there.world, there.desk, 'research.open', secret);
    there.answering(() => answer);
    expect(codeOf(await list(there))).toBe(code);
  });
});

describe('a recording at the registry', () => {
  const wav = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) & 0xff);

  async function withTake(told: Uint8Array = wav) {
    const there = await bench();
    await done(there.world, there.desk, 'research.open', secret);
    const { id: sessionId } = exampleSession();
    const take = exampleTake({ sessionId, sha256: sha256(told), sizeBytes: told.length });
    const content = exampleContent(sessionId);
    there.answering(() =>
      ok({
        id: sessionId,
        hospitalId: '019d0000-0000-7000-8000-00000000000a',
        workstationId: '019d0000-0000-7000-8000-00000000000b',
        mode: content.mode,
        kind: content.kind,
        recordNumber: content.recordNumber,
        createdAt: '2026-03-09T12:00:00.000Z',
        receivedAt: '2026-03-09T12:00:00.000Z',
        state: 'received',
        purposes: ['care'],
        takeCount: 1,
        resultCount: 0,
        content,
        takes: [{ ...take, state: 'stored', audio: null }],
        results: [],
        notes: [],
      }),
    );
    there.people.recordings.set(`/api/sessions/${sessionId}/takes/${take.id}/audio`, wav);
    const slice = (offsetBytes: number, lengthBytes = 2048) =>
      call(there.world, there.desk, 'research.audio', {
        sessionId,
        takeId: take.id,
        offsetBytes,
        lengthBytes,
      });
    return { there, sessionId, slice };
  }

  it('comes slice by slice, from the memory of this PC, and is let go with the last', async () => {
    const { there, sessionId, slice } = await withTake();
    await done(there.world, there.desk, 'research.sessions.read', { params: { sessionId } });
    const parts: Buffer[] = [];
    for (let at = 0; at < wav.length; at += 2048) {
      const part = await slice(at);
      if (!part.ok) throw new Error(part.problem.code);
      expect(part.value.totalBytes).toBe(wav.length);
      parts.push(Buffer.from(part.value.bytes, 'base64'));
    }
    expect(Buffer.compare(Buffer.concat(parts), wav)).toBe(0);
    expect(there.desk.registry?.audio).toBeNull();
  });

  it('is heard again after a lock without being told of anew, and not by whoever signs in next', async () => {
    const { there, sessionId, slice } = await withTake();
    const { world, desk } = there;
    await done(world, desk, 'research.sessions.read', { params: { sessionId } });
    await done(world, desk, 'people.lock', {});
    await done(world, desk, 'people.unlock', { password });
    expect(codeOf(await slice(0))).toBe('registry-sign-in-needed');
    await done(world, desk, 'research.open', secret);
    expect(codeOf(await slice(0))).toBe('ok');
    await done(world, desk, 'people.sign-in', { username: 'rosa', password });
    await done(world, desk, 'research.open', secret);
    expect(codeOf(await slice(0))).toBe('not-found');
  });

  it('that is not the one its session tells of is not played', async () => {
    const { there, sessionId, slice } = await withTake(Uint8Array.of(1, 2, 3));
    await done(there.world, there.desk, 'research.sessions.read', { params: { sessionId } });
    expect(await slice(0)).toEqual(fail('registry-answer-invalid', { reason: 'hash' }));
  });

  it('of a session that was not read is not asked for', async () => {
    const { slice } = await withTake();
    expect(codeOf(await slice(0))).toBe('not-found');
  });
});
