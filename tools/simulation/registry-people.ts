/** People at a registry: they make hospitals and accounts, publish, withdraw, and let be what does not work. */
import type { AccountId } from '../../contract/ids.ts';
import { hospitalIdSchema, type HospitalId } from '../../contract/registry/ids.ts';
import { usualAlias } from '../../contract/model-rollout.ts';
import { publishDefinition } from '../../registry/app/definitions/definitions.ts';
import { setAlias } from '../../registry/app/models/models.ts';
import { uploadModel } from '../../registry/app/models/upload-model.ts';
import { createHospital, renameHospital } from '../../registry/app/people/hospitals.ts';
import { createAccount, updateAccount } from '../../registry/app/people/manage-accounts.ts';
import { withdrawSession } from '../../registry/app/sessions/withdraw-session.ts';
import { inviteWorkstation } from '../../registry/app/workstations/workstations.ts';
import type { Call, World } from '../../registry/app/world.ts';
import type { Outcome } from '../../registry/core/outcome.ts';
import { BlobFailure } from '../../registry/ports/blobs.ts';
import { StoreFailure } from '../../registry/ports/store.ts';
import type { Checks } from './checks.ts';
import { laterForm, laterProtocol } from './definitions.ts';
import type { KeyRing } from './keys.ts';
import { laterModel, laterVersions, modelName } from './models.ts';
import type { Cluster } from './registry-cluster.ts';
import type { Chance } from './timeline.ts';
import { Violation } from './violation.ts';
import { inOnePiece } from './wire.ts';

export interface RegistryPeople {
  readonly hospitals: HospitalId[];
  /** Somebody looks after the registry; where its process dies in the middle, it is undone or done. */
  attempt<T>(what: string, work: (call: Call) => Promise<T>): Promise<T | undefined>;
  withdraw(checks: Checks): Promise<void>;
  rename(): Promise<void>;
  /** A new account, or a change of one: its name, its password, its hospitals, whether it may sign in. */
  changeAccounts(): Promise<void>;
  publishDefinition(): Promise<void>;
  /** Another version is offered, or none any more. */
  changeModels(): Promise<void>;
}

interface Options {
  readonly name: string;
  readonly cluster: Cluster;
  readonly chance: Chance;
  readonly ring: KeyRing;
  readonly trace: (line: string) => void;
  readonly onBug: (what: string, cause: unknown) => void;
}

export function openRegistryPeople(options: Options): RegistryPeople {
  const { name, cluster, chance, ring, trace, onBug } = options;
  const hospitals: HospitalId[] = [];
  let made = 0;

  async function attempt<T>(what: string, work: (call: Call) => Promise<T>): Promise<T | undefined> {
    const world = cluster.anyWorld();
    if (world === undefined) return undefined;
    trace(`${name} ${what}`);
    try {
      return await work(asIt(world));
    } catch (cause) {
      const isAway = cause instanceof StoreFailure || cause instanceof BlobFailure;
      if (!isAway) onBug(what, cause);
      return undefined;
    }
  }

  const someHospitals = (): 'all' | HospitalId[] =>
    chance.is(0.4) ? 'all' : hospitals.filter(() => chance.is(0.7));

  return {
    hospitals,
    attempt,
    async withdraw(checks) {
      const sessions = await cluster.store.read((reader) => reader.find('sessions', {}));
      if (sessions.length === 0) return;
      const { id } = chance.pick(sessions);
      checks.askedThere.add(id);
      const done = await attempt(`withdraws ${id.slice(-6)}`, (call) =>
        // Whoever was not answered asks again later; here they may also let it be.
        withdrawSession(
          call,
          id as Parameters<typeof withdrawSession>[1],
          chance.is(0.5) ? 'withdrawal' : 'deletion',
        ),
      );
      if (done?.ok === true) checks.withdrawnThere.set(id, cluster);
    },
    async rename() {
      const called = `Renamed ${String(chance.between(1, 1e6))}`;
      const hospitalId = chance.pick(hospitals);
      await attempt(called, (call) =>
        renameHospital(call, { params: { hospitalId }, body: { name: called } }),
      );
    },
    async changeAccounts() {
      const accounts = await cluster.store.read((reader) => reader.find('accounts', {}));
      const password = `a quiet ward number ${String(chance.between(1, 1e6))}`;
      if (accounts.length === 0 || chance.is(0.2)) {
        made += 1;
        // Another registry has people of the same names.
        const username = `person-${String(made)}`;
        const input = {
          username,
          displayName: `Person ${String(made)}`,
          email: null,
          roles: [chance.pick(['clinician', 'researcher'] as const)],
          hospitals: someHospitals(),
          language: 'pt-BR' as const,
          password,
        };
        await attempt(`makes ${username}`, (call) => createAccount(call, input));
        return;
      }
      const { id, username } = chance.pick(accounts);
      const body = chance.pick([
        { displayName: `Renamed ${String(chance.between(1, 1e6))}` },
        { password },
        { hospitals: someHospitals() },
        { isDisabled: chance.is(0.5) },
        { roles: [chance.pick(['clinician', 'researcher'] as const)] },
      ]);
      await attempt(`changes ${username} ${Object.keys(body).join()}`, (call) =>
        updateAccount(call, { params: { accountId: id as AccountId }, body }),
      );
    },
    async publishDefinition() {
      const version = `2.${String(chance.between(0, 3))}.0`;
      await attempt(`publishes ${version}`, (call) =>
        chance.is(0.5)
          ? publishDefinition(call, { kind: 'form', content: laterForm(version, name) })
          : publishDefinition(call, { kind: 'protocol', content: laterProtocol(version, name) }),
      );
    },
    async changeModels() {
      const version = chance.is(0.3) ? null : chance.pick(laterVersions);
      const alias = chance.is(0.8) ? usualAlias : 'staging';
      await attempt(`points ${alias} to ${version ?? 'nothing'}`, async (call) => {
        if (version !== null) {
          const { manifestBytes, package: bytes } = laterModel(version);
          const { keyId } = ring.modelKey;
          const signature = ring.signModel(manifestBytes);
          const uploaded = await uploadModel(call, { chunks: inOnePiece(bytes), keyId, signature });
          if (!uploaded.ok) return;
        }
        await setAlias(call, { params: { name: modelName, alias }, body: { version, why: 'simulation' } });
      });
    },
  };
}

/** Without somebody who is responsible for everything, nobody's account may be changed. */
export async function foundAdministration(world: World): Promise<void> {
  const person = { username: 'central', displayName: 'Central', email: null, language: 'pt-BR' as const };
  const rights = { roles: ['it' as const], hospitals: 'all' as const };
  await must(createAccount(asIt(world), { ...person, ...rights, password: 'a quiet ward at noon' }));
}

export async function foundHospital(world: World, name: string): Promise<HospitalId> {
  return hospitalIdSchema.parse((await must(createHospital(asIt(world), { name }))).id);
}

export async function invite(world: World, hospitalId: HospitalId): Promise<string> {
  const { code } = await must(
    inviteWorkstation(asIt(world), { params: { hospitalId }, body: { validHours: 24 } }),
  );
  return code;
}

function asIt(world: World): Call {
  return {
    world,
    caller: {
      kind: 'account',
      accountId: '01900000-0000-7000-8000-0000000000c1' as AccountId,
      username: 'ines',
      roles: ['it'],
      hospitals: 'all',
    },
    requestId: 'request',
  };
}

async function must<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.ok) return settled.value;
  throw new Violation(`the registry refuses its own people: ${settled.problem.code}`);
}
