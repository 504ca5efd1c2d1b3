/** The release gate: what a trained model must show before it may be published, rule by rule, each with its figures. */
import type { GateSettings, Person, ReleasedModel, Verdict } from '../../../contract/training/release.ts';
import { lowerBound } from '../compare/paired.ts';
import type { ProductionComparison } from '../compare/production.ts';
import type { EvaluationReport, GroupFigures } from '../evaluate/report.ts';
import type { Figures } from '../evaluate/figures.ts';
import { isSamePerson, nameOf } from './persons.ts';

export interface Approval {
  readonly by: Person;
  readonly at: string;
  readonly why: string;
}

export interface GateInput {
  readonly settings: GateSettings;
  readonly report: EvaluationReport;
  /** Participants or audio on two sides, found on what is stored. */
  readonly leaks: readonly string[];
  /** Names of all who had steps of the run done. */
  readonly trainedBy: readonly string[];
  /** Approvals of this very model. */
  readonly approvals: readonly Approval[];
  /** The registry whose accounts alone may approve; null: whoever gives a name. */
  readonly registry: string | null;
  /** What the alias points at now; undefined: not known, without a registry. */
  readonly current?: ReleasedModel | null;
}

/** One verdict per rule, in the order in which people read them. The model passes where none has failed. */
export function judgeRelease(input: GateInput): readonly Verdict[] {
  const { settings, report } = input;
  return [
    ...floorVerdicts('', settings.floors, report.conditions.clean ?? {}),
    ...brierVerdicts(input),
    ...groupVerdicts(input),
    noiseVerdict(input),
    leakVerdict(input),
    permutedVerdict(input),
    shortcutVerdict(input),
    thresholdVerdict(input),
    productionVerdict(input),
    approvalVerdict(input),
  ];
}

export function failedRules(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ outcome }) => outcome === 'failed');
}

const passed = (rule: string, says: string, figures: Verdict['figures'] = {}): Verdict => ({
  rule,
  outcome: 'passed',
  says,
  figures,
});
const failed = (rule: string, says: string, figures: Verdict['figures'] = {}): Verdict => ({
  rule,
  outcome: 'failed',
  says,
  figures,
});
const skipped = (rule: string, says: string, figures: Verdict['figures'] = {}): Verdict => ({
  rule,
  outcome: 'not-applicable',
  says,
  figures,
});
const judged = (isGood: boolean, rule: string, says: string, figures: Verdict['figures']): Verdict =>
  isGood ? passed(rule, says, figures) : failed(rule, says, figures);

function floorVerdicts(where: string, floors: GateSettings['floors'], figures: Figures): readonly Verdict[] {
  return Object.entries(floors).flatMap(([metric, { value, lower }]) => {
    const found = figures[metric];
    const rules = [
      { name: 'floor', least: value, own: found?.value, what: metric },
      { name: 'bound', least: lower, own: found?.low, what: `lower end of ${metric}` },
    ];
    return rules.flatMap(({ name, least, own, what }) => {
      if (least === null) return [];
      const rule = `${where}${name} ${metric}`;
      // A group of one class has neither sensitivity nor an area.
      if (own === undefined) {
        return where === ''
          ? failed(rule, `${metric} is not defined on the test recordings`, { least })
          : skipped(rule, `${metric} is not defined: the group has one class`, { least });
      }
      return judged(own >= least, rule, `${what} is ${shown(own)}, asked for is ${shown(least)}`, {
        value: own,
        least,
      });
    });
  });
}

function brierVerdicts({ settings: { brier }, report }: GateInput): readonly Verdict[] {
  const found = report.conditions.clean?.['brier'];
  const rules = [
    { rule: 'ceiling brier', most: brier.value, own: found?.value, what: 'Brier score' },
    { rule: 'bound brier', most: brier.upper, own: found?.high, what: 'upper end of the Brier score' },
  ];
  return rules.flatMap(({ rule, most, own, what }) => {
    if (most === null) return [];
    if (own === undefined) return failed(rule, 'the Brier score is not known', { most });
    return judged(own <= most, rule, `${what} is ${shown(own)}, allowed is ${shown(most)}`, {
      value: own,
      most,
    });
  });
}

function groupVerdicts({ settings: { groups }, report }: GateInput): readonly Verdict[] {
  const isLarge = ({ participants }: GroupFigures): boolean => participants >= groups.leastParticipants;
  const own = report.groups.flatMap((group) => {
    const where = `group ${group.group} ${group.value}`;
    if (isLarge(group)) return floorVerdicts(`${where} `, groups.floors, group.figures);
    const { participants } = group;
    return skipped(
      where,
      `not judged: ${participants} participants were tested, ${groups.leastParticipants} are needed`,
      { participants, leastParticipants: groups.leastParticipants },
    );
  });
  const required = groups.required.map((kind) => {
    const large = report.groups.filter((group) => group.group === kind && isLarge(group)).length;
    return judged(
      large >= 2,
      `group ${kind}`,
      `${large} values of ${kind} were tested on ${groups.leastParticipants} participants or more, 2 are needed`,
      { large, least: 2 },
    );
  });
  return [...required, ...own];
}

function noiseVerdict({ settings: { noise }, report: { noiseLoss } }: GateInput): Verdict {
  const rule = 'noise';
  const { mostLoss, whenUnknown } = noise;
  if (noiseLoss === null) {
    const says = 'how the model does in noise is not known: the data name no noise clips';
    return whenUnknown === 'pass' ? skipped(rule, says) : failed(rule, says);
  }
  return judged(
    noiseLoss <= mostLoss,
    rule,
    `accuracy falls by ${shown(noiseLoss)} from clean to noisy, allowed is ${shown(mostLoss)}`,
    { loss: noiseLoss, most: mostLoss },
  );
}

function leakVerdict({ leaks }: GateInput): Verdict {
  return leaks.length === 0
    ? passed('leak', 'no participant and no audio is on two sides')
    : failed('leak', `${leaks.length} participants or recordings are on two sides`, { leaks: leaks.length });
}

function permutedVerdict({ settings: { permuted: rules }, report: { permuted } }: GateInput): Verdict {
  const rule = 'permuted labels';
  if (permuted.length === 0) {
    const says = 'the control with permuted labels was left out';
    return rules.whenMissing === 'pass' ? skipped(rule, says) : failed(rule, says);
  }
  const far = permuted.filter(
    ({ value, low, high }) => !((low <= 0.5 && 0.5 <= high) || Math.abs(value - 0.5) <= rules.mostFromHalf),
  );
  const worst = permuted.reduce((a, b) => (Math.abs(b.value - 0.5) > Math.abs(a.value - 0.5) ? b : a));
  return judged(
    far.length === 0,
    rule,
    `a fit to labels dealt out anew has an area under the curve of ${shown(worst.value)} [${shown(worst.low)}, ${shown(worst.high)}]; near 0.5 is asked for`,
    { value: worst.value, low: worst.low, high: worst.high, mostFromHalf: rules.mostFromHalf },
  );
}

function shortcutVerdict({ settings: { shortcuts }, report: { probes } }: GateInput): Verdict {
  const rule = 'shortcuts';
  const found = probes.filter(({ isShortcut }) => isShortcut);
  const figures = Object.fromEntries(found.map(({ name, all }) => [name, all.value]));
  if (found.length === 0) {
    return passed(rule, 'nothing but the voice tells the classes nearly as well apart');
  }
  const says = `${found.map(({ name, all }) => `${name} alone has an area under the curve of ${shown(all.value)}`).join('; ')}`;
  return shortcuts === 'warn'
    ? skipped(rule, `${says}; the card warns`, figures)
    : failed(rule, says, figures);
}

function thresholdVerdict({ settings, report: { thresholds } }: GateInput): Verdict {
  const rule = 'thresholds';
  const { keepsRule, coverage, falsePositive, falseNegative } = thresholds.test;
  const figures = Object.fromEntries(
    // A class that is not there has no share.
    Object.entries({ coverage, falsePositive, falseNegative }).filter(([, value]) => Number.isFinite(value)),
  );
  const says = `the thresholds ${keepsRule ? 'keep' : 'do not keep'} their stated rule on test recordings: coverage ${shown(coverage)}, false positive ${shown(falsePositive)}, false negative ${shown(falseNegative)}`;
  if (keepsRule) return passed(rule, says, figures);
  return settings.thresholds === 'warn' ? skipped(rule, says, figures) : failed(rule, says, figures);
}

function productionVerdict(input: GateInput): Verdict {
  const rule = 'production';
  const { settings, report, current } = input;
  const { rule: wanted, whenMissing, whenNotComparable } = settings.production;
  if (wanted === 'none') return skipped(rule, 'the configuration asks for no comparison with production');
  const { production } = report;
  const compared = production.state === 'none' ? undefined : production.sha256;
  if (current !== undefined && current !== null && current.sha256 !== compared) {
    return failed(
      rule,
      `the registry has ${current.name} ${current.version} in production, and the evaluation ${production.state === 'none' ? 'compared with nothing' : `compared with ${production.name} ${production.version}`}: evaluate again`,
      { inProduction: current.sha256, compared: compared ?? 'nothing' },
    );
  }
  switch (production.state) {
    case 'none': {
      const says = `not compared with a model in production: ${production.reason}`;
      return whenMissing === 'pass' ? skipped(rule, says) : failed(rule, says);
    }
    case 'not-comparable': {
      const says = `${production.name} ${production.version} cannot be compared: ${production.reason}`;
      return whenNotComparable === 'pass' ? skipped(rule, says) : failed(rule, says);
    }
    case 'compared':
      return comparedVerdict(rule, settings.production, production);
  }
}

function comparedVerdict(
  rule: string,
  { rule: wanted, test, level, margin }: GateSettings['production'],
  production: Extract<ProductionComparison, { state: 'compared' }>,
): Verdict {
  const than = `than ${production.name} ${production.version}`;
  if (test === 'delong' && production.deLong === null) {
    return failed(
      rule,
      'the areas under the curve cannot be compared: a class has fewer than two recordings',
    );
  }
  const { difference, standardError } = test === 'delong' ? production.deLong! : production.accuracy;
  const { pValue } = test === 'delong' ? production.deLong! : production.mcNemar;
  const name = test === 'delong' ? 'DeLong, area under the curve' : 'McNemar, right calls';
  const figures = { difference, standardError, pValue, recordings: production.recordings };
  if (wanted === 'better') {
    return judged(
      difference > 0 && pValue <= 1 - level,
      rule,
      `better ${than} is asked for with p at most ${shown(1 - level)} (${name}): the difference is ${shown(difference)}, p ${pValue.toFixed(4)}`,
      { ...figures, mostPValue: 1 - level },
    );
  }
  const low = lowerBound({ difference, standardError }, level);
  return judged(
    low >= -margin,
    rule,
    `no more than ${shown(margin)} worse ${than} is asked for with confidence ${level} (${name}): the difference is ${shown(difference)}, at least ${shown(low)}`,
    { ...figures, low, margin },
  );
}

function approvalVerdict({ settings, trainedBy, approvals, registry }: GateInput): Verdict {
  const rule = 'approval';
  if (settings.approval === 'none') return skipped(rule, 'the configuration asks for no approval');
  if (trainedBy.length === 0) {
    return failed(rule, 'the run does not say who trained, so nobody can be known to be someone else');
  }
  const ofOthers = approvals.filter(({ by }) => !trainedBy.some((name) => isSamePerson(by, name)));
  const counted = ofOthers.filter(
    ({ by }) => registry === null || (by.kind === 'account' && by.registry === registry),
  );
  const approval = counted.at(-1);
  const figures = { trainedBy: trainedBy.join(', '), approvals: approvals.length };
  if (approval === undefined) {
    const others =
      ofOthers.length === 0
        ? ''
        : `; of those that there are none is of an account of ${registry ?? 'a registry'}`;
    return failed(
      rule,
      `someone other than ${trainedBy.join(', ')} must approve this very model first${others}`,
      figures,
    );
  }
  return passed(rule, `approved by ${nameOf(approval.by)} at ${approval.at}: ${approval.why}`, {
    ...figures,
    approvedBy: nameOf(approval.by),
  });
}

function shown(value: number): string {
  return value.toFixed(3);
}
