/** A new model beside the one in production, on the test recordings that both scored without noise. */
import type { ProductionScores } from '../../../contract/training/release.ts';
import type { Scores } from '../../../contract/training/run.ts';
import { intervalsOf, type IntervalOptions } from '../evaluate/intervals.ts';
import type { Interval } from '../evaluate/intervals.ts';
import { areaUnderCurve, decisionPoint } from '../fit/metrics.ts';
import { accuracyDifference, deLong, mcNemar, type DeLong, type Difference, type McNemar } from './paired.ts';

type Named<State> = Omit<Extract<ProductionScores, { state: State }>, 'state' | 'scores' | 'tooShort'>;

export type ProductionComparison =
  | { readonly state: 'none'; readonly reason: string }
  | ({ readonly state: 'not-comparable' } & Named<'not-comparable'>)
  | ({
      readonly state: 'compared';
      readonly recordings: number;
      readonly participants: number;
      /** Test recordings that the model in production does not take. */
      readonly notScored: number;
      readonly accuracy: { readonly first: number; readonly second: number } & Difference;
      /** First: the new model. Second: the one in production. */
      readonly mcNemar: McNemar;
      /** Null unless both classes have two recordings. */
      readonly deLong: DeLong | null;
      /** New less production, participants resampled; the area is absent where a class is. */
      readonly differences: { readonly accuracy: Interval; readonly auc: Interval | null };
    } & Named<'scored'>);

/** Out of stored scores alone. */
export function compareWithProduction(
  { scores, production }: Pick<Scores, 'scores' | 'production'>,
  options: IntervalOptions,
): ProductionComparison {
  if (production === undefined) {
    return { state: 'none', reason: 'the evaluation was done by a version of the program that did not ask' };
  }
  if (production.state !== 'scored') return production;
  const { state: _, scores: theirs, tooShort: notScored, ...named } = production;
  const scoreOf = new Map(theirs.map(({ recording, score }) => [recording, score]));
  const pairs = scores.flatMap(({ side, condition, recording, subject, isPositive, score }) => {
    const second = scoreOf.get(recording);
    if (side !== 'test' || condition !== 'clean' || second === undefined) return [];
    return [{ subject, isPositive, first: score, second }];
  });
  if (pairs.length === 0) {
    return {
      ...named,
      state: 'not-comparable',
      reason: 'no test recording is long enough for it',
    };
  }
  const shareRight = (drawn: readonly (typeof pairs)[number][], model: 'first' | 'second'): number =>
    drawn.filter((pair) => pair[model] >= decisionPoint === pair.isPositive).length / drawn.length;
  const area = (drawn: readonly (typeof pairs)[number][], model: 'first' | 'second'): number =>
    areaUnderCurve(drawn.map((pair) => ({ ...pair, score: pair[model] })));
  const found = intervalsOf(
    pairs,
    (drawn) => ({
      accuracy: shareRight(drawn, 'first') - shareRight(drawn, 'second'),
      auc: area(drawn, 'first') - area(drawn, 'second'),
    }),
    options,
  );
  return {
    ...named,
    state: 'compared',
    recordings: pairs.length,
    participants: new Set(pairs.map(({ subject }) => subject)).size,
    notScored,
    accuracy: {
      first: shareRight(pairs, 'first'),
      second: shareRight(pairs, 'second'),
      ...accuracyDifference(pairs),
    },
    mcNemar: mcNemar(pairs),
    deLong: deLong(pairs) ?? null,
    differences: { accuracy: found['accuracy']!, auc: found['auc'] ?? null },
  };
}

/** One paragraph in English, for page and card. */
export function describeProduction(comparison: ProductionComparison): string {
  if (comparison.state === 'none') return `Not compared with a model in production: ${comparison.reason}.`;
  const model = `${comparison.name} ${comparison.version} (${comparison.source}, manifest ${comparison.sha256.slice(0, 12)})`;
  if (comparison.state === 'not-comparable') {
    return `Not compared with the model in production, ${model}: ${comparison.reason}.`;
  }
  const { recordings, participants, notScored, accuracy, mcNemar: calls, deLong: areas } = comparison;
  const { differences } = comparison;
  const left = notScored === 0 ? '' : ` ${notScored} more are too short for it.`;
  const areaText =
    areas === null
      ? 'The areas under the curve cannot be compared: a class has fewer than two recordings.'
      : `Area under the curve: ${areas.first.toFixed(3)}, in production ${areas.second.toFixed(3)}; DeLong: difference ${signed(areas.difference)}, standard error ${areas.standardError.toFixed(3)}, p ${areas.pValue.toFixed(4)}.${
          differences.auc === null ? '' : ` Participants resampled: ${interval(differences.auc)}.`
        }`;
  return [
    `Compared with the model in production, ${model}, on the ${recordings} test recordings of ${participants} participants that both take, without noise.${left}`,
    `Right calls: ${accuracy.first.toFixed(3)}, in production ${accuracy.second.toFixed(3)}; only the new one right ${calls.onlyFirst}, only the one in production right ${calls.onlySecond} (McNemar, exact: p ${calls.pValue.toFixed(4)}). Participants resampled: ${interval(differences.accuracy)}.`,
    areaText,
    'McNemar and DeLong take recordings as independent; with several per participant their p is too small.',
  ].join(' ');
}

function interval({ value, low, high }: Interval): string {
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
