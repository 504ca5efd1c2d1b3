import type { LocalizedText } from '../../contract/localized.ts';
import type { LabelUnit, ReadRecording } from '../core/data/examine.ts';
import type { LabelOptions } from '../core/data/labels.ts';
import type { WindowSettings } from '../core/features/window-features.ts';
import type { FeatureRecording } from '../core/fit/cross-validate.ts';
import type { FoldPlan } from '../core/fit/folds.ts';
import type { ModelTexts } from '../core/model/texts.ts';
import type { GraphEngine } from '../ports/graph-engine.ts';
import type { ModelFolders } from '../ports/model-folders.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { Surroundings } from '../ports/surroundings.ts';

export interface BaselineRequest {
  /** Content of the CSV. */
  readonly csvText: string;
  readonly set?: string;
  readonly labels: LabelOptions;
  readonly labelUnit: LabelUnit;
  /** Keeps recordings that are almost the same sound under two subjects. */
  readonly keepsTwins: boolean;
  readonly recordingKey: string;
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly window: WindowSettings;
  readonly minimumS: number;
  readonly maximumS: number;
  readonly seed: number;
  readonly folds?: FoldPlan;
  readonly bootstrapReplicates: number;
  /** Share of each class that may be decided wrongly when the thresholds are chosen. */
  readonly toleratedErrors: number;
  readonly licence: string;
  readonly title?: string;
  readonly texts?: Partial<Record<'title' | 'intendedUse' | 'trainedOn' | 'limits', LocalizedText>> &
    Pick<ModelTexts, 'card'>;
  /** Attribution of the data, kept beside the model. */
  readonly notice?: string;
  /** ISO instant for the manifest; now when absent. */
  readonly createdAt?: string;
}

export interface BaselinePorts {
  readonly recordings: Recordings;
  readonly engine: GraphEngine;
  readonly folders: ModelFolders;
  readonly surroundings: Surroundings;
}

/** A recording with what the graph makes of it. */
export interface MeasuredRecording extends ReadRecording, FeatureRecording {}
