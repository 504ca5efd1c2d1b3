import { describe, expect, it } from 'vitest';
import type { InstalledModel, Models } from './models.ts';

export interface ModelsUnderTest {
  readonly models: Models;
  /** Folder of a model that is not installed. */
  readonly newFolder: string;
  /** Folder of a model with the same name and version as the new one and other content. */
  readonly changedFolder: string;
  /** The one shipped model. */
  readonly shipped: Pick<InstalledModel, 'sha256'>;
  discard(): void;
}

export function describeModels(name: string, make: () => Promise<ModelsUnderTest>): void {
  describe(`${name} are models that`, () => {
    const within = async (work: (made: ModelsUnderTest) => Promise<void>): Promise<void> => {
      const made = await make();
      try {
        await work(made);
      } finally {
        made.discard();
      }
    };
    const hashes = async (models: Models) =>
      (await models.list()).models.map(({ sha256, source }) => [sha256, source]);

    it('begin with the shipped ones', () =>
      within(async ({ models, shipped }) => {
        expect(await hashes(models)).toEqual([[shipped.sha256, 'shipped']]);
      }));

    it('are installed once, whatever the number of tries, and removed again', () =>
      within(async ({ models, newFolder, shipped }) => {
        const [first, second] = [await models.install(newFolder), await models.install(newFolder)];
        if (!first.ok) throw new Error(first.problem.code);
        expect(second).toEqual(first);
        expect(await hashes(models)).toEqual([
          [shipped.sha256, 'shipped'],
          [first.value.sha256, 'installed'],
        ]);
        expect([await models.remove(first.value), await models.remove(first.value)]).toEqual([
          { ok: true, value: undefined },
          { ok: true, value: undefined },
        ]);
        expect(await hashes(models)).toEqual([[shipped.sha256, 'shipped']]);
      }));

    it('are never replaced by other content of the same version', () =>
      within(async ({ models, newFolder, changedFolder }) => {
        const first = await models.install(newFolder);
        const changed = await models.install(changedFolder);
        expect([first.ok, changed.ok ? 'replaced' : changed.problem.code]).toEqual([true, 'model-exists']);
      }));

    it('do not come from a folder that is not there', () =>
      within(async ({ models }) => {
        const answer = await models.install('/nowhere/at/all');
        expect(answer.ok ? 'installed' : answer.problem).toMatchObject({
          code: 'model-invalid',
          details: { reason: 'folder-missing' },
        });
      }));

    it('keep the shipped ones', () =>
      within(async ({ models, shipped }) => {
        const [model] = (await models.list()).models;
        if (model === undefined) throw new Error('no shipped model');
        const removed = await models.remove(model);
        expect(removed.ok ? 'removed' : removed.problem.code).toBe('forbidden');
        expect(await hashes(models)).toEqual([[shipped.sha256, 'shipped']]);
      }));

    it('give the bytes of their manifest', () =>
      within(async ({ models }) => {
        const [model] = (await models.list()).models;
        if (model === undefined) throw new Error('no shipped model');
        const bytes = await models.manifestBytes(model);
        if (!bytes.ok) throw new Error(bytes.problem.code);
        expect(JSON.parse(String.fromCharCode(...bytes.value))).toMatchObject({
          name: model.manifest.name,
          version: model.manifest.version,
        });
      }));

    it('stay where they are when what was cut off is cleared away', () =>
      within(async ({ models, newFolder, shipped }) => {
        const installed = await models.install(newFolder);
        await models.tidy();
        expect(await hashes(models)).toEqual([
          [shipped.sha256, 'shipped'],
          [installed.ok && installed.value.sha256, 'installed'],
        ]);
      }));

    it('give their golden recordings, and none that is not theirs', () =>
      within(async ({ models }) => {
        const [model] = (await models.list()).models;
        const path = Object.values(model?.manifest.golden[0]?.recordings ?? {})[0];
        if (model === undefined || path === undefined) throw new Error('no golden recording');
        const [golden, strange] = [
          await models.golden(model, path),
          await models.golden(model, 'golden/none.wav'),
        ];
        expect(golden).toMatchObject({
          ok: true,
          value: { sampleRateHz: model.manifest.input.sampleRateHz },
        });
        expect(golden.ok && golden.value.samples.length).toBeGreaterThan(1000);
        expect(strange.ok ? 'given' : strange.problem.code).toBe('model-damaged');
      }));
  });
}
