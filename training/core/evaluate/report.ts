/** The evaluation of a fit as one value, out of the stored scores and what is known of the data: nothing else. */
import {
  conditions,
  type Condition,
  type FitRecord,
  type Scores,
  type Side,
  type Snapshot,
  type Split,
  type StoredScore,
} from '../../../contract/training/run.ts';
import { defectKinds, type EvaluateSettings } from '../../../contract/training/configuration.ts';
import type { ScoredRecording } from '../fit/metrics.ts';
import type { Interval } from './intervals.ts';
import { compareWithProduction, type ProductionComparison } from '../compare/production.ts';
import { decide, type ChosenThresholds } from './decisions.ts';
import {
  aucFigure,
  calibrationFigures,
  metricFigures,
  rocCurve,
  type CalibrationFigure,
  type Figures,
  type RocPoint,
} from './figures.ts';
import { probeShortcuts, type Probe } from './probes.ts';

export interface ReportInput {
  readonly snapshot: Snapshot;
  readonly split: Split;
  readonly fit: FitRecord;
  readonly scores: Scores;
  readonly settings: EvaluateSettings;
  /** Noise clips per recording in training, by class. */
  readonly trainingNoise: { readonly negative: number; readonly positive: number };
}

export interface SideFacts {
  readonly recordings: number;
  readonly positiveParticipants: number;
  readonly negativeParticipants: number;
}

export interface GroupFigures {
  readonly group: string;
  readonly value: string;
  readonly recordings: number;
  readonly participants: number;
  readonly figures: Figures;
}

export interface EvaluationReport {
  readonly format: 1;
  readonly dataHash: string;
  readonly splitHash: string;
  readonly level: number;
  readonly replicates: number;
  readonly sides: Readonly<Record<Side, SideFacts>>;
  readonly exclusions: Readonly<Record<string, number>>;
  readonly fit: FitRecord;
  /** On test recordings; a condition that could not be made is absent. */
  readonly conditions: Partial<Readonly<Record<Condition, Figures>>>;
  /** Accuracy without noise minus the worst with noise; null where no noise was at hand. */
  readonly noiseLoss: number | null;
  readonly validation: Figures;
  readonly calibration: {
    readonly bins: readonly CalibrationFigure[];
    readonly expectedError: Interval;
  };
  readonly roc: readonly RocPoint[];
  readonly groups: readonly GroupFigures[];
  readonly thresholds: ChosenThresholds;
  /** Area under the curve of each fit to permuted labels; empty where the control was left out. */
  readonly permuted: readonly Interval[];
  readonly probes: readonly Probe[];
  /** Beside the model that is in use now, on the same test recordings. */
  readonly production: ProductionComparison;
  readonly warnings: readonly string[];
}

/** Accuracy that may be lost to noise before the report warns. */
const toleratedNoiseLoss = 0.1;
/** Area under the curve beside one half that a fit to permuted labels may have by accident. */
const farFromChance = 0.15;
/** Share of recordings with an answer below which thresholds keep any rule by saying nothing. */
const fewAnswers = 0.2;
/** Fewer participants of a class on the test side make every figure a guess. */
const fewParticipants = 10;

/** Needs both classes among validation and test scores. The same input gives the same report. */
export function makeReport(input: ReportInput): EvaluationReport {
  const { snapshot, split, fit, scores, settings } = input;
  const options = { replicates: settings.replicates, level: settings.level, seed: settings.seed };
  const of = (side: StoredScore['side'], condition: Condition): readonly StoredScore[] =>
    scores.scores.filter((one) => one.side === side && one.condition === condition);
  const test = of('test', 'clean');
  const made = conditions.filter((condition) => of('test', condition).length > 0);
  const byCondition = made.map(
    (condition) => [condition, metricFigures(of('test', condition), options)] as const,
  );
  const figures = Object.fromEntries(byCondition) as Partial<Record<Condition, Figures>>;
  const clean = figures.clean!;
  const report: Omit<EvaluationReport, 'warnings'> = {
    format: 1,
    dataHash: snapshot.dataHash,
    splitHash: split.splitHash,
    level: settings.level,
    replicates: settings.replicates,
    sides: {
      training: sideFacts(snapshot, split, 'training'),
      validation: sideFacts(snapshot, split, 'validation'),
      test: sideFacts(snapshot, split, 'test'),
    },
    exclusions: countExclusions(snapshot),
    fit,
    conditions: figures,
    noiseLoss: noiseLossOf(figures),
    validation: metricFigures(of('validation', 'clean'), options),
    calibration: calibrationFigures(test, options),
    roc: rocCurve(test),
    groups: groupFigures(snapshot, test, options),
    thresholds: decide(of('validation', 'clean'), test, settings.thresholds, options),
    permuted: scores.permuted.flatMap((one) => aucFigure(one, options) ?? []),
    production: compareWithProduction(scores, options),
    probes: probeShortcuts(snapshot.recordings, split.recordings, clean['auc']!.value, options),
  };
  return { ...report, warnings: warningsOf(report, input) };
}

/** Whether thresholds are tested on the scores that they were chosen on: folds of a fit that nothing stops. */
export function isOnOwnScores({ fit }: Pick<EvaluationReport, 'fit'>): boolean {
  return fit.folds?.every(({ stop }) => stop === 'solved') === true;
}

function sideFacts({ recordings }: Snapshot, split: Split, side: Side): SideFacts {
  // In folds every recording has its turn on each side.
  const own = recordings.filter((_, index) => split.folds !== undefined || split.recordings[index] === side);
  const participants = (isPositive: boolean): number =>
    new Set(own.filter((one) => one.isPositive === isPositive).map(({ subject }) => subject)).size;
  return {
    recordings: own.length,
    positiveParticipants: participants(true),
    negativeParticipants: participants(false),
  };
}

function countExclusions({ exclusions }: Snapshot): Readonly<Record<string, number>> {
  const counts = defectKinds.map(
    (kind) => [kind, exclusions.filter((one) => one.kind === kind).length] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function noiseLossOf(figures: Partial<Record<Condition, Figures>>): number | null {
  const accuracy = (condition: Condition): number | undefined => figures[condition]?.['accuracy']?.value;
  const noisy = [accuracy('noisy-controls'), accuracy('noisy-both')].filter((one) => one !== undefined);
  return noisy.length === 0 ? null : accuracy('clean')! - Math.min(...noisy);
}

function groupFigures(
  { recordings }: Snapshot,
  test: readonly StoredScore[],
  options: Parameters<typeof metricFigures>[1],
): readonly GroupFigures[] {
  const names = [...new Set(recordings.flatMap(({ groups }) => Object.keys(groups)))].sort();
  return names.flatMap((group) => {
    const byValue = Map.groupBy(
      test,
      ({ recording }) => recordings[recording]!.groups[group] ?? 'not stated',
    );
    return [...byValue.keys()].sort().map((value) => {
      const own = byValue.get(value)!;
      return {
        group,
        value,
        recordings: own.length,
        participants: new Set(own.map(({ subject }) => subject)).size,
        figures: metricFigures(own satisfies readonly ScoredRecording[], options),
      };
    });
  });
}

function warningsOf(
  report: Omit<EvaluationReport, 'warnings'>,
  { snapshot, trainingNoise }: ReportInput,
): readonly string[] {
  const warnings: string[] = [];
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  if (!snapshot.namesSubjects) {
    warnings.push(
      'the data name no subjects, so every file counts as a participant of its own; if a person has several files, all figures are too good',
    );
  }
  if (report.fit.stop === 'imported') {
    warnings.push(
      'the weights were trained elsewhere; that test participants were kept away from there is not proven here',
    );
  }
  if (snapshot.cut > 0) warnings.push(`${snapshot.cut} recordings were cut to the maximum length`);
  const { positiveParticipants, negativeParticipants } = report.sides.test;
  if (Math.min(positiveParticipants, negativeParticipants) < fewParticipants) {
    warnings.push(
      `only ${positiveParticipants} positive and ${negativeParticipants} negative participants were tested; resampling so few understates the intervals, and one without width says nothing`,
    );
  }
  for (const { name, all, isShortcut } of report.probes) {
    if (!isShortcut) continue;
    warnings.push(
      `shortcut: ${name} alone tells the classes apart with an area under the curve of ${all.value.toFixed(2)} [${all.low.toFixed(2)}, ${all.high.toFixed(2)}]; the model may have learned this and not the voice`,
    );
  }
  if (report.noiseLoss === null) {
    warnings.push('no noise clips were at hand: how the model does in noise is not known');
  } else if (report.noiseLoss > toleratedNoiseLoss) {
    warnings.push(
      `noise: accuracy falls by ${percent(report.noiseLoss)} of all recordings when noise is added to the test recordings; the model depends on who got the noise`,
    );
  }
  if (trainingNoise.negative !== trainingNoise.positive) {
    warnings.push(
      `the classes were trained with different numbers of noise clips (${trainingNoise.negative} negative, ${trainingNoise.positive} positive), which is a shortcut of its own`,
    );
  }
  for (const auc of report.permuted) {
    // Whoever is left out leaves the others with fewer of their own label: in folds, chance lies below one half.
    if (report.fit.folds !== undefined && auc.value < 0.5) continue;
    // One participant gives an interval without width: then only what is far off counts.
    if ((auc.low <= 0.5 && 0.5 <= auc.high) || Math.abs(auc.value - 0.5) < farFromChance) continue;
    warnings.push(
      `permuted labels: a fit to labels dealt out anew has an area under the curve of ${auc.value.toFixed(2)} [${auc.low.toFixed(2)}, ${auc.high.toFixed(2)}] and not 0.5; look for a leak`,
    );
  }
  const auc = report.conditions.clean!['auc']!;
  if (auc.low <= 0.5) {
    warnings.push(
      `not shown to be better than chance: area under the curve ${auc.value.toFixed(2)} [${auc.low.toFixed(2)}, ${auc.high.toFixed(2)}] on test recordings`,
    );
  }
  if (report.thresholds.test.coverage < fewAnswers) {
    warnings.push(
      `the thresholds leave all but ${percent(report.thresholds.test.coverage)} of the test recordings inconclusive`,
    );
  }
  if (isOnOwnScores(report)) {
    warnings.push(
      'the thresholds were chosen on the scores that they are tested on, which is kinder than reality',
    );
  }
  if (!report.thresholds.test.keepsRule) {
    warnings.push('the thresholds do not keep their stated rule on the test recordings');
  }
  return warnings;
}
