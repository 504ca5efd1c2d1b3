import { done, refuse, type Outcome } from '../outcome.ts';
import type { Defect, ListedRecording } from './listing.ts';

/** The two classes: what the CSV writes, what the model calls them, and which one it looks for. */
export interface LabelPlan {
  /** In the order of the model's outputs. */
  readonly values: readonly [string, string];
  readonly names: readonly [string, string];
  readonly positiveColumn: 0 | 1;
}

export interface LabelOptions {
  /** Value in the CSV and name in the model, in output order, as in `0=healthy,1=als`. */
  readonly labels?: string;
  /** Value or name of the positive label. */
  readonly positiveLabel?: string;
}

/** Decides the classes; a CSV with other than two needs the option that names two of them. */
export function planLabels(
  recordings: readonly ListedRecording[],
  options: LabelOptions,
): Outcome<LabelPlan> {
  const found = [...new Set(recordings.map((recording) => recording.label))].sort();
  const pairs =
    options.labels === undefined ? found.map((value) => [value, value] as const) : named(options.labels);
  const [first, second] = pairs;
  if (pairs.length !== 2 || first === undefined || second === undefined) {
    const what =
      options.labels === undefined
        ? `the recordings have ${found.length} different label${found.length === 1 ? '' : 's'}, two are needed`
        : `--labels "${options.labels}" does not name two labels`;
    return refuse(what, 'Name two as in --labels 0=healthy,1=patient.', found);
  }
  if (first[0] === second[0] || first[1] === second[1] || pairs.some((pair) => pair.includes(''))) {
    return refuse(
      `--labels "${options.labels ?? ''}" names one label twice or leaves one empty`,
      'Name two different ones.',
    );
  }
  const missing = pairs.filter(([value]) => !found.includes(value)).map(([value]) => value);
  if (missing.length > 0) {
    return refuse(
      `no recording has the label "${missing.join('", "')}"`,
      'Labels in the CSV are these.',
      found,
    );
  }
  const positiveColumn = positiveOf([first, second], options.positiveLabel);
  if (positiveColumn === undefined) {
    return refuse(
      options.positiveLabel === undefined
        ? 'it is not said which label is the positive one'
        : `"${options.positiveLabel}" is not one of the two labels`,
      'Name it with --positive-label.',
      [first[1], second[1]],
    );
  }
  return done({ values: [first[0], second[0]], names: [first[1], second[1]], positiveColumn });
}

/** Recordings with one of the two labels, and the others as defects. */
export function keepLabelled(
  recordings: readonly ListedRecording[],
  plan: LabelPlan,
): { readonly kept: readonly ListedRecording[]; readonly defects: readonly Defect[] } {
  const isKept = (recording: ListedRecording): boolean => plan.values.includes(recording.label);
  return {
    kept: recordings.filter(isKept),
    defects: recordings
      .filter((recording) => !isKept(recording))
      .map(({ path, label }) => ({ name: path, reason: `its label "${label}" is not one of the two` })),
  };
}

function named(option: string): readonly (readonly [string, string])[] {
  return option.split(',').map((part) => {
    const [value, ...name] = part.split('=');
    const trimmed = value!.trim();
    return [trimmed, name.length === 0 ? trimmed : name.join('=').trim()] as const;
  });
}

function positiveOf(
  pairs: readonly [readonly [string, string], readonly [string, string]],
  wanted: string | undefined,
): 0 | 1 | undefined {
  const isIt = (pair: readonly [string, string]): boolean =>
    wanted === undefined ? pair[0] === '1' : pair.includes(wanted);
  if (isIt(pairs[0])) return 0;
  return isIt(pairs[1]) ? 1 : undefined;
}
