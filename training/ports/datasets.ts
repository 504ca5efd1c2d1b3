import type { DataSource } from '../../contract/training/configuration.ts';
import type { SourceListing } from '../core/snapshot/listed.ts';
import type { Outcome } from '../core/outcome.ts';

/** Where labelled recordings come from. */
export interface Datasets {
  /** All that the source names, without reading audio. Names are unique. */
  list(source: DataSource, labels: { negative: string; positive: string }): Promise<Outcome<SourceListing>>;
  /** Files of a list of paths, relative to the list's own folder. */
  listPaths(list: {
    readonly file: string;
    readonly set: string | null;
  }): Promise<Outcome<readonly { readonly name: string; readonly file: string }[]>>;
  /** The bytes of a listed file; undefined where it is not there or cannot be read. Refuses where nobody can tell. */
  read(file: string): Promise<Outcome<Uint8Array | undefined>>;
  /** A text that the configuration names beside the data. */
  readText(file: string): Promise<Outcome<string>>;
}
