/** What must hold of what comes down: people, forms and protocols, models. */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import { usualAlias } from '../../contract/model-rollout.ts';
import { changeSchema, type FeedAccount } from '../../contract/registry/sync.ts';
import { findModelByAlias } from '../../registry/app/models/model-rows.ts';
import { allAccounts } from '../../registry/app/people/accounts.ts';
import { feedAccount, overlaps } from '../../registry/core/people.ts';
import type { AccountRecord } from '../../main/ports/store.ts';
import { modelName } from './models.ts';
import type { Cluster, ToldChange } from './registry-cluster.ts';
import type { Claim, Station } from './station.ts';
import { must } from './violation.ts';

type DownwardClaim = Extract<Claim, { kind: 'account' | 'offered' | 'offer-removed' | 'serves' }>;

interface DownwardChecks {
  /** Throws Violation. */
  hold(station: Station, claim: DownwardClaim): void;
  /** When all is over: the workstation knows what its registry says. Throws Violation. */
  atTheEnd(station: Station, cluster: Cluster): Promise<void>;
}

/** What this PC remembers of models, as it was told. */
interface Models {
  /** Sequence and hash of the newest offer by name and alias; undefined once it was taken back. */
  readonly offers: Map<string, { readonly sequence: number; readonly sha256: string } | undefined>;
}

export function openDownwardChecks({
  clusters,
  stations,
}: {
  readonly clusters: readonly Cluster[];
  readonly stations: () => readonly Station[];
}): DownwardChecks {
  const models = new Map<Station, Models>();
  /** Of each enrolment and account, the change that was taken last. */
  const taken = new Map<string, number>();
  const modelsOf = (station: Station): Models => {
    const known = models.get(station) ?? { offers: new Map() };
    models.set(station, known);
    return known;
  };

  /** Each change of somebody's account is taken once, and never one that is older than what was taken. */
  function accountArrives(
    station: Station,
    { account, workstationId }: Extract<Claim, { kind: 'account' }>,
  ): void {
    // Nobody signs in by an account that nobody could take back any more.
    if (isShut(account)) return;
    const who = `${station.name} takes an account`;
    const cluster = clusters.find(({ told }) => told.some(({ subjectId }) => subjectId === account.id));
    must(cluster !== undefined, `${who} that no registry has`);
    const key = `${workstationId} ${account.id}`;
    const last = taken.get(key) ?? 0;
    const next = cluster.told.find(
      (change) => change.kind === 'account' && change.sequence > last && isAs(account, change),
    );
    must(next !== undefined, `${who} twice, out of order, or as no registry ever had it`);
    taken.set(key, next.sequence);
  }

  function modelServes(station: Station, { standing }: Extract<Claim, { kind: 'serves' }>): void {
    const { name, alias, sha256 } = standing;
    // IT put it there.
    if (alias === null) return;
    must(alias === usualAlias, `${station.name} takes a model by an alias that it does not follow`);
    const offer = modelsOf(station).offers.get(`${name}@${alias}`);
    must(offer !== undefined, `${station.name} puts a model into service whose offer was withdrawn`);
    must(offer.sha256 === sha256, `${station.name} puts a model into service that is not the one offered`);
  }

  async function mustKnowItsPeople(station: Station, cluster: Cluster): Promise<void> {
    const { name } = station;
    const hospitalId = station.store.read(({ sync }) => sync.facts().enrolment?.hospital.id);
    const here = station.store.read(({ accounts }) => accounts.all());
    const there = await cluster.store.read(allAccounts);
    const mayEnter = new Set<string>();
    for (const account of there) {
      const isOfHospital =
        hospitalId !== undefined &&
        (account.hospitals === 'all' || overlaps(account.hospitals, [hospitalId]));
      if (!isOfHospital || account.isDisabled) continue;
      mayEnter.add(account.id);
      const known = here.find(({ id }) => id === account.id);
      const content = feedAccount(account, account.passwordHash);
      must(
        known !== undefined && !known.isDisabled && isLike(known, content),
        `${name} does not know somebody of its hospital as the registry does`,
      );
    }
    const stranger = here.find(
      ({ id, origin, isDisabled }) => origin === 'registry' && !isDisabled && !mayEnter.has(id),
    );
    must(stranger === undefined, `${name} lets somebody in who is not of its hospital (any more)`);
  }

  async function mustKnowItsDefinitions(station: Station, cluster: Cluster): Promise<void> {
    const listed = await station.definitions.list();
    must(listed.ok, `${station.name} cannot read its forms`);
    const { forms, protocols } = listed.value;
    for (const row of await cluster.store.read((reader) => reader.find('definitions', {}))) {
      const found = (row.kind === 'form' ? forms : protocols).find(
        ({ id, version }) => id === row.definitionId && version === row.version,
      );
      const isSame =
        found !== undefined && canonicalJson(found as unknown as Json) === canonicalJson(row.content);
      must(isSame, `${station.name} does not have a ${row.kind} as the registry has it`);
    }
  }

  async function mustServeWhatIsOffered(station: Station, cluster: Cluster): Promise<void> {
    const isSpokenOf = cluster.told.some(({ subjectId }) => subjectId === `${modelName}@${usualAlias}`);
    if (!isSpokenOf) return;
    const target = await cluster.store.read((reader) => findModelByAlias(reader, modelName, usualAlias));
    const serving = station.store
      .read(({ sync }) => sync.standings())
      .filter(({ service, alias }) => service === 'in-service' && alias !== null)
      .map(({ sha256 }) => sha256);
    const expected = target === undefined ? [] : [target.sha256];
    must(
      JSON.stringify(serving) === JSON.stringify(expected),
      target === undefined
        ? `${station.name} still uses a model that was withdrawn`
        : `${station.name} does not use the model that is offered`,
    );
  }

  return {
    hold(station, claim) {
      must(stations().includes(station), 'a workstation that is not there');
      switch (claim.kind) {
        case 'account':
          return accountArrives(station, claim);
        case 'offered': {
          const { offer, sequence } = claim.record;
          const isTold = clusters.some(({ told }) => told.some((change) => isOffer(change, claim.record)));
          must(isTold, `${station.name} notes an offer that no registry made`);
          modelsOf(station).offers.set(`${offer.name}@${offer.alias}`, { sequence, sha256: offer.sha256 });
          return;
        }
        case 'offer-removed':
          modelsOf(station).offers.set(`${claim.name}@${claim.alias}`, undefined);
          return;
        case 'serves':
          return modelServes(station, claim);
      }
    },
    async atTheEnd(station, cluster) {
      await mustKnowItsPeople(station, cluster);
      await mustKnowItsDefinitions(station, cluster);
      await mustServeWhatIsOffered(station, cluster);
    },
  };
}

function isShut({ isDisabled }: AccountRecord): boolean {
  return isDisabled;
}

function isAs(account: AccountRecord, { content }: ToldChange): boolean {
  return isLike(account, content as unknown as FeedAccount);
}

function isLike(
  account: AccountRecord,
  { username, displayName, roles, passwordHash }: FeedAccount,
): boolean {
  return (
    account.username === username &&
    account.displayName === displayName &&
    account.passwordHash === passwordHash &&
    JSON.stringify(account.roles) === JSON.stringify(roles)
  );
}

function isOffer(change: ToldChange, record: Extract<Claim, { kind: 'offered' }>['record']): boolean {
  if (change.kind !== 'model-offer' || change.sequence !== record.sequence) return false;
  const parsed = changeSchema.safeParse({ ...pick(change), at: '2026-01-01T00:00:00.000Z' });
  return parsed.success && JSON.stringify(parsed.data.content) === JSON.stringify(record.offer);
}

const pick = ({ kind, sequence, content }: ToldChange) => ({ kind, sequence, content });
