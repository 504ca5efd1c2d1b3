import type { ProductionPlace } from '../../contract/training/release.ts';
import type { Outcome } from '../core/outcome.ts';
import type { ModelFiles } from './model-folders.ts';

export interface ProductionModel {
  /** Where it was found, for people. */
  readonly source: string;
  /** SHA-256 of its manifest.json. */
  readonly sha256: string;
  /** All files of its folder. */
  files(): Promise<Outcome<ModelFiles>>;
}

/** The model that is in use now, to compare with. */
export interface ProductionModels {
  /** Undefined where nothing stands there yet; refuses a place that cannot be looked at. */
  find(
    place: Exclude<ProductionPlace, { kind: 'none' }>,
    /** Of the run, where the place names none. */
    modelName: string,
  ): Promise<Outcome<ProductionModel | undefined>>;
}
