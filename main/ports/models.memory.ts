import { fail, ok, type Problem } from '../../contract/result.ts';
import type { GoldenRecording, InstalledModel, Models } from './models.ts';

export interface MemoryModels extends Models {
  /** Puts a checked model where `install(folder)` finds it. */
  offer(folder: string, model: Omit<InstalledModel, 'source'>): void;
}

/** Model folders as values: `golden` maps the path of a golden recording to its samples, for every model alike. */
export function memoryModels(
  start: {
    readonly shipped?: readonly Omit<InstalledModel, 'source'>[];
    readonly refused?: readonly { readonly folder: string; readonly problem: Problem }[];
    readonly golden?: Readonly<Record<string, GoldenRecording>>;
  } = {},
): MemoryModels {
  const offered = new Map<string, Omit<InstalledModel, 'source'>>();
  let models: readonly InstalledModel[] = (start.shipped ?? []).map((model) => ({
    ...model,
    source: 'shipped',
  }));
  const isSame = (a: Omit<InstalledModel, 'source'>, b: Omit<InstalledModel, 'source'>): boolean =>
    a.manifest.name === b.manifest.name && a.manifest.version === b.manifest.version;
  return {
    offer(folder, model) {
      offered.set(folder, model);
    },
    list: () => Promise.resolve({ models, refused: start.refused ?? [] }),
    install(folder) {
      const model = offered.get(folder);
      if (model === undefined) return Promise.resolve(fail('model-invalid', { reason: 'folder-missing' }));
      const existing = models.find((other) => isSame(other, model));
      if (existing !== undefined) {
        const { name, version } = model.manifest;
        return Promise.resolve(
          existing.sha256 === model.sha256 ? ok(existing) : fail('model-exists', { name, version }),
        );
      }
      const installed: InstalledModel = { ...model, source: 'installed' };
      models = [...models, installed];
      return Promise.resolve(ok(installed));
    },
    remove(model) {
      const found = models.find((other) => isSame(other, model));
      if (found?.source === 'shipped') return Promise.resolve(fail('forbidden', { reason: 'shipped' }));
      models = models.filter((other) => other !== found);
      return Promise.resolve(ok(undefined));
    },
    manifestBytes: ({ manifest }) => Promise.resolve(ok(manifestBytesOf(manifest))),
    tidy: () => Promise.resolve(),
    golden(_model, path) {
      const recording = start.golden?.[path];
      return Promise.resolve(
        recording === undefined ? fail('model-damaged', { file: path, reason: 'missing' }) : ok(recording),
      );
    },
  };
}

/** What this twin takes for the file of a manifest. ASCII. */
export function manifestBytesOf(manifest: InstalledModel['manifest']): Uint8Array {
  const text = JSON.stringify(manifest).replace(/[^ -~]/gu, '?');
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
