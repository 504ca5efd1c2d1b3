import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFiles, ModelFolders } from '../../ports/model-folders.ts';
import type { ModelPackages } from '../../ports/model-packages.ts';
import type { ModelRegistry } from '../../ports/model-registry.ts';
import type { ProductionModels } from '../../ports/production-models.ts';

interface ProductionPorts {
  readonly folders: Pick<ModelFolders, 'read'>;
  readonly packages: Pick<ModelPackages, 'unpack'>;
  /** Absent where no registry is configured. */
  readonly registry?: Pick<ModelRegistry, 'url' | 'versions' | 'fetch'>;
  sha256(bytes: Uint8Array): string;
}

/** Models to compare with: a folder, or what an alias of the registry points at. */
export function productionModels({ folders, packages, registry, sha256 }: ProductionPorts): ProductionModels {
  return {
    async find(place, modelName) {
      if (place.kind === 'folder') {
        const files = await folders.read(place.folder);
        if (!files.ok) return files;
        const manifest = files.value.get('manifest.json')!;
        return done({ source: place.folder, sha256: sha256(manifest), files: async () => files });
      }
      if (registry === undefined) {
        return refuse(
          `the model in production is to come from the registry (alias ${place.alias}), and no registry is named`,
          'Name it: see "npm run train -- publish --help", or change evaluate.production.',
        );
      }
      const name = place.name ?? modelName;
      const versions = await registry.versions(name);
      if (!versions.ok) return versions;
      const found = versions.value.find(({ aliases }) => aliases.includes(place.alias));
      if (found === undefined) return done(undefined);
      const files = async (): Promise<Outcome<ModelFiles>> => {
        const packed = await registry.fetch(found);
        return packed.ok ? packages.unpack(packed.value) : packed;
      };
      const source = `${registry.url}, alias ${place.alias} of ${name}`;
      return done({ source, sha256: found.sha256, files });
    },
  };
}
