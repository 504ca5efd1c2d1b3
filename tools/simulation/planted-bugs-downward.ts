/** Faults on the way down: people, forms and protocols, models. */
import type { OfferRecord } from '../../main/ports/store-sync.ts';
import type { StoreTransaction } from '../../main/ports/store.ts';
import { withStation, withStationWrites, writingOtherwise } from './planting.ts';
import type { Flaws } from './simulate.ts';

/** The registry never tells changes of a kind, or those among them that are picked out. */
function untold(isUntold: (row: { readonly kind: string; readonly content: unknown }) => boolean): Flaws {
  return {
    registry: (world) =>
      writingOtherwise(world, (transaction) => ({
        put: (table, row) =>
          table === 'changes' && isUntold(row as unknown as Parameters<typeof isUntold>[0])
            ? Promise.resolve()
            : transaction.put(table, row),
      })),
  };
}

interface RawChange {
  readonly kind: string;
  readonly sequence: number;
  readonly content: { readonly id?: string };
}

export const downwardBugs: Readonly<Record<string, Flaws>> = {
  'the registry tells nobody of new people': untold(({ kind }) => kind === 'account'),
  'the registry tells nobody who may not sign in any more': untold(
    ({ kind, content }) =>
      kind === 'account' && (content as { readonly passwordHash: unknown }).passwordHash === null,
  ),
  'the registry tells nobody of new forms': untold(({ kind }) => kind === 'form'),
  'the registry tells nobody that a model was withdrawn': untold(({ kind }) => kind === 'model-withdrawn'),
  'the workstation takes an earlier state of an account after a later one': withStation((world) => {
    const first = new Map<string, unknown>();
    return {
      ...world,
      registry: {
        ...world.registry,
        feed: async (peers, after, cancellation) => {
          const answer = await world.registry.feed(peers, after, cancellation);
          if (!answer.ok) return answer;
          const late: unknown[] = [];
          for (const change of answer.value.changes as readonly RawChange[]) {
            if (change.kind !== 'account') continue;
            const id = change.content.id ?? '';
            if (first.has(id)) late.push(first.get(id));
            else first.set(id, change);
          }
          return { ok: true, value: { ...answer.value, changes: [...answer.value.changes, ...late] } };
        },
      },
    };
  }),
  'the workstation lets people in who are not of its hospital any more': withStationWrites(
    ({ accounts }) => ({
      accounts: {
        ...accounts,
        update: (account) =>
          accounts.update(account.origin === 'registry' ? { ...account, isDisabled: false } : account),
      },
    }),
  ),
  'the workstation says that it keeps forms, and does not': withStation((world) => ({
    ...world,
    definitions: { ...world.definitions, keep: () => Promise.resolve({ ok: true, value: null }) },
  })),
  'the workstation goes on using a model that was withdrawn': withStationWrites(({ sync }) => ({
    sync: {
      ...sync,
      putStanding: (standing) => (standing.service === 'withdrawn' ? undefined : sync.putStanding(standing)),
    },
  })),
  'the workstation puts a model into service whose offer was withdrawn meanwhile': withStation((world) => {
    const ever = new Map<string, OfferRecord>();
    const remember = (record: OfferRecord): void =>
      void ever.set(`${record.offer.name}@${record.offer.alias}`, record);
    const forgetful = (transaction: StoreTransaction): StoreTransaction => ({
      ...transaction,
      sync: {
        ...transaction.sync,
        putOffer(record) {
          remember(record);
          transaction.sync.putOffer(record);
        },
        offers: () => [...ever.values()],
      },
    });
    const { store } = world;
    return {
      ...world,
      store: {
        ...store,
        read: (work) => store.read((transaction) => work(forgetful(transaction))),
        write: (work) => store.write((transaction) => work(forgetful(transaction))),
      },
    };
  }),
  'the workstation follows every alias': withStationWrites(({ sync }) => ({
    sync: {
      ...sync,
      putOffer: (record) => sync.putOffer({ ...record, offer: { ...record.offer, alias: 'production' } }),
    },
  })),
};
