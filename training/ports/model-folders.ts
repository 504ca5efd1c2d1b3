import type { Outcome } from '../core/outcome.ts';

/** A model as files: path within its folder to content. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

export interface ModelFolders {
  /** Refuses a place where something is already. */
  checkFree(folder: string): Promise<Outcome<null>>;
  /** Writes beside the place, lets `check` read it back, and only then puts it there whole; else leaves nothing. */
  publish(
    folder: string,
    files: ModelFiles,
    check: (written: ModelFiles) => Promise<Outcome<null>>,
  ): Promise<Outcome<null>>;
  /** All files of a folder, in which one is to be there that shows what it is: `manifest.json` where not said. */
  read(folder: string, marker?: string): Promise<Outcome<ModelFiles>>;
}
