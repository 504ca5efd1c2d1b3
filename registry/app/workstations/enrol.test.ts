import { expect, it } from 'vitest';
import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import { successionText, type EnrolAnswer } from '../../../contract/registry/sync.ts';
import type { Caller } from '../../core/may.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { MemoryKey } from '../../ports/signing.memory.ts';
import type { Row, TableName } from '../../ports/store.ts';
import { createHospital } from '../people/hospitals.ts';
import { itemOf, moment, personCaller, sessionOf, valueOf, withdrawalOf } from '../sync/fixtures/registry.ts';
import { readFeed } from '../sync/read-feed.ts';
import { receiveItems } from '../sync/receive-items.ts';
import { withdrawSession } from '../sessions/withdraw-session.ts';
import { memoryWorld, type MemoryWorld } from '../world.memory.ts';
import type { Call } from '../world.ts';
import { enrol } from './enrol.ts';
import { inviteWorkstation } from './workstations.ts';

interface Bench {
  readonly world: MemoryWorld;
  readonly it: Call;
  hospital(name: string): Promise<HospitalId>;
  enrol(at: HospitalId, key: MemoryKey, former?: Former): Promise<Outcome<EnrolAnswer>>;
  send(by: Call, items: readonly unknown[]): Promise<readonly string[]>;
  rows<T extends TableName>(table: T): Promise<readonly Row<T>[]>;
}
interface Former {
  readonly workstationId: WorkstationId;
  /** Whose key signs. */
  readonly key: MemoryKey;
  /** What the signature is over, where not this enrolment. */
  readonly code?: string;
}

function bench(): Bench {
  const world = memoryWorld();
  const it: Call = { world, caller: personCaller('it', 'all'), requestId: 'request' };
  return {
    world,
    it,
    hospital: async (name) => valueOf(await createHospital(it, { name })).id as HospitalId,
    async enrol(hospitalId, key, former) {
      const { code } = valueOf(
        await inviteWorkstation(it, { params: { hospitalId }, body: { validHours: 1 } }),
      );
      const { publicKey } = key.named;
      const claim = former && {
        workstationId: former.workstationId,
        signature: former.key.sign(successionText({ code: former.code ?? code, publicKey })),
      };
      const input = { code, name: 'Ward 3', publicKey, appVersion: '1', ...(claim && { former: claim }) };
      return enrol({ ...it, caller: { kind: 'public', address: '10.0.0.1' } }, input);
    },
    async send(by, items) {
      const input = { clock: moment(40), appVersion: '1', items: [...items] };
      const { answers } = valueOf(await receiveItems(by, input));
      return answers.map(({ outcome, reason }) => reason ?? outcome);
    },
    rows: (table) => world.store.read((reader) => reader.find(table, {})),
  };
}

/** The workstation of an enrolment, as its proofs make it known. */
async function callBy({ it, rows }: Bench, { workstationId }: EnrolAnswer): Promise<Call> {
  const row = (await rows('workstations')).find(({ id }) => id === workstationId);
  const caller: Caller = {
    kind: 'workstation',
    workstationId,
    hospitalId: row?.hospitalId as HospitalId,
    formerHospitals: row?.formerHospitals as readonly HospitalId[],
  };
  return { ...it, caller };
}

it('lets a PC that proves who it was before go on with what it sent, and ends its former enrolment', async () => {
  const registry = bench();
  const [north, keys] = [await registry.hospital('North'), registry.world.keys];
  const [formerKey, key] = [keys.makeKey(), keys.makeKey()];
  const { items, id } = sessionOf(1);
  const former = valueOf(await registry.enrol(north, formerKey));
  await registry.send(await callBy(registry, former), items);

  const { workstationId } = former;
  const next = valueOf(await registry.enrol(north, key, { workstationId, key: formerKey }));
  const after = await callBy(registry, next);
  const note = itemOf('note', { ...(items.at(-1)!.content as object), id: idFrom(0x77), text: 'later' });
  expect(await registry.send(after, [note])).toEqual(['other-workstation']);
  expect(await registry.send(after, [items[0], note])).toEqual(['already', 'stored']);
  const [session] = await registry.rows('sessions');
  expect(session).toMatchObject({ id, workstationId: next.workstationId });
  const standing = (await registry.rows('workstations')).map((row) => [row.id, row.revokedAt !== null]);
  expect(new Map(standing as [string, boolean][])).toEqual(
    new Map([
      [workstationId, true],
      [next.workstationId, false],
    ]),
  );
  expect((await registry.rows('audit')).map(({ action }) => action)).toContain('workstation-succeeded');
});

it('leaves what was recorded for another hospital there when the PC moves, and tells it of withdrawals there', async () => {
  const registry = bench();
  const [north, south] = [await registry.hospital('North'), await registry.hospital('South')];
  const { keys } = registry.world;
  const [formerKey, key] = [keys.makeKey(), keys.makeKey()];
  const [stays, goes] = [sessionOf(1), sessionOf(2)];
  const former = valueOf(await registry.enrol(north, formerKey));
  await registry.send(await callBy(registry, former), [...stays.items.slice(0, -1), ...goes.items]);
  const { workstationId } = former;
  const next = valueOf(await registry.enrol(south, key, { workstationId, key: formerKey }));
  const after = await callBy(registry, next);

  const note = stays.items.at(-1);
  expect(await registry.send(after, [stays.items[0], goes.items[0], note])).toEqual([
    'already',
    'already',
    'stored',
  ]);
  const items = await registry.rows('items');
  expect(items.filter(({ hospitalId }) => hospitalId !== north)).toEqual([]);

  await withdrawSession(registry.it, stays.id as Parameters<typeof withdrawSession>[1], 'withdrawal');
  expect(await registry.send(after, [withdrawalOf(goes.id)])).toEqual(['stored']);
  const tombstones = await registry.rows('tombstones');
  expect(tombstones.map(({ hospitalId }) => hospitalId)).toEqual([north, north]);
  const { changes } = valueOf(await readFeed(after, 0));
  const told = changes.map((change) => change as { kind: string; content: { sessionId?: string } });
  expect(told.flatMap(({ kind, content }) => (kind === 'tombstone' ? content.sessionId : []))).toEqual([
    stays.id,
    goes.id,
  ]);
  expect(await registry.rows('reviews')).toEqual([]);
});

it('takes nobody in who claims to have been a workstation whose key they do not hold', async () => {
  const registry = bench();
  const [north, keys] = [await registry.hospital('North'), registry.world.keys];
  const formerKey = keys.makeKey();
  const { workstationId } = valueOf(await registry.enrol(north, formerKey));
  const claims: readonly Former[] = [
    { workstationId, key: keys.makeKey() },
    // An earlier proof, overheard.
    { workstationId, key: formerKey, code: '00000-00000-00000-00000' },
  ];
  for (const claim of claims) {
    const refused = await registry.enrol(north, keys.makeKey(), claim);
    expect(refused).toMatchObject({ ok: false, problem: { code: 'wrong-credentials' } });
  }
  expect((await registry.rows('workstations')).map(({ revokedAt }) => revokedAt)).toEqual([null]);
  const reasons = (await registry.rows('audit')).flatMap(({ outcome, details }) =>
    outcome === 'refused' ? [(details as { reason: string }).reason] : [],
  );
  expect(reasons).toEqual(['former-unproven', 'former-unproven']);
});

it('takes a PC in whose former enrolment it does not know any more', async () => {
  const registry = bench();
  const north = await registry.hospital('North');
  const { keys } = registry.world;
  const workstationId = idFrom(0x99) as WorkstationId;
  expect((await registry.enrol(north, keys.makeKey(), { workstationId, key: keys.makeKey() })).ok).toBe(true);
});

function idFrom(number: number): string {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
