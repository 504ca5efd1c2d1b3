/** Which sessions the registry offers to training, over whatever store keeps their rows. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { trainingSessionSchema, type TrainingSession } from '../../../contract/registry/training-runs.ts';
import { sessionIdSchema } from '../../../contract/ids.ts';
import { newLabelSchema } from '../../../contract/registry/labels.ts';
import type { StoreUnderTest } from '../../ports/store.contract.ts';
import { addLabel } from '../labels/add-label.ts';
import { withdrawSession } from '../sessions/withdraw-session.ts';
import {
  markReceived,
  otherHospital,
  ownHospital,
  personCaller,
  sessionOf,
  storeAudio,
  testRegistry,
  valueOf,
  wavOf,
  type SessionWishes,
  type TestRegistry,
} from '../sync/fixtures/registry.ts';
import { sha256 } from '../../../contract/sha256.ts';
import { listTrainingSessions } from './list-training-sessions.ts';

export function describeTrainingSessions(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} offers sessions for training:`, () => {
    let opened: StoreUnderTest;
    let registry: TestRegistry;
    beforeEach(async () => {
      opened = await open();
      registry = await testRegistry(opened.store);
    });
    afterEach(() => opened.end());

    async function whole(number: number, wishes: SessionWishes = {}, by: 1 | 3 = 1): Promise<string> {
      const session = sessionOf(number, { purposes: ['care', 'retraining'], ...wishes });
      await registry.send(session.items, by);
      await storeAudio(registry, number);
      await markReceived(registry, session.id);
      return session.id;
    }

    async function all(
      of: Parameters<typeof personCaller>[1] = 'all',
      limit = 100,
      purpose: 'research' | 'retraining' = 'retraining',
    ): Promise<readonly TrainingSession[]> {
      const call = registry.callBy(personCaller('researcher', of));
      const sessions: TrainingSession[] = [];
      for (let after: string | null = 'session:0'; after !== null;) {
        const page: RouteAnswer<'training-sessions.list'> = valueOf(
          await listTrainingSessions(call, {
            params: undefined,
            query: { limit, purpose, after },
            body: undefined,
          }),
        );
        sessions.push(...page.sessions.map((one) => trainingSessionSchema.parse(one)));
        after = page.next;
      }
      return sessions;
    }

    it('offers a session under a pseudonym, its chosen voices by hash, without the consent’s', async () => {
      const id = await whole(1);
      const [session, ...rest] = await all();
      expect(rest).toEqual([]);
      expect(session).toEqual({
        state: 'offered',
        sessionId: id,
        hospitalId: ownHospital,
        participant: expect.stringMatching(/^[0-9a-f]{32}$/u),
        isParticipantKnown: true,
        kind: 'PATIENT',
        groups: { age: '40 to 59' },
        labels: [],
        recordings: [
          {
            takeId: sessionOf(1).takeIds[2],
            step: 'sustentada',
            sha256: sha256(wavOf(6)),
            sizeBytes: wavOf(6).length,
            microphone: null,
          },
        ],
      });
      expect(JSON.stringify(session)).not.toContain('14259401');
    });

    it('tells every label in force', async () => {
      await whole(1);
      const call = registry.callBy(personCaller('clinician'));
      const sessionId = sessionIdSchema.parse(sessionOf(1).id);
      for (const [id, value, why] of [
        ['019e0000-0000-7000-8000-000000000001', 'negative', null],
        ['019e0000-0000-7000-8000-000000000002', 'positive', 'heard again'],
      ] as const) {
        const body = newLabelSchema.parse({
          id,
          question: 'respiratory-insufficiency',
          value,
          source: 'clinician',
          why,
        });
        valueOf(await addLabel(call, sessionId, body));
      }
      const [session] = await all();
      expect(session).toMatchObject({
        labels: [{ question: 'respiratory-insufficiency', source: 'clinician', value: 'positive' }],
      });
    });

    it('knows a patient again in another session of the hospital, and nobody else', async () => {
      await whole(1, { recordNumber: '14259401E' });
      await whole(2, { recordNumber: '14.259.401-e' });
      await whole(3, { recordNumber: '99999999A' });
      await whole(4, { recordNumber: '14259401E' }, 3);
      const who = (await all()).map((one) => (one.state === 'offered' ? one.participant : one.reason));
      expect(who[0]).toBe(who[1]);
      expect(new Set(who).size).toBe(3);
      expect((await all()).map((one) => (one.state === 'offered' ? one.participant : one.reason))).toEqual(
        who,
      );
    });

    it('names what it does not offer, and why', async () => {
      await whole(1, { kind: 'TEST' });
      await whole(2, { purposes: ['care'] });
      await whole(3, { purposes: null });
      await whole(4, { purposes: ['care', 'research'] });
      await registry.send(sessionOf(5, { purposes: ['retraining'] }).items);
      const withdrawn = await whole(6);
      const deleted = await whole(7);
      const call = registry.callBy(personCaller('it', 'all'));
      valueOf(await withdrawSession(call, withdrawn, 'withdrawal'));
      valueOf(await withdrawSession(call, deleted, 'deletion'));
      const reasons = (await all()).map((one) => [
        one.sessionId,
        one.state === 'offered' ? 'offered' : one.reason,
      ]);
      expect(reasons).toEqual([
        [sessionOf(1).id, 'test'],
        [sessionOf(2).id, 'purpose-not-covered'],
        [sessionOf(3).id, 'no-consent'],
        [sessionOf(4).id, 'purpose-not-covered'],
        [sessionOf(5).id, 'not-received'],
        [withdrawn, 'withdrawn'],
        [deleted, 'deleted'],
      ]);
      const research = await all('all', 100, 'research');
      expect(research.filter(({ state }) => state === 'offered').map(({ sessionId }) => sessionId)).toEqual([
        sessionOf(4).id,
      ]);
    });

    it('gives the same by any page', async () => {
      for (const number of [1, 2, 3, 4, 5]) await whole(number);
      for (const number of [2, 4]) {
        const call = registry.callBy(personCaller('it', 'all'));
        valueOf(await withdrawSession(call, sessionOf(number).id, 'withdrawal'));
      }
      const once = await all();
      expect(once.map(({ state }) => state)).toEqual([
        'offered',
        'offered',
        'offered',
        'not-offered',
        'not-offered',
      ]);
      for (const limit of [1, 2, 3, 5]) expect(await all('all', limit)).toEqual(once);
    });

    it('shows each their hospitals only', async () => {
      const own = await whole(1);
      const foreign = await whole(2, {}, 3);
      expect((await all([ownHospital])).map(({ sessionId }) => sessionId)).toEqual([own]);
      expect((await all([otherHospital])).map(({ sessionId }) => sessionId)).toEqual([foreign]);
      expect((await all([])).length).toBe(0);
    });

    it('refuses a place that is none, and a caller who may not', async () => {
      const query = { limit: 1, purpose: 'research' } as const;
      const ask = (role: 'researcher' | 'clinician', after: string) =>
        listTrainingSessions(registry.callBy(personCaller(role)), {
          params: undefined,
          query: { ...query, after },
          body: undefined,
        });
      expect(await ask('researcher', 'session:x')).toMatchObject({ problem: { code: 'invalid-input' } });
      expect(await ask('clinician', 'session:0')).toMatchObject({ problem: { code: 'forbidden' } });
    });
  });
}
