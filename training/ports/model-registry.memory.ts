import { done, refuse } from '../core/outcome.ts';
import type { Account, ModelRegistry, RegistryVersion } from './model-registry.ts';

interface MemoryRegistryOptions {
  readonly me: Account;
  /** Accounts that are there, beside the one that is signed in. */
  readonly accounts?: readonly Account[];
  /** Who keeps which run there, by its id. */
  readonly keepers?: Readonly<Record<string, string>>;
  /** Name, version and manifest hash of a package. */
  identify(packed: Uint8Array): Promise<Pick<RegistryVersion, 'name' | 'version' | 'sha256'>>;
  sha256(bytes: Uint8Array): string;
}

interface AliasChange {
  readonly alias: string;
  readonly version: string;
  readonly why: string;
}

/** A registry that lasts as long as the process, with what was done to it. */
export function memoryModelRegistry({
  me,
  accounts = [],
  keepers = {},
  identify,
  sha256,
}: MemoryRegistryOptions): ModelRegistry & {
  readonly uploads: readonly string[];
  readonly changes: readonly AliasChange[];
} {
  const packages = new Map<string, Uint8Array>();
  const versions: Omit<RegistryVersion, 'aliases'>[] = [];
  const aliases = new Map<string, string>();
  const uploads: string[] = [];
  const changes: AliasChange[] = [];
  const shown = (one: Omit<RegistryVersion, 'aliases'>): RegistryVersion => ({
    ...one,
    aliases: [...aliases].flatMap(([place, version]) => {
      const [name, alias] = place.split('@') as [string, string];
      return name === one.name && version === one.version ? [alias] : [];
    }),
  });
  return {
    url: me.registry,
    uploads,
    changes,
    me: async () => done(me),
    isActive: async ({ id, username }) =>
      done([me, ...accounts].some((one) => one.id === id && one.username === username)),
    keeperOf: async ({ id }) => done(keepers[id]),
    versions: async (name) => done(versions.filter((one) => one.name === name).map(shown)),
    async fetch({ packageSha256 }) {
      const packed = packages.get(packageSha256);
      return packed === undefined ? refuse('there is no such package', 'Look at the list.') : done(packed);
    },
    async upload(packed, { keyId }) {
      const model = await identify(packed);
      const before = versions.find(({ name, version }) => name === model.name && version === model.version);
      if (before !== undefined) {
        return before.sha256 === model.sha256
          ? done(shown(before))
          : refuse('this version was uploaded with other content', 'Raise model.version.');
      }
      const row = { ...model, packageSha256: sha256(packed), packageBytes: packed.length, keyId };
      packages.set(row.packageSha256, packed);
      versions.push(row);
      uploads.push(`${model.name} ${model.version}`);
      return done(shown(row));
    },
    async setAlias({ name, alias, version, why }) {
      if (!versions.some((one) => one.name === name && one.version === version)) {
        return refuse('there is no such version', 'Upload it first.');
      }
      if (aliases.get(`${name}@${alias}`) === version) return done(null);
      aliases.set(`${name}@${alias}`, version);
      changes.push({ alias, version, why });
      return done(null);
    },
  };
}
