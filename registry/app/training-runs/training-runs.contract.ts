/** What the registry does with training runs and their artefacts, over whatever store keeps their rows. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountIdSchema } from '../../../contract/ids.ts';
import { maximumCurveLength, runUploadSchema } from '../../../contract/registry/training-runs.ts';
import { runIdSchema } from '../../../contract/training/run.ts';
import { sha256, utf8 } from '../../../contract/sha256.ts';
import { idOf, personCaller, testRegistry, valueOf, type TestRegistry } from '../sync/fixtures/registry.ts';
import type { StoreUnderTest } from '../../ports/store.contract.ts';
import type { Call } from '../world.ts';
import { keepArtefact, readArtefact } from './artefacts.ts';
import { failedStep } from '../../../contract/training/fixtures/run-records.ts';
import { completeRun, runUpload } from './fixtures/runs.ts';
import { keepRun } from './keep-run.ts';
import { listRuns, readLineage, readRun } from './read-runs.ts';

export function describeTrainingRuns(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps training runs:`, () => {
    let opened: StoreUnderTest;
    let registry: TestRegistry;
    let call: Call;
    let otherCall: Call;
    beforeEach(async () => {
      opened = await open();
      registry = await testRegistry(opened.store);
      call = registry.callBy(personCaller('researcher'));
      const other = { ...personCaller('researcher'), accountId: accountIdSchema.parse(idOf(0xc9)) };
      otherCall = registry.callBy(other);
    });
    afterEach(() => opened.end());

    /** The same database over a connection of its own, as another process of the registry has it. */
    const elsewhere = async (accountId = accountIdSchema.parse(idOf(0xc9))) => {
      const store = (await opened.another?.()) ?? opened.store;
      const world = { ...registry.world, store };
      return {
        call: { ...call, world, caller: { ...personCaller('researcher'), accountId } },
        close: () => (store === opened.store ? Promise.resolve() : store.close()),
      };
    };
    const keep = (body: ReturnType<typeof runUpload>, by = call) =>
      keepRun(by, { params: { runId: body.record.id }, query: undefined, body });
    const list = (query: { after?: string; limit?: number; status?: 'open' | 'failed' | 'complete' } = {}) =>
      listRuns(call, { params: undefined, query: { limit: 100, ...query }, body: undefined });
    const read = (id: string) =>
      readRun(call, { params: { runId: runIdSchema.parse(id) }, query: undefined, body: undefined });
    const lineage = (query: { model?: string; runId?: string }) =>
      readLineage(call, { params: undefined, query, body: undefined });

    async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array, void> {
      for (const text of texts) yield await Promise.resolve(utf8(text));
    }
    async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
      const decoder = new TextDecoder();
      let text = '';
      for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
      return text;
    }

    describe('a training run', () => {
      it('is kept as it was brought, and told with what lists show', async () => {
        const upload = runUploadSchema.parse(completeRun('one'));
        const kept = valueOf(await keep(upload));
        expect(kept).toMatchObject({
          id: 'one',
          status: 'complete',
          lastStep: 'package',
          by: 'ana',
          dataHash: 'd'.repeat(64),
          splitHash: 'e'.repeat(64),
          figures: { auc: 0.9 },
          model: { name: 'voices', version: '1.2.3', manifestSha256: sha256('manifest of one') },
          record: upload.record,
          metrics: upload.metrics,
          curve: upload.curve,
        });
        expect(
          kept.artefacts.map(({ name, isAboutPersons, isHeld, type }) => [
            name,
            isAboutPersons,
            isHeld,
            type,
          ]),
        ).toEqual([
          ['snapshot.json', true, false, 'application/json'],
          ['split.json', true, false, 'application/json'],
          ['report.html', false, false, 'text/html'],
          ['model/manifest.json', false, false, 'application/json'],
        ]);
        expect(valueOf(await read('one'))).toEqual(kept);
      });

      it('is kept anew after each step, in its place of the list', async () => {
        await keep(runUpload('one'));
        await keep(runUpload('two'));
        await keep(runUpload('one', { fit: failedStep }));
        const listed = valueOf(await list());
        expect(listed.runs.map(({ id, status }) => [id, status])).toEqual([
          ['two', 'open'],
          ['one', 'failed'],
        ]);
        expect(valueOf(await list({ status: 'failed' })).runs.map(({ id }) => id)).toEqual(['one']);
      });

      it('is listed page by page', async () => {
        for (const id of ['a', 'b', 'c']) await keep(runUpload(id));
        const first = valueOf(await list({ limit: 2 }));
        const second = valueOf(await list({ limit: 2, after: first.next! }));
        expect([...first.runs, ...second.runs].map(({ id }) => id)).toEqual(['c', 'b', 'a']);
        expect(second.next).toBeNull();
        expect(await list({ after: 'x' })).toMatchObject({ problem: { code: 'invalid-input' } });
      });

      it('shows a curve that grows, and has a deed in the audit trail for each other state of it alone', async () => {
        const first = runUpload('one');
        const grown = { ...first, curve: [...first.curve, { ...first.curve[0]!, epoch: 2 }] };
        for (const upload of [first, grown, grown, first]) {
          expect(valueOf(await keep(upload)).curve).toEqual(upload.curve);
          expect(valueOf(await read('one')).curve).toEqual(upload.curve);
        }
        const deeds = async () =>
          (await registry.rows('audit')).filter(({ action }) => action === 'training-run-kept').length;
        expect(await deeds()).toBe(1);
        await keep(runUpload('one', { fit: failedStep }));
        await keep({ ...grown, metrics: {} });
        expect(await deeds()).toBe(3);
      });

      it('is nobody else’s to change', async () => {
        await keep(runUpload('one'));
        expect(await keep(completeRun('one'), otherCall)).toMatchObject({ problem: { code: 'conflict' } });
        expect(valueOf(await read('one')).status).toBe('open');
      });

      it('is not another that was made under its id', async () => {
        await keep(runUpload('one'));
        const again = runUpload('one', {}, { createdAt: '2026-11-22T12:00:00.000Z' });
        expect(await keep(again)).toMatchObject({ problem: { code: 'conflict' } });
      });

      it('is kept as long as runs may be, every figure to its last digit', async () => {
        const upload = runUpload('one');
        const curve = Array.from({ length: maximumCurveLength }, (_, epoch) => ({
          epoch,
          trainingLoss: 1 / (epoch + 3),
          evaluationLoss: 1e-300 * (epoch + 1),
          evaluationAccuracy: 1 - 1e-16 * epoch,
          learningRate: 5e-324,
        }));
        await keep(runUploadSchema.parse({ ...upload, curve }));
        expect(valueOf(await read('one')).curve).toEqual(curve);
      });

      it('is kept by one of two who bring the same id at once, in a place of its own in the list', async () => {
        const other = await elsewhere();
        const ids = ['a', 'b', 'c', 'd', 'e'];
        const kept = await Promise.all(
          ids.flatMap((id) => [keep(runUpload(id)), keep(completeRun(id), other.call)]),
        );
        for (const [index, id] of ids.entries()) {
          const codes = kept
            .slice(2 * index, 2 * index + 2)
            .map((one) => (one.ok ? 'kept' : one.problem.code));
          expect(codes.toSorted(), id).toEqual(['conflict', 'kept']);
        }
        const rows = await registry.rows('trainingRuns');
        expect(rows.map(({ sequence }) => sequence).toSorted((x, y) => x - y)).toEqual([1, 2, 3, 4, 5]);
        expect(valueOf(await list({ limit: 3 })).runs.map(({ id }) => id)).toEqual(
          rows
            .toSorted((x, y) => y.sequence - x.sequence)
            .slice(0, 3)
            .map(({ id }) => id),
        );
        await other.close();
      });

      it('is refused under another id than its own, and to who may not', async () => {
        const body = runUpload('one');
        const wrong = await keepRun(call, { params: { runId: 'two' }, query: undefined, body });
        expect(wrong).toMatchObject({ problem: { code: 'invalid-input' } });
        const clinician = registry.callBy(personCaller('clinician', 'all'));
        expect(await keep(body, clinician)).toMatchObject({ problem: { code: 'forbidden' } });
        expect(await registry.rows('trainingRuns')).toEqual([]);
      });
    });

    describe('an artefact', () => {
      const report = { runId: 'one', sha256: sha256('report of one') };
      const snapshot = { runId: 'one', sha256: sha256('snapshot of one') };
      beforeEach(async () => {
        await keep(completeRun('one'));
      });

      it('is kept under its hash and given back', async () => {
        const kept = await keepArtefact(call, { ...report, chunks: pieces('report', ' of one') });
        expect(valueOf(kept)).toEqual({ sha256: report.sha256, sizeBytes: 13 });
        const found = valueOf(await readArtefact(otherCall, report));
        expect([found.name, found.type, found.sizeBytes, await textOf(found.chunks)]).toEqual([
          'report.html',
          'text/html',
          13,
          'report of one',
        ]);
        expect(valueOf(await read('one')).artefacts.filter(({ isHeld }) => isHeld)).toMatchObject([
          { name: 'report.html' },
        ]);
      });

      it('is kept once where two bring it at once', async () => {
        const other = await elsewhere(personCaller('researcher').accountId);
        const both = await Promise.all(
          [call, other.call].map((by) => keepArtefact(by, { ...report, chunks: pieces('report of one') })),
        );
        expect(both.map((one) => valueOf(one).sizeBytes)).toEqual([13, 13]);
        expect((await registry.rows('trainingArtefacts')).map(({ id }) => id)).toEqual([report.sha256]);
        await other.close();
      });

      it('is kept once: bytes that are here are not read again', async () => {
        await keepArtefact(call, { ...report, chunks: pieces('report of one') });
        const again = keepArtefact(call, { ...report, chunks: pieces('anything') });
        expect(valueOf(await again).sizeBytes).toBe(13);
      });

      it.each<[string, readonly string[]]>([
        ['too few bytes', ['report of']],
        ['too many bytes', ['report of one', '!']],
        ['other bytes', ['report of two']],
        ['no bytes', []],
      ])('is refused with %s, and leaves nothing', async (_name, texts) => {
        const kept = await keepArtefact(call, { ...report, chunks: pieces(...texts) });
        expect(kept).toMatchObject({ problem: { code: 'content-mismatch' } });
        expect(registry.blobs.keys()).toEqual([]);
        expect(await readArtefact(call, report)).toMatchObject({ problem: { code: 'not-found' } });
      });

      it('is refused where the run does not name it, or is another’s', async () => {
        const unnamed = { runId: 'one', sha256: sha256('x'), chunks: pieces('x') };
        expect(await keepArtefact(call, unnamed)).toMatchObject({ problem: { code: 'not-found' } });
        expect(await keepArtefact(call, { ...report, runId: 'two', chunks: pieces('x') })).toMatchObject({
          problem: { code: 'not-found' },
        });
        const byOther = await keepArtefact(otherCall, { ...report, chunks: pieces('report of one') });
        expect(byOther).toMatchObject({ problem: { code: 'forbidden' } });
      });

      it('about persons goes to its keeper and to who answers for all hospitals, and each reading is written down', async () => {
        await keepArtefact(call, { ...snapshot, chunks: pieces('snapshot of one') });
        expect(await readArtefact(otherCall, snapshot)).toMatchObject({ problem: { code: 'forbidden' } });
        const wide = registry.callBy({
          ...personCaller('it', 'all'),
          accountId: accountIdSchema.parse(idOf(0xca)),
        });
        for (const by of [call, wide]) {
          expect(await textOf(valueOf(await readArtefact(by, snapshot)).chunks)).toBe('snapshot of one');
        }
        const deeds = (await registry.rows('audit')).map(({ action, outcome }) => `${action} ${outcome}`);
        expect(deeds.filter((deed) => deed.includes('data'))).toEqual([
          'run-data.read refused',
          'training-data-read done',
          'training-data-read done',
        ]);
      });
    });

    describe('lineage', () => {
      it('joins a model version to the run that made it and to where that came from', async () => {
        await keep(completeRun('first'));
        await keep(completeRun('second', { parent: 'first' }));
        await keep(completeRun('apart'));
        await registry.world.store.write((transaction) =>
          transaction.insert('models', {
            id: idOf(1),
            name: 'voices',
            version: '1.2.3',
            sha256: sha256('manifest of second'),
            packageSha256: 'f'.repeat(64),
            packageBytes: 1,
            blobKey: 'models/x.tar',
            keyId: 'a'.repeat(16),
            signature: 'A'.repeat(86),
            manifest: {},
            card: '',
            uploadedAt: '2026-11-21T12:00:00.000Z',
            uploadedBy: 'rui',
          }),
        );
        const model = {
          name: 'voices',
          version: '1.2.3',
          manifestSha256: sha256('manifest of second'),
          aliases: [],
          runId: 'second',
        };
        for (const query of [{}, { model: 'voices' }, { runId: 'second' }]) {
          const found = valueOf(await lineage(query));
          expect([found.models, found.runs.map(({ id }) => id)]).toEqual([[model], ['second', 'first']]);
        }
        const apart = valueOf(await lineage({ runId: 'apart' }));
        expect([apart.models, apart.runs.map(({ id }) => id)]).toEqual([[], ['apart']]);
        expect(valueOf(await lineage({ model: 'other' }))).toEqual({ models: [], runs: [] });
        expect(await lineage({ runId: 'none' })).toMatchObject({ problem: { code: 'not-found' } });
      });

      it('ends where runs name each other', async () => {
        await keep(completeRun('a', { parent: 'b' }));
        await keep(completeRun('b', { parent: 'a' }));
        expect(valueOf(await lineage({ runId: 'a' })).runs.map(({ id }) => id)).toEqual(['a', 'b']);
      });
    });
  });
}
