import type { DataSource } from '../../contract/training/configuration.ts';
import type { SourceListing } from '../core/snapshot/listed.ts';
import type { Outcome } from '../core/outcome.ts';

/** Where labelled recordings come from. */
export interface Datasets {
  /** All that the source names, without reading audio. Names are unique. */
  list(source: DataSource, labels: { negative: string; positive: string }): Promise<Outcome<SourceListing>>;
  /** The bytes of a listed file; undefined where it is not there or cannot be read. */
  read(file: string): Promise<Uint8Array | undefined>;
  /** A text that the configuration names beside the data. */
  readText(file: string): Promise<Outcome<string>>;
}
