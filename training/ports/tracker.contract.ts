/** What every place does that keeps runs besides the disk. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doneStep, failedStep, runRecord } from '../../contract/training/fixtures/run-records.ts';
import { artefactsOf } from '../../contract/training/run-facts.ts';
import type { RunRecord } from '../../contract/training/run.ts';
import { sha256, utf8 } from '../../contract/sha256.ts';
import { done, refuse } from '../core/outcome.ts';
import type { TrackedRun, Tracker } from './tracker.ts';

export interface KeptRun {
  readonly status: 'open' | 'failed' | 'complete';
  /** Area under the curve as it is told of the run; undefined where none is. */
  readonly auc: number | undefined;
  /** Every value that is told of it, by its epoch: in order, and twice where it stands twice. */
  readonly trainingLoss: readonly (readonly [epoch: number, loss: number])[];
  readonly parent: string | undefined;
  /** Names of artefacts whose bytes are there, and their text. */
  readonly artefacts: Readonly<Record<string, string>>;
}

export interface TrackerUnderTest {
  readonly tracker: Tracker;
  /** What stands there of a run, read by other means than the tracker's; undefined for none. */
  find(id: string): Promise<KeptRun | undefined>;
  /** Whether artefacts that speak of single recordings are kept. */
  readonly keepsPersons: boolean;
  discard(): Promise<void>;
}

/** Each run's own: what stands there already, of whatever run, is not brought again. */
const textsOf = (id: string) => ({
  'snapshot.json': `recordings of ${id}`,
  'fit.json': `epochs of ${id}`,
  'report.html': `the report of ${id}`,
  'model/manifest.json': `{"name":"${id}"}`,
});
type Name = keyof ReturnType<typeof textsOf>;

function stepsOf(id: string) {
  const texts = textsOf(id);
  return {
    snapshot: doneStep({ 'snapshot.json': texts['snapshot.json'] }, { dataHash: 'd'.repeat(64) }),
    fit: doneStep({ 'fit.json': textsOf(id)['fit.json'] }),
    evaluate: doneStep({ 'report.html': texts['report.html'] }, { auc: 0.8, accuracy: 0.7 }),
    package: doneStep({ 'model/manifest.json': texts['model/manifest.json'] }, { model: 'voices 1.2.3' }),
  };
}

const lossOf = (epoch: number): number => 1 / (epoch + 1);
const lossesOf = (epochs: number, factor = 1): KeptRun['trainingLoss'] =>
  Array.from({ length: epochs }, (_, epoch) => [epoch, factor * lossOf(epoch)] as const);

function trackedOf(record: RunRecord, epochs = 0, auc?: number): TrackedRun {
  const { fit } = record.steps;
  const bytes = new Map(Object.values(textsOf(record.id)).map((text) => [sha256(text), utf8(text)]));
  return {
    record,
    metrics: auc === undefined ? {} : { clean: { auc: { value: auc, low: auc - 0.1, high: auc + 0.05 } } },
    curve: lossesOf(epochs).map(([epoch, trainingLoss]) => ({
      epoch,
      trainingLoss,
      evaluationLoss: 0.5,
      evaluationAccuracy: 0.75,
      learningRate: 0.001,
    })),
    fit: fit?.state === 'done' ? fit.key : null,
    artefacts: artefactsOf(record),
    async read(wanted) {
      const found = bytes.get(wanted);
      return found === undefined ? refuse('not there', 'Make it.') : done(found);
    },
  };
}

/** While a fit is under way: its key and its curve so far, and no artefacts. */
function growingOf(record: RunRecord, key: string, epochs: number, factor = 1): TrackedRun {
  const run = trackedOf(record, epochs);
  const curve = run.curve.map((one) => ({ ...one, trainingLoss: factor * one.trainingLoss }));
  return { ...run, curve, fit: key, artefacts: [] };
}

export function describeTracker(name: string, make: () => Promise<TrackerUnderTest>): void {
  describe(`${name} is a tracker that`, () => {
    let made: TrackerUnderTest;
    let id = 'one';
    let count = 0;
    beforeEach(async () => {
      made = await make();
      id = `one-${String(++count)}`;
    }, 120_000);
    afterEach(() => made.discard());

    const expected = (part: Partial<KeptRun>, names: readonly Name[]): KeptRun => ({
      status: 'open',
      auc: undefined,
      trainingLoss: [],
      parent: undefined,
      artefacts: Object.fromEntries(
        names
          .filter((one) => made.keepsPersons || one !== 'snapshot.json')
          .map((one) => [one, textsOf(id)[one]]),
      ),
      ...part,
    });

    it('keeps a run as it grows, and all that it made', async () => {
      expect(await made.find(id)).toBeUndefined();
      expect(await made.tracker.keep(trackedOf(runRecord(id)))).toEqual(done(null));
      expect(await made.find(id)).toEqual(expected({}, []));
      const { snapshot, fit } = stepsOf(id);
      await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit }), 3));
      expect(await made.find(id)).toEqual(
        expected({ trainingLoss: lossesOf(3) }, ['snapshot.json', 'fit.json']),
      );
      const whole = trackedOf(runRecord(id, stepsOf(id)), 3, 0.8);
      await made.tracker.keep(whole);
      const all = ['snapshot.json', 'fit.json', 'report.html', 'model/manifest.json'] as const;
      expect(await made.find(id)).toEqual(
        expected({ status: 'complete', auc: 0.8, trainingLoss: lossesOf(3) }, all),
      );
    });

    it('keeps the same once, however often it comes', async () => {
      const run = trackedOf(runRecord(id, stepsOf(id)), 3, 0.8);
      for (let time = 0; time < 3; time++) expect(await made.tracker.keep(run)).toEqual(done(null));
      const all = ['snapshot.json', 'fit.json', 'report.html', 'model/manifest.json'] as const;
      expect(await made.find(id)).toEqual(
        expected({ status: 'complete', auc: 0.8, trainingLoss: lossesOf(3) }, all),
      );
    });

    it('keeps that a run failed, and that it went on', async () => {
      const { snapshot, fit } = stepsOf(id);
      await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit: failedStep })));
      expect((await made.find(id))?.status).toBe('failed');
      await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit }), 2));
      expect(await made.find(id)).toMatchObject({ status: 'open', trainingLoss: lossesOf(2) });
    });

    it('goes on with a run that was changed and fitted anew', async () => {
      const { snapshot, fit, evaluate } = stepsOf(id);
      await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit, evaluate }), 5, 0.8));
      const record = runRecord(id, { snapshot, fit: { ...fit, key: 'e'.repeat(64) }, evaluate });
      record.configuration.fit.seed = 7;
      expect(await made.tracker.keep(trackedOf(record, 6, 0.6))).toEqual(done(null));
      expect(await made.find(id)).toMatchObject({ auc: 0.6, trainingLoss: lossesOf(6) });
    });

    it('knows the run that another came from', async () => {
      await made.tracker.keep(trackedOf(runRecord(`${id}-parent`)));
      await made.tracker.keep(trackedOf(runRecord(id, {}, { parent: `${id}-parent` })));
      expect((await made.find(id))?.parent).toBe(`${id}-parent`);
    });

    it('says so where an artefact cannot be read, and has it the next time', async () => {
      const { fit } = stepsOf(id);
      const run = trackedOf(runRecord(id, { fit }), 1);
      const broken: TrackedRun = { ...run, read: async () => refuse('not there', 'Make it.') };
      expect(await made.tracker.keep(broken)).toMatchObject({ ok: false });
      expect((await made.find(id))?.artefacts).toEqual({});
      expect(await made.tracker.keep(run)).toEqual(done(null));
      expect((await made.find(id))?.artefacts).toEqual({ 'fit.json': textsOf(id)['fit.json'] });
    });

    it('shows the curve of a fit that is under way, each epoch once, however often it comes', async () => {
      const { snapshot, fit } = stepsOf(id);
      const record = runRecord(id, { snapshot });
      await made.tracker.keep(trackedOf(record));
      for (const epochs of [1, 3, 3, 4]) {
        expect(await made.tracker.keep(growingOf(record, fit.key, epochs))).toEqual(done(null));
        expect(await made.find(id)).toEqual(expected({ trainingLoss: lossesOf(epochs) }, ['snapshot.json']));
      }
      expect(await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit }), 5))).toEqual(done(null));
      expect(await made.find(id)).toEqual(
        expected({ trainingLoss: lossesOf(5) }, ['snapshot.json', 'fit.json']),
      );
    });

    it('goes on with the curve of a fit that was stopped and does its last epochs again', async () => {
      const { snapshot, fit } = stepsOf(id);
      const record = runRecord(id, { snapshot });
      await made.tracker.keep(growingOf(record, fit.key, 4));
      const failed = runRecord(id, { snapshot, fit: failedStep });
      await made.tracker.keep({ ...growingOf(failed, fit.key, 4), artefacts: artefactsOf(failed) });
      expect(await made.find(id)).toMatchObject({ status: 'failed', trainingLoss: lossesOf(4) });
      for (const epochs of [3, 4, 5]) await made.tracker.keep(growingOf(record, fit.key, epochs));
      expect(await made.find(id)).toMatchObject({ status: 'open', trainingLoss: lossesOf(5) });
      await made.tracker.keep(trackedOf(runRecord(id, { snapshot, fit }), 6));
      expect(await made.find(id)).toMatchObject({ status: 'open', trainingLoss: lossesOf(6) });
    });

    it('does not mix the curves of a fit that was given up and of the one that took its place', async () => {
      const { snapshot } = stepsOf(id);
      const record = runRecord(id, { snapshot });
      await made.tracker.keep(growingOf(record, 'd'.repeat(64), 4));
      await made.tracker.keep(growingOf(record, 'e'.repeat(64), 2, 0.5));
      expect((await made.find(id))?.trainingLoss).toEqual(lossesOf(2, 0.5));
      await made.tracker.keep(growingOf(record, 'e'.repeat(64), 3, 0.5));
      expect((await made.find(id))?.trainingLoss).toEqual(lossesOf(3, 0.5));
    });
  });
}
