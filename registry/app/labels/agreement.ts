import type { AgreementPair } from '../../../contract/registry/labels.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { agreements, type RatedPair } from '../../core/labels/agreement.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import { findAccount } from '../people/accounts.ts';
import type { Call } from '../world.ts';
import { refusedHospital, whereOfCaller } from './hospitals.ts';
import { storedLabel } from './label-rows.ts';

/** Who agrees with whom about sessions of the caller's hospitals. */
export async function readAgreement(
  call: Call,
  { question, hospitalId, blindOnly }: RouteInput<'labels.agreement'>['query'],
): Promise<Outcome<RouteAnswer<'labels.agreement'>>> {
  const { world, caller } = call;
  const foreign = await refusedHospital(call, 'labels.export', hospitalId);
  if (foreign !== undefined) return foreign;
  return world.store.read(async (reader) => {
    const rows = await reader.find('labels', {
      where: { question, ...whereOfCaller(caller, hospitalId) },
      order: [['sequence', 'ascending']],
    });
    const found = agreements(question, rows.map(storedLabel), { blindOnly: blindOnly === 'true' });
    const names = new Map<string, string | null>();
    for (const id of new Set(found.readers.flatMap(({ a, b }) => [a, b]))) {
      names.set(id, (await findAccount(reader, id))?.displayName ?? null);
    }
    const shown = (pair: RatedPair): AgreementPair => ({
      ...pair,
      aName: names.get(pair.a) ?? null,
      bName: names.get(pair.b) ?? null,
      values: [...pair.values],
      table: pair.table.map((row) => [...row]),
    });
    return done({
      question,
      readings: shown(found.readings),
      readers: found.readers.map(shown),
      sources: found.sources.map(shown),
    });
  });
}
