/** What all records of runs do, on a disk or in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigurationSchema } from '../../contract/training/configuration.ts';
import type { RunRecord, TrainingEvent } from '../../contract/training/run.ts';
import { done } from '../core/outcome.ts';
import type { Runs } from './runs.ts';

export interface RunsUnderTest {
  readonly runs: Runs;
  discard(): Promise<void>;
}

const record = (id: string, createdAt = '2026-11-21T12:00:00.000Z'): RunRecord => ({
  format: 1,
  id,
  parent: null,
  createdAt,
  folder: '/data',
  configuration: trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'list.csv' },
    model: { name: 'm', version: '1.0.0', recording: 'sustentada' },
  }),
  codeVersion: 'spira 1',
  codeSha256: 'a'.repeat(64),
  environment: { node: 'v24' },
  steps: {},
});
const event = (message: string): TrainingEvent => ({
  at: '2026-11-21T12:00:00.000Z',
  run: 'one',
  step: 'fit',
  kind: 'progress',
  message,
  loss: 0.5,
});

export function describeRuns(name: string, make: () => Promise<RunsUnderTest>): void {
  describe(`${name} are runs that`, () => {
    let made: RunsUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.discard());

    it('are created once, changed, and read back as they were saved', async () => {
      const { runs } = made;
      expect(await runs.read('one')).toEqual(done(undefined));
      expect(await runs.save(record('one'))).toMatchObject({ ok: false });
      expect(await runs.create(record('one'))).toEqual(done(null));
      expect(await runs.create(record('one'))).toMatchObject({ ok: false });
      const changed = { ...record('one'), parent: 'other' };
      expect(await runs.save(changed)).toEqual(done(null));
      expect(await runs.read('one')).toEqual(done(changed));
    });

    it('are listed by time of making', async () => {
      const { runs } = made;
      await runs.create(record('late', '2026-11-21T13:00:00.000Z'));
      await runs.create(record('early', '2026-11-21T11:00:00.000Z'));
      const listed = await runs.list();
      expect(listed.ok && listed.value.map(({ id }) => id)).toEqual(['early', 'late']);
    });

    it('keep their events in order', async () => {
      const { runs } = made;
      await runs.create(record('one'));
      expect(await runs.events('one')).toEqual(done([]));
      expect(await runs.append(event('first'))).toEqual(done(null));
      const curve = [
        {
          epoch: 3,
          trainingLoss: 0.1 + 0.2,
          evaluationLoss: 1e-9,
          evaluationAccuracy: 1,
          learningRate: 1e-3,
        },
      ];
      const second = { ...event('second'), fit: { key: 'b'.repeat(64), curve } };
      expect(await runs.append(second)).toEqual(done(null));
      expect(await runs.events('one')).toEqual(done([event('first'), second]));
    });

    it('show outputs beside their record and nowhere else', async () => {
      const { runs } = made;
      await runs.create(record('one'));
      expect(await runs.show('one', 'model/card.md', Uint8Array.of(1))).toEqual(done(null));
      expect(await runs.show('one', 'model/card.md', Uint8Array.of(2))).toEqual(done(null));
      expect(await runs.show('one', '../two/run.json', Uint8Array.of(1))).toMatchObject({ ok: false });
    });

    it('let one at a time work on them', async () => {
      const { runs } = made;
      await runs.create(record('one'));
      const first = await runs.claim('one');
      expect(await runs.claim('one')).toMatchObject({ ok: false });
      if (first.ok) await first.value.release();
      expect(await runs.claim('one')).toMatchObject({ ok: true });
    });

    it.each(['', '..', '../x', 'a/b', '.hidden', 'Upper', 'x'.repeat(81)])(
      'refuse the id "%s"',
      async (id) => {
        const { runs } = made;
        const all = [await runs.create(record(id)), await runs.read(id), await runs.claim(id)];
        expect(all.map(({ ok }) => ok)).toEqual([false, false, false]);
      },
    );
  });
}
