/** Patients as the registry's own store knows them: by the hospital of the session, and its record number as a key. */
import { foldText } from '../../../contract/fold-text.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import type { SessionContent } from '../../../contract/registry/sync.ts';
import { localDate, meansHospital, recordKey } from '../../core/labels/record-numbers.ts';
import type { MatchedSession, PatientMatching } from '../../ports/patient-matching.ts';
import type { Row, Store, StoreReader } from '../../ports/store.ts';

export function storedPatientMatching(store: Store): PatientMatching {
  return {
    sessionsOf: ({ hospital, recordNumber }, among) =>
      store.read(async (reader) => {
        const hospitals = await reader.find(
          'hospitals',
          among === 'all' ? {} : { where: { id: { in: among } } },
        );
        const names = new Map(hospitals.map(({ id, name }) => [id, name]));
        const key = recordKey(recordNumber);
        const matched: MatchedSession[] = [];
        const sessions =
          key === null
            ? []
            : await reader.find('sessions', {
                where: { recordKey: key, hospitalId: { in: [...names.keys()] } },
                order: [['sequence', 'ascending']],
              });
        for (const session of sessions) {
          const name = names.get(session.hospitalId) ?? '';
          const match = await matchOf(reader, session, { wanted: hospital, name });
          if (match !== undefined) matched.push(match);
        }
        const written = foldText(hospital);
        const isKnown =
          matched.length > 0 ||
          hospitals.some(({ id, name }) => id === written || foldText(name) === written);
        return isKnown ? matched : 'unknown-hospital';
      }),
  };
}

async function matchOf(
  reader: StoreReader,
  { id, hospitalId }: Row<'sessions'>,
  { wanted, name }: { readonly wanted: string; readonly name: string },
): Promise<MatchedSession | undefined> {
  const item = await reader.get('items', `session:${id}`);
  // Written only after its schema had passed it.
  const content = item?.content as SessionContent | undefined;
  if (content === undefined || !meansHospital(wanted, { id: hospitalId, name }, content.hospital)) {
    return undefined;
  }
  return { sessionId: content.id, hospitalId: hospitalId as HospitalId, date: localDate(content.createdAt) };
}
