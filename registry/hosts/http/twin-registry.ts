/**
 * A registry for tests of routes: real HTTP rules and real keys over twins of everything else, with people and
 * workstations who know how to call it.
 */
import { createHash, randomUUID, type KeyObject } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { AccountId } from '../../../contract/ids.ts';
import type { Role } from '../../../contract/people.ts';
import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import { requestIdHeader } from '../../../contract/registry/sync.ts';
import { joseAccessTokens } from '../../adapters/keys/access-tokens.ts';
import { makePrivateKey, namedKey } from '../../adapters/keys/keys.ts';
import { ed25519Signing, signWith } from '../../adapters/keys/signing.ts';
import { joseWorkstationProofs } from '../../adapters/keys/workstation-proofs.ts';
import { findAccount, saveAccount } from '../../app/people/accounts.ts';
import { memoryWorld, type MemoryWorld } from '../../app/world.memory.ts';
import { nowOf, type World } from '../../app/world.ts';
import type { Handlers } from '../../app/handlers.ts';
import { memoryPatientMatching } from '../../ports/patient-matching.memory.ts';
import { createMetrics } from './metrics.ts';
import type { HttpPlugin } from './plugins.ts';
import { createRegistryHttp, type HttpSettings, type MountedRoute } from './server.ts';

export interface TwinCaller {
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
}

export interface TwinPerson extends TwinCaller {
  readonly accountId: AccountId;
  readonly token: string;
}

export interface TwinWorkstation extends TwinCaller {
  readonly workstationId: WorkstationId;
  readonly hospitalId: HospitalId;
  readonly key: KeyObject;
}

export interface TwinRegistry {
  readonly world: MemoryWorld;
  readonly app: FastifyInstance;
  readonly mounted: readonly MountedRoute[];
  readonly tokenKey: KeyObject;
  hospital(name: string): Promise<HospitalId>;
  person(who: {
    readonly roles: readonly Role[];
    readonly hospitals: 'all' | readonly HospitalId[];
  }): Promise<TwinPerson>;
  workstation(hospitalId: HospitalId): Promise<TwinWorkstation>;
  close(): Promise<void>;
}

export interface TwinRegistryOptions {
  readonly settings?: Partial<HttpSettings>;
  readonly world?: Partial<MemoryWorld>;
  readonly handlers?: Handlers;
  readonly plugins?: readonly HttpPlugin[];
}

export async function openTwinRegistry(options: TwinRegistryOptions = {}): Promise<TwinRegistry> {
  const base = memoryWorld();
  const tokenKey = makePrivateKey();
  const world: MemoryWorld = {
    ...base,
    signing: ed25519Signing({ answerKey: makePrivateKey(), modelKeys: [] }),
    tokens: joseAccessTokens({ key: tokenKey, registryId: base.registryId }),
    proofs: joseWorkstationProofs(),
    patients: memoryPatientMatching(options.world?.store ?? base.store),
    ...options.world,
  };
  const { app, mounted } = await createRegistryHttp({
    world,
    metrics: createMetrics(world.queue),
    settings: {
      requestsPerMinute: 1_000_000,
      signInsPerMinute: 1_000_000,
      trustProxy: false,
      metricsToken: null,
      tls: null,
      appVersion: '0.0.0',
      ...options.settings,
    },
    ...(options.handlers === undefined ? {} : { handlers: options.handlers }),
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  });
  const freshId = (): string => world.randomness.id(world.clock.now());
  return {
    world,
    app,
    mounted,
    tokenKey,
    async hospital(name) {
      const id = freshId() as HospitalId;
      await world.store.write((transaction) =>
        transaction.insert('hospitals', { id, name, createdAt: nowOf(world) }),
      );
      return id;
    },
    async person({ roles, hospitals }) {
      const id = freshId() as AccountId;
      await world.store.write((transaction) =>
        saveAccount(world, transaction, {
          id,
          username: `user-${id}`,
          displayName: 'A person',
          email: null,
          roles,
          hospitals,
          language: 'pt-BR',
          isDisabled: false,
          createdAt: nowOf(world),
          passwordHash: 'none',
        }),
      );
      const token = await world.tokens.issue(id, Math.floor(world.clock.now() / 1000), 24 * 3600);
      return {
        accountId: id,
        token,
        inject: (request) => app.inject(withHeaders(request, { authorization: `Bearer ${token}` })),
      };
    },
    async workstation(hospitalId) {
      const workstationId = freshId() as WorkstationId;
      const key = makePrivateKey();
      await world.store.write((transaction) =>
        transaction.insert('workstations', {
          id: workstationId,
          hospitalId,
          name: 'Ward 3',
          publicKey: namedKey(key).publicKey,
          enrolledAt: nowOf(world),
          revokedAt: null,
          lastSeenAt: null,
          clockSkewMs: null,
          appVersion: null,
          formerHospitals: [],
        }),
      );
      return {
        workstationId,
        hospitalId,
        key,
        inject: (request) => app.inject(proven(world, { workstationId, key, request })),
      };
    },
    close: () => app.close(),
  };
}

/** Disables or enables somebody behind everybody's back. */
export async function setDisabled(
  world: MemoryWorld,
  accountId: AccountId,
  isDisabled: boolean,
): Promise<void> {
  await world.store.write(async (transaction) => {
    const account = await findAccount(transaction, accountId);
    if (account !== undefined) await saveAccount(world, transaction, { ...account, isDisabled }, account);
  });
}

interface ProvenRequest {
  readonly workstationId: string;
  readonly key: KeyObject;
  readonly request: InjectOptions;
  /** What the proof says other than it should. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** In place of Ed25519. */
  readonly sign?: (content: string) => string;
}

/** The request with the proof that a workstation makes for it. */
export function proven(
  world: Pick<World, 'registryId' | 'clock'>,
  { workstationId, key, request, claims = {}, header = { alg: 'EdDSA' }, sign }: ProvenRequest,
): InjectOptions {
  const requestId = randomUUID();
  const { payload } = request;
  const isJson = payload !== undefined && !Buffer.isBuffer(payload) && typeof payload === 'object';
  const text = isJson ? JSON.stringify(payload) : payload;
  const bodySha256 =
    typeof text === 'string' || Buffer.isBuffer(text)
      ? createHash('sha256').update(text).digest('hex')
      : undefined;
  const method = request.method ?? 'GET';
  const content = {
    iss: workstationId,
    aud: world.registryId,
    iat: Math.floor(world.clock.now() / 1000),
    jti: requestId,
    htm: method,
    htu: request.url,
    ...(bodySha256 === undefined || method === 'PATCH' ? {} : { bodySha256 }),
    ...claims,
  };
  const signed = `${encoded(header)}.${encoded(content)}`;
  const signature = sign === undefined ? signWith(key, signed) : sign(signed);
  return withHeaders(
    { ...request, ...(text === undefined ? {} : { payload: text }) },
    {
      [requestIdHeader]: requestId,
      authorization: `Workstation ${signed}.${signature}`,
      ...(isJson ? { 'content-type': 'application/json' } : {}),
    },
  );
}

/** Base64url of the value's JSON, as in a JWS. */
export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function withHeaders(request: InjectOptions, headers: Readonly<Record<string, string>>): InjectOptions {
  return { ...request, headers: { ...headers, ...request.headers } };
}
