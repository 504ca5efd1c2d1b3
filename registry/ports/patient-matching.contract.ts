import { beforeEach, describe, expect, it } from 'vitest';
import type { HospitalId } from '../../contract/registry/ids.ts';
import { recordKey } from '../core/labels/record-numbers.ts';
import type { PatientMatching } from './patient-matching.ts';
import { memoryStore } from './store.memory.ts';
import type { Store } from './store.ts';

const hospitalIds = ['01900000-0000-7000-8000-0000000000a1', '01900000-0000-7000-8000-0000000000a2'];
const [north, south] = hospitalIds as [HospitalId, HospitalId];
const idOf = (number: number): string => `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

export function describePatientMatching(name: string, open: (store: Store) => PatientMatching): void {
  describe(`${name} finds sessions that`, () => {
    let store: Store;
    let matching: PatientMatching;
    beforeEach(async () => {
      store = memoryStore();
      matching = open(store);
      await store.write(async (transaction) => {
        for (const [id, hospital] of [
          [north, 'Hospital das Clínicas'],
          [south, 'Hospital do Sul'],
        ] as const) {
          await transaction.insert('hospitals', {
            id,
            name: hospital,
            createdAt: '2026-01-01T00:00:00.000Z',
          });
        }
      });
    });

    const record = (
      number: number,
      recordNumber: string | null,
      {
        hospitalId = north,
        bedside = 'Hospital das Clínicas',
        at = '2026-03-09T12:00:00.000Z',
      }: { hospitalId?: HospitalId; bedside?: string | null; at?: string } = {},
    ): Promise<void> =>
      store.write(async (transaction) => {
        const id = idOf(number);
        const arrival = { workstationId: 'w', receivedAt: at, sequence: number };
        await transaction.insert('sessions', {
          id,
          hospitalId,
          mode: 'collection',
          kind: 'PATIENT',
          recordNumber,
          recordKey: recordKey(recordNumber),
          createdAt: at,
          state: 'received',
          purposes: [],
          ...arrival,
        });
        await transaction.insert('items', {
          id: `session:${id}`,
          kind: 'session',
          itemId: id,
          sessionId: id,
          hospitalId,
          counter: 1,
          sha256: 'a'.repeat(64),
          content: { id, hospital: bedside, recordNumber, createdAt: { at, zone: 'America/Sao_Paulo' } },
          ...arrival,
        });
      });
    const found = async (
      hospital: string,
      recordNumber: string,
      among: 'all' | readonly HospitalId[] = 'all',
    ): Promise<unknown> => {
      const sessions = await matching.sessionsOf({ hospital, recordNumber }, among);
      return sessions === 'unknown-hospital' ? sessions : sessions.map(({ sessionId }) => sessionId);
    };

    it('have the record number, however its groups are written, in order of arrival', async () => {
      await record(3, '14.259.401-E');
      await record(2, ' 14259401e ');
      await record(4, '014259401E');
      await record(5, null);
      expect(await found('hospital das clinicas', '14259401 E')).toEqual([idOf(2), idOf(3)]);
      expect(await found('Hospital das Clínicas', '014259401E')).toEqual([idOf(4)]);
      expect(await found('Hospital das Clínicas', '9')).toEqual([]);
      expect(await found('Hospital das Clínicas', ' - ')).toEqual([]);
    });

    it('were made in the hospital: the same number elsewhere is another patient', async () => {
      await record(2, '123');
      await record(3, '123', { hospitalId: south, bedside: 'Hospital do Sul' });
      expect(await found('Hospital do Sul', '123')).toEqual([idOf(3)]);
      expect(await found(north, '123')).toEqual([idOf(2)]);
    });

    it('have the hospital’s name from the bedside, or its id', async () => {
      await record(2, '123', { bedside: 'Clínica do Norte' });
      await record(3, '123', { bedside: null });
      expect(await found('Clinica do Norte', '123')).toEqual([idOf(2)]);
      expect(await found('Hospital das Clínicas', '123')).toEqual([idOf(3)]);
      expect(await found(north.toUpperCase(), '123')).toEqual([idOf(2), idOf(3)]);
      expect(await found('Nowhere', '123')).toBe('unknown-hospital');
    });

    it('are of the hospitals that were asked about', async () => {
      await record(2, '123', { hospitalId: south, bedside: 'Hospital do Sul' });
      expect(await found('Hospital do Sul', '123', [north])).toBe('unknown-hospital');
      expect(await found(south, '123', [north])).toBe('unknown-hospital');
      expect(await found('Hospital do Sul', '123', [north, south])).toEqual([idOf(2)]);
      expect(await found('Hospital do Sul', '123', [])).toBe('unknown-hospital');
    });

    it('tell the day on which they were recorded there', async () => {
      await record(2, '123', { at: '2026-03-10T02:30:00.000Z' });
      const sessions = await matching.sessionsOf({ hospital: north, recordNumber: '123' }, 'all');
      expect(sessions).toEqual([{ sessionId: idOf(2), hospitalId: north, date: '2026-03-09' }]);
    });
  });
}
