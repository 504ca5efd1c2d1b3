/** What must hold: at every moment for what a workstation says, and at the end for everything. */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import { sessionIdSchema, type SessionId } from '../../contract/ids.ts';
import type { ItemKind, SignedReceipt } from '../../contract/registry/sync.ts';
import { wantedOffers } from '../../main/core/model-offer.ts';
import type { StoreTransaction } from '../../main/ports/store.ts';
import type { Row, TableName } from '../../registry/ports/store.ts';
import { openDownwardChecks } from './checks-downward.ts';
import { fastHashing } from './hashing.ts';
import type { KeyRing } from './keys.ts';
import type { Cluster } from './registry-cluster.ts';
import type { Claim, Station } from './station.ts';
import { must, Violation } from './violation.ts';

export interface Checks {
  claim(station: Station, claim: Claim): void;
  /** Holds every claim since the last call against the registry. Throws Violation. */
  atThisMoment(): Promise<void>;
  /** Undefined: everything has come to rest. Otherwise what is still left to do, in a few words. */
  whatIsLeft(): string | undefined;
  /** When all is over. Throws Violation. */
  atTheEnd(): Promise<void>;
  /** Sessions that a person at a registry asked to withdraw, and those of which they were told that it is done, and where. */
  readonly askedThere: Set<string>;
  readonly withdrawnThere: Map<string, Cluster>;
  readonly completed: ReadonlyMap<string, Station>;
}

interface Watched {
  readonly ring: KeyRing;
  readonly clusters: readonly Cluster[];
  readonly stations: () => readonly Station[];
}

export function openChecks({ ring, clusters, stations }: Watched): Checks {
  const { verify } = ring.station;
  const downward = openDownwardChecks({ clusters, stations });
  const completed = new Map<string, Station>();
  const sessionOfTake = new Map<string, string>();
  const askedThere = new Set<string>();
  const withdrawnThere = new Map<string, Cluster>();
  let claims: { readonly station: Station; readonly claim: Claim }[] = [];
  let lossesSeen = 0;

  const rows = <T extends TableName>({ store }: Cluster, table: T): Promise<readonly Row<T>[]> =>
    store.read((reader) => reader.find(table, {}));
  const row = <T extends TableName>({ store }: Cluster, table: T, id: string): Promise<Row<T> | undefined> =>
    store.read((reader) => reader.get(table, id));
  const isGone = async (cluster: Cluster, sessionId: string): Promise<boolean> =>
    (await row(cluster, 'tombstones', sessionId)) !== undefined;
  /** To whom it belongs, or belonged last; of a session that is safe at a former registry, that one. */
  const registryOf = (station: Station, sessionId: SessionId | null = null): Cluster => {
    const registryId = station.store.read(({ sync, sessions }) => {
      const former = sessionId !== null && sessions.summary(sessionId)?.syncReason === 'former-registry';
      return former ? sync.newestReceipt(sessionId)?.receipt.registryId : sync.facts().lastRegistryId;
    });
    return calledCluster(registryId);
  };
  const calledCluster = (registryId: string | null | undefined): Cluster => {
    const cluster = clusters.find(({ world }) => world.registryId === registryId);
    if (cluster === undefined) throw new Violation('a workstation speaks of a registry that is not there');
    return cluster;
  };
  const isAsked = (sessionId: string): boolean =>
    askedThere.has(sessionId) || stations().some(({ withdrawn }) => withdrawn.has(sessionId));

  /** The audio of a take is whole at the registry: what is stored gives, decoded, the WAV with this hash. */
  async function mustHoldAudio(
    cluster: Cluster,
    { takeId, wavSha256, who }: { readonly takeId: string; readonly wavSha256: string; readonly who: string },
  ): Promise<void> {
    const { blobs, world } = cluster;
    const take = await row(cluster, 'takes', takeId);
    must(take?.state === 'stored' && take.blobKey !== null, `${who}: the registry lacks the audio of a take`);
    must(take.sessionId === sessionOfTake.get(takeId), `${who}: a take stands in another session`);
    must(take.blobKey.includes(take.sessionId), `${who}: audio lies in another session's place`);
    const blob = await blobs.get(take.blobKey);
    must(blob !== undefined, `${who}: the blob of a stored take is not there`);
    const encoding = take.encoding === 'flac' ? 'flac' : 'wav';
    const described = await world.audio.describe(encoding, blob.chunks);
    must(
      described.ok && described.wavSha256 === wavSha256,
      `${who}: the stored audio is not what was recorded`,
    );
  }

  async function mustHoldItem(station: Station, kind: ItemKind, id: string): Promise<void> {
    const item = station.store.read((transaction) => transaction.outbox.get(kind, id));
    if (item?.fate.state !== 'done' || workstationIdOf(station) === '') return;
    const { sessionId } = item;
    const cluster = registryOf(station, sessionId);
    if (sessionId !== null && (await isGone(cluster, sessionId))) return;
    const rowId = kind === 'audit' ? `audit:${workstationIdOf(station)}:${id}` : `${kind}:${id}`;
    const there = await row(cluster, 'items', rowId);
    must(there !== undefined, `${station.name} says that a ${kind} is at the registry, and it is not`);
    const content = station.store.read((transaction) => contentOf(transaction, kind, id, sessionId));
    if (content !== undefined) {
      must(there.sha256 === hashOf(content), `${station.name}: a ${kind} at the registry has other content`);
    }
  }

  async function mustBeSynced(station: Station, sessionId: SessionId): Promise<void> {
    const held = station.store.read((transaction) => holdingOf(transaction, sessionId));
    if (held === undefined) return;
    const who = `${station.name} says synced`;
    const { receipt, keyId, signature } = held.signed ?? noReceipt(who);
    const cluster = registryOf(station, sessionId);
    const { answerKey } = cluster.signing;
    must(
      keyId === answerKey.keyId && verify(answerKey.publicKey, canonicalJson(receipt), signature),
      `${who}: the receipt is not signed by the registry`,
    );
    must(receipt.registryId === cluster.world.registryId, `${who}: the receipt is another registry's`);
    must(receipt.sessionId === sessionId, `${who}: the receipt is another session's`);
    const items = new Set(receipt.items.map(({ kind, id, sha256 }) => `${kind}:${id} ${sha256}`));
    must(
      items.size === receipt.items.length &&
        items.size === held.items.length &&
        held.items.every(({ key, sha256 }) => items.has(`${key} ${sha256}`)),
      `${who}: the receipt does not list exactly what is held`,
    );
    const files = new Set(
      receipt.files.map(({ takeId, sha256, sizeBytes }) => `${takeId} ${sha256} ${sizeBytes}`),
    );
    must(
      files.size === held.takes.length &&
        held.takes.every(({ id, sha256, sizeBytes }) => files.has(`${id} ${sha256} ${sizeBytes}`)),
      `${who}: the receipt does not list exactly the recordings that are held`,
    );
    if (await isGone(cluster, sessionId)) return;
    must(
      (await row(cluster, 'sessions', sessionId))?.state === 'received',
      `${who}: the registry has no such session`,
    );
    for (const { key, sha256 } of held.items) {
      must(
        (await row(cluster, 'items', key))?.sha256 === sha256,
        `${who}: the registry lacks ${key.split(':')[0] ?? ''}`,
      );
    }
    for (const { id, sha256 } of held.takes) {
      await mustHoldAudio(cluster, { takeId: id, wavSha256: sha256, who });
    }
  }

  async function mustBeRemovable(station: Station, takeId: string): Promise<void> {
    const sessionId = sessionIdSchema.parse(sessionOfTake.get(takeId));
    const facts = station.store.read(({ sync, takes }) => ({
      tombstone: sync.tombstone(sessionId),
      signed: sync.newestReceipt(sessionId),
      take: takes.ofSession(sessionId).find(({ id }) => id === takeId),
    }));
    if (facts.tombstone !== undefined) return mustBeBuried(station, sessionId);
    const { signed, take } = facts;
    must(signed !== undefined, `${station.name} removes audio without a receipt for it`);
    const cluster = calledCluster(signed.receipt.registryId);
    const { answerKey } = cluster.signing;
    const isCovered =
      verify(answerKey.publicKey, canonicalJson(signed.receipt), signed.signature) &&
      signed.receipt.files.some((file) => file.takeId === takeId && file.sha256 === take?.sha256);
    must(isCovered && take !== undefined, `${station.name} removes audio without a receipt for it`);
    if (await isGone(cluster, sessionId)) return;
    const who = `${station.name} removes audio`;
    await mustHoldAudio(cluster, { takeId, wavSha256: take.sha256, who });
  }

  async function mustBeBuried(station: Station, sessionId: string): Promise<void> {
    const isFine = station.withdrawn.has(sessionId) || (await isGone(registryOf(station), sessionId));
    must(isFine, `${station.name} removes a session that nobody withdrew`);
  }

  async function hold(station: Station, claim: Claim): Promise<void> {
    switch (claim.kind) {
      case 'synced':
      case 'noted':
        return mustBeSynced(station, claim.sessionId);
      case 'done':
        return mustHoldItem(station, claim.item, claim.id);
      case 'sent': {
        const take = station.store.read((transaction) => transaction.takes.get(claim.takeId));
        const audio = station.store.read((transaction) => transaction.sync.audio(claim.takeId));
        if (take === undefined || audio?.fate.state !== 'sent') return;
        const cluster = registryOf(station, take.sessionId);
        if (await isGone(cluster, take.sessionId)) return;
        const who = `${station.name} says sent`;
        return mustHoldAudio(cluster, { takeId: take.id, wavSha256: take.sha256, who });
      }
      case 'removed':
        return mustBeRemovable(station, claim.takeId);
      case 'buried':
        return mustBeBuried(station, claim.sessionId);
      case 'account':
      case 'offered':
      case 'offer-removed':
      case 'serves':
        return downward.hold(station, claim);
      case 'completed':
      case 'take':
    }
  }

  /** After something went at the registry, every word that was given before must hold still. */
  function everythingAgain(): void {
    for (const station of stations()) {
      for (const { id, sync } of completeSessions(station)) {
        if (sync === 'synced') claims.push({ station, claim: { kind: 'synced', sessionId: id } });
        for (const item of station.store.read(({ outbox }) => outbox.ofSession(id))) {
          if (item.fate.state !== 'done') continue;
          claims.push({ station, claim: { kind: 'done', item: item.kind, id: item.subjectId } });
        }
        for (const { takeId } of station.store.read(({ sync: audio }) => audio.audioOf(id))) {
          claims.push({ station, claim: { kind: 'sent', takeId } });
        }
      }
    }
  }

  function whatIsLeft(): string | undefined {
    for (const { name, store: local } of stations()) {
      const left = local
        .read(
          ({ sync, outbox, sessions }) =>
            [
              ['sessions in screening', sessions.withStatus(['processing']).length],
              ['models on their way', wantedOffers(sync.offers(), sync.followed()).length],
              ['sessions open', sync.countOpen()],
              ['withdrawals waiting', outbox.waiting('withdrawal', 10).length],
              ['sessions to bury', sync.unburied().length],
              ['recordings to remove', sync.condemned().length],
            ] as const,
        )
        .filter(([, count]) => count > 0);
      if (left.length > 0) return `${name}: ${left.map(([what, count]) => `${count} ${what}`).join(', ')}`;
    }
    return undefined;
  }

  async function atTheEnd(): Promise<void> {
    const buried = new Set<string>();
    for (const cluster of clusters) {
      const [sessions, takes, tombstones, reviews] = [
        await rows(cluster, 'sessions'),
        await rows(cluster, 'takes'),
        await rows(cluster, 'tombstones'),
        await rows(cluster, 'reviews'),
      ];
      must(reviews.length === 0, `the registry put something aside: ${String(reviews[0]?.reason)}`);
      for (const { id } of tombstones) {
        must(isAsked(id), 'a session is withdrawn that nobody withdrew');
        buried.add(id);
      }
      for (const { id } of sessions) {
        must(completed.has(id), 'the registry has a session that nobody completed');
      }
      for (const { id, sessionId } of takes) {
        must(sessionOfTake.get(id) === sessionId, 'a take stands in another session');
      }
      await mustBeNowhere(cluster, new Set(tombstones.map(({ id }) => id)));
      mustLieOnlyWhatIsNamed(cluster, takes);
    }
    for (const [id, cluster] of withdrawnThere) {
      must(await isGone(cluster, id), 'a withdrawal at the registry left no tombstone');
    }
    for (const [sessionId, station] of completed) {
      if (isAsked(sessionId) && buried.has(sessionId)) continue;
      await mustBeThereOnce(station, sessionIdSchema.parse(sessionId));
    }
    for (const station of stations()) {
      await mustAgree(station);
      await downward.atTheEnd(station, registryOf(station));
    }
  }

  /** With all that it had and nothing else. */
  async function mustBeThereOnce(station: Station, sessionId: SessionId): Promise<void> {
    const who = `${station.name}'s session`;
    const cluster = registryOf(station, sessionId);
    const sessions = await rows(cluster, 'sessions');
    must(sessions.filter(({ id }) => id === sessionId).length === 1, `${who} is not at the registry once`);
    const held = station.store.read((transaction) => holdingOf(transaction, sessionId));
    must(held !== undefined, `${who} does not say synced at the end`);
    await mustBeSynced(station, sessionId);
    const expected = new Set(held.items.map(({ key }) => key));
    const there = (await rows(cluster, 'items')).filter(
      ({ sessionId: of, kind }) => of === sessionId && kind !== 'audit' && kind !== 'withdrawal',
    );
    const extra = there.find((item) => !expected.has(item.id));
    must(extra === undefined, `${who} has a ${extra?.kind ?? ''} at the registry that nobody made`);
    for (const { id } of held.takes) await mustBeWhatWasSaid(station, cluster, id);
  }

  async function mustBeWhatWasSaid(station: Station, cluster: Cluster, takeId: string): Promise<void> {
    const { blobs, world } = cluster;
    const take = await row(cluster, 'takes', takeId);
    const blob = await blobs.get(take?.blobKey ?? 'none');
    const pieces: Uint8Array[] = [];
    if (blob !== undefined) {
      const encoding = take?.encoding === 'flac' ? 'flac' : 'wav';
      for await (const piece of world.audio.toWav(encoding, blob.chunks)) pieces.push(piece);
    }
    const said = Buffer.concat(station.spoken.get(takeId) ?? []);
    const kept = Buffer.concat(pieces).subarray(44, 44 + said.length);
    must(kept.equals(said), `${station.name}: what is kept of a take is not what was said`);
  }

  async function mustBeNowhere(cluster: Cluster, buried: ReadonlySet<string>): Promise<void> {
    const items = await rows(cluster, 'items');
    const content = new Set(['session', 'take', 'result', 'note']);
    const left = items.find(({ sessionId, kind }) => content.has(kind) && buried.has(sessionId ?? ''));
    must(left === undefined, `a ${left?.kind ?? ''} of a withdrawn session is at the registry`);
    for (const table of ['takes', 'uploads'] as const) {
      const kept = (await rows(cluster, table)).some(({ sessionId }) => buried.has(sessionId));
      must(!kept, `${table} of a withdrawn session are at the registry`);
    }
    const sessions = await rows(cluster, 'sessions');
    must(!sessions.some(({ id }) => buried.has(id)), 'a withdrawn session is at the registry');
    for (const key of cluster.blobs.keys()) {
      must(![...buried].some((id) => key.includes(id)), 'audio of a withdrawn session is at the registry');
    }
    // A PC hears of what was withdrawn at the registry to which it belongs.
    const own = stations().filter((station) => registryOf(station) === cluster);
    for (const { name, store: local } of own) {
      for (const id of buried) {
        const sessionId = sessionIdSchema.parse(id);
        const session = local.read((transaction) => transaction.sessions.get(sessionId));
        must(session === undefined, `${name} has a withdrawn session still`);
      }
    }
    for (const [takeId, sessionId] of sessionOfTake) {
      if (!buried.has(sessionId)) continue;
      for (const { name, recordings } of own) {
        const found = await recordings.read(takeId as Parameters<typeof recordings.read>[0]);
        must(!found.ok, `${name} has audio of a withdrawn session still`);
      }
    }
  }

  function mustLieOnlyWhatIsNamed({ blobs }: Cluster, takes: readonly Row<'takes'>[]): void {
    // A PC that went to another registry in the middle leaves takes whose audio never comes.
    const stored = takes.flatMap(({ blobKey }) => blobKey ?? []);
    const named = new Set(stored);
    for (const key of blobs.keys()) {
      const isNamed = named.has(key) || key.startsWith('models/');
      must(isNamed, `a blob lies around: ${key.split('/')[0] ?? ''}`);
    }
    must(named.size === stored.length, 'two takes share their audio');
  }

  /** What a workstation knows of the registry's side, and the registry of its trail. */
  async function mustAgree(station: Station): Promise<void> {
    const { name } = station;
    const cluster = registryOf(station);
    const { facts, hospitals, trail } = station.store.read(({ sync, audit }) => ({
      facts: sync.facts(),
      hospitals: sync.hospitals(),
      trail: audit.following(0, sync.facts().auditPosition),
    }));
    for (const { id, name: called } of await rows(cluster, 'hospitals')) {
      const known = hospitals.find((hospital) => hospital.id === id);
      must(known?.name === called, `${name} does not know what a hospital is called`);
    }
    const own = facts.enrolment?.hospital;
    const there = own && (await row(cluster, 'hospitals', own.id));
    must(own !== undefined && there?.name === own.name, `${name} calls its hospital by another name`);
    const workstationId = workstationIdOf(station);
    const byId = new Map((await rows(cluster, 'items')).map((item) => [item.id, item]));
    for (const { sequence, hash } of trail) {
      const entry = byId.get(`audit:${workstationId}:${String(sequence)}`)?.content as
        { readonly hash?: string } | undefined;
      must(entry?.hash === hash, `${name}'s trail is not at the registry as it is here`);
    }
  }

  return {
    askedThere,
    withdrawnThere,
    completed,
    claim(station, claim) {
      if (claim.kind === 'completed') completed.set(claim.sessionId, station);
      if (claim.kind === 'take') sessionOfTake.set(claim.takeId, claim.sessionId);
      claims.push({ station, claim });
    },
    async atThisMoment() {
      const losses = clusters.reduce((total, cluster) => total + cluster.losses, 0);
      if (losses !== lossesSeen) {
        lossesSeen = losses;
        everythingAgain();
      }
      if (claims.length === 0) return;
      const now = claims;
      claims = [];
      for (const { station, claim } of now) await hold(station, claim);
    },
    whatIsLeft,
    atTheEnd,
  };
}

interface Holding {
  readonly signed: SignedReceipt | undefined;
  readonly items: readonly { readonly key: string; readonly sha256: string }[];
  readonly takes: readonly { readonly id: string; readonly sha256: string; readonly sizeBytes: number }[];
}

/** What the workstation holds of a session that it calls synced; undefined where it does not call it so. */
function holdingOf(transaction: StoreTransaction, sessionId: SessionId): Holding | undefined {
  if (transaction.sessions.get(sessionId)?.sync !== 'synced') return undefined;
  const takes = transaction.takes.ofSession(sessionId);
  const contents: readonly (readonly [ItemKind, string, object | undefined])[] = [
    ['session', sessionId, transaction.sync.content(sessionId)],
    ...takes.map((take) => ['take', take.id, take] as const),
    ...transaction.screenings.ofSession(sessionId).map((result) => ['result', result.id, result] as const),
    ...transaction.notes.ofSession(sessionId).map((note) => ['note', note.id, note] as const),
  ];
  // What was added since this PC left the registry where the session is safe says of itself that it is only here.
  const isFormer = transaction.sessions.summary(sessionId)?.syncReason === 'former-registry';
  const covered = contents.filter(
    ([kind, id]) => !isFormer || transaction.outbox.get(kind, id)?.fate.state === 'done',
  );
  return {
    signed: transaction.sync.newestReceipt(sessionId),
    items: covered.map(([kind, id, content]) => ({ key: `${kind}:${id}`, sha256: hashOf(content ?? {}) })),
    takes,
  };
}

function contentOf(
  transaction: StoreTransaction,
  kind: ItemKind,
  id: string,
  sessionId: SessionId | null,
): object | undefined {
  if (sessionId === null) return undefined;
  switch (kind) {
    case 'session':
      return transaction.sync.content(sessionId);
    case 'take':
      return transaction.takes.ofSession(sessionId).find((take) => take.id === id);
    case 'note':
      return transaction.notes.ofSession(sessionId).find((note) => note.id === id);
    case 'result':
      return transaction.screenings.ofSession(sessionId).find((result) => result.id === id);
    case 'withdrawal':
    case 'audit':
      return undefined;
  }
}

function hashOf(content: object): string {
  return fastHashing.sha256(canonicalJson(content as Json));
}

function noReceipt(who: string): never {
  throw new Violation(`${who}: without a receipt`);
}

function workstationIdOf({ store }: Station): string {
  return store.read(({ sync }) => sync.facts().enrolment?.workstationId ?? '');
}

function completeSessions({ store }: Station) {
  return store.read(({ sessions }) => sessions.withStatus(['recorded', 'completed', 'error']));
}
