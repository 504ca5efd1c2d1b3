import type { SessionContent } from '../../contract/registry/sync.ts';
import { foldText } from '../../contract/fold-text.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import { localDate, meansHospital, recordKey } from '../core/labels/record-numbers.ts';
import type { MatchedSession, PatientMatching } from './patient-matching.ts';
import type { Store } from './store.ts';

/** Looks through every session of a store: as right as the real one, and as slow as that is. */
export function memoryPatientMatching(store: Store): PatientMatching {
  return {
    sessionsOf: ({ hospital, recordNumber }, among) =>
      store.read(async (reader) => {
        const names = new Map((await reader.find('hospitals', {})).map(({ id, name }) => [id, name]));
        const isSeen = (id: string): boolean =>
          names.has(id) && (among === 'all' || among.includes(id as HospitalId));
        const key = recordKey(recordNumber);
        const written = foldText(hospital);
        let isKnown = [...names].some(([id, name]) => isSeen(id) && [id, foldText(name)].includes(written));
        const matched: MatchedSession[] = [];
        for (const session of await reader.find('sessions', { order: [['sequence', 'ascending']] })) {
          if (!isSeen(session.hospitalId) || key === null || recordKey(session.recordNumber) !== key)
            continue;
          const [item] = await reader.find('items', { where: { sessionId: session.id, kind: 'session' } });
          const content = item?.content as SessionContent | undefined;
          if (content === undefined) continue;
          const ofSession = { id: session.hospitalId, name: names.get(session.hospitalId) ?? '' };
          if (!meansHospital(hospital, ofSession, content.hospital)) continue;
          isKnown = true;
          matched.push({
            sessionId: content.id,
            hospitalId: session.hospitalId as HospitalId,
            date: localDate(content.createdAt),
          });
        }
        return isKnown ? matched : 'unknown-hospital';
      }),
  };
}
