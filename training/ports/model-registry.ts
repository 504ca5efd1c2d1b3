import type { Person } from '../../contract/training/release.ts';
import type { Outcome } from '../core/outcome.ts';
import type { ModelSignature } from './model-signer.ts';

export type Account = Extract<Person, { kind: 'account' }>;

/** A model version as the registry keeps it. */
export interface RegistryVersion {
  readonly name: string;
  readonly version: string;
  /** Of manifest.json. */
  readonly sha256: string;
  readonly packageSha256: string;
  readonly packageBytes: number;
  /** Of who signed it. */
  readonly keyId: string;
  readonly aliases: readonly string[];
}

/** The models of a registry, as the person who signed in may use them. */
export interface ModelRegistry {
  /** Names the registry in what is written down. */
  readonly url: string;
  /** Who is signed in. */
  me(): Promise<Outcome<Account>>;
  /** Whether an account is there under that name and not disabled. For who may see all accounts. */
  isActive(account: Account): Promise<Outcome<boolean>>;
  /** Username of the account that keeps this run at the registry; undefined where it is not kept there. */
  keeperOf(run: { readonly id: string; readonly createdAt: string }): Promise<Outcome<string | undefined>>;
  /** Every version of a name. */
  versions(name: string): Promise<Outcome<readonly RegistryVersion[]>>;
  /** The stored package; refuses one that has not got its hash. */
  fetch(version: RegistryVersion): Promise<Outcome<Uint8Array>>;
  /** The same model again is a success; another one under its name and version is refused. */
  upload(packed: Uint8Array, signature: ModelSignature): Promise<Outcome<RegistryVersion>>;
  /** Where it points there already, nothing changes. */
  setAlias(change: {
    readonly name: string;
    readonly alias: string;
    readonly version: string;
    /** At most 500 characters. */
    readonly why: string;
  }): Promise<Outcome<null>>;
}
