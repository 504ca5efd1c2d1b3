import { describe, expect, it } from 'vitest';
import { gateSettingsSchema, type Person, type Verdict } from '../../../contract/training/release.ts';
import type { ProductionComparison } from '../compare/production.ts';
import type { EvaluationReport } from '../evaluate/report.ts';
import { failedRules, judgeRelease, type GateInput } from './judge-release.ts';

const exact = (value: number, half = 0.05) => ({ value, low: value - half, high: value + half });
const good = {
  accuracy: exact(0.9),
  sensitivity: exact(0.9),
  specificity: exact(0.9),
  f1: exact(0.9),
  auc: exact(0.95, 0.03),
  brier: exact(0.1),
};
const counts = { positive: 1, negative: 1, inconclusive: 0 };
const decisions = {
  positiveClass: counts,
  negativeClass: counts,
  coverage: 1,
  falsePositive: 0,
  falseNegative: 0,
};
const side = { recordings: 40, positiveParticipants: 20, negativeParticipants: 20 };
const none: ProductionComparison = { state: 'none', reason: 'there is none' };
const compared: Extract<ProductionComparison, { state: 'compared' }> = {
  state: 'compared',
  name: 'breath',
  version: '1.0.0',
  sha256: 'b'.repeat(64),
  source: 'registry',
  recordings: 100,
  participants: 100,
  notScored: 0,
  accuracy: { first: 0.9, second: 0.85, difference: 0.05, standardError: 0.03 },
  mcNemar: { onlyFirst: 8, onlySecond: 3, pValue: 0.2266 },
  deLong: { first: 0.95, second: 0.9, difference: 0.05, standardError: 0.02, pValue: 0.0124 },
  differences: { accuracy: exact(0.05), auc: exact(0.05) },
};
const report: EvaluationReport = {
  format: 1,
  dataHash: 'd'.repeat(64),
  splitHash: 'e'.repeat(64),
  level: 0.95,
  replicates: 2000,
  sides: { training: side, validation: side, test: side },
  exclusions: {},
  fit: {
    format: 1,
    network: 'small',
    parameterCount: 1,
    bestEpoch: 1,
    bestLoss: 0.1,
    steps: 1,
    stop: 'patience',
    curve: [],
  },
  conditions: { clean: good },
  noiseLoss: 0.05,
  validation: good,
  calibration: { bins: [], expectedError: exact(0.05) },
  roc: [],
  groups: [
    { group: 'sex', value: 'F', recordings: 20, participants: 20, figures: good },
    { group: 'sex', value: 'M', recordings: 20, participants: 20, figures: good },
  ],
  thresholds: {
    thresholds: { positive: 0.6, negative: 0.4 },
    limits: { lowest: 0.05, highest: 0.95 },
    toleratedErrors: 0.1,
    allowed: ['positive', 'negative', 'inconclusive'],
    validation: decisions,
    test: { ...decisions, intervals: {}, keepsRule: true },
  },
  permuted: [exact(0.52, 0.1)],
  probes: [{ name: 'loudness', test: null, all: exact(0.55), isShortcut: false }],
  production: none,
  warnings: [],
};
const ada: Person = { kind: 'named', name: 'Ada' };
const input: GateInput = {
  settings: gateSettingsSchema.parse({}),
  report,
  leaks: [],
  trainedBy: ['grace'],
  approvals: [{ by: ada, at: '2026-11-21T12:00:00.000Z', why: 'read the report' }],
  registry: null,
};
const judge = (
  change: { report?: Partial<EvaluationReport>; gate?: unknown } & Partial<Omit<GateInput, 'report'>> = {},
): readonly Verdict[] => {
  const { report: part = {}, gate, ...rest } = change;
  return judgeRelease({
    ...input,
    ...(gate === undefined ? {} : { settings: gateSettingsSchema.parse(gate) }),
    ...rest,
    report: { ...report, ...part },
  });
};
const failures = (...args: Parameters<typeof judge>): readonly string[] =>
  failedRules(judge(...args)).map(({ rule, says }) => `${rule}: ${says}`);
const withFigure = (name: keyof typeof good, value: number, half = 0.05) => ({
  report: { conditions: { clean: { ...good, [name]: exact(value, half) } } },
});

describe('the release gate', () => {
  it('lets a good model pass and gives a verdict with figures for every rule', () => {
    const verdicts = judge();
    expect(failedRules(verdicts)).toEqual([]);
    expect(verdicts.map(({ rule, outcome }) => `${rule}: ${outcome}`)).toEqual([
      'floor sensitivity: passed',
      'bound sensitivity: passed',
      'floor specificity: passed',
      'bound specificity: passed',
      'floor auc: passed',
      'bound auc: passed',
      'ceiling brier: passed',
      'group sex F floor accuracy: passed',
      'group sex M floor accuracy: passed',
      'noise: passed',
      'leak: passed',
      'permuted labels: passed',
      'shortcuts: passed',
      'thresholds: passed',
      'production: not-applicable',
      'approval: passed',
    ]);
    expect(verdicts.find(({ rule }) => rule === 'floor auc')).toEqual({
      rule: 'floor auc',
      outcome: 'passed',
      says: 'auc is 0.950, asked for is 0.750',
      figures: { value: 0.95, least: 0.75 },
    });
  });

  it.each<[string, Parameters<typeof judge>[0], string]>([
    [
      'a metric below its floor',
      withFigure('auc', 0.74, 0.01),
      'floor auc: auc is 0.740, asked for is 0.750',
    ],
    [
      'a metric whose interval reaches too low',
      withFigure('sensitivity', 0.7, 0.25),
      'bound sensitivity: lower end of sensitivity is 0.450, asked for is 0.500',
    ],
    [
      'a Brier score no better than guessing',
      withFigure('brier', 0.26),
      'ceiling brier: Brier score is 0.260, allowed is 0.250',
    ],
    [
      'a group that it serves badly',
      {
        report: {
          groups: [{ ...report.groups[0]!, figures: { ...good, accuracy: exact(0.5) } }, report.groups[1]!],
        },
      },
      'group sex F floor accuracy: accuracy is 0.500, asked for is 0.600',
    ],
    [
      'a required group that was hardly tested',
      {
        gate: { groups: { required: ['sex'] } },
        report: { groups: [{ ...report.groups[0]!, participants: 9 }, report.groups[1]!] },
      },
      'group sex: 1 values of sex were tested on 10 participants or more, 2 are needed',
    ],
    [
      'a model that depends on who got the noise',
      { report: { noiseLoss: 0.101 } },
      'noise: accuracy falls by 0.101 from clean to noisy, allowed is 0.100',
    ],
    [
      'a model that was never tried in noise',
      { report: { noiseLoss: null } },
      'noise: how the model does in noise is not known: the data name no noise clips',
    ],
    ['a leak', { leaks: ['subject p1'] }, 'leak: 1 participants or recordings are on two sides'],
    [
      'a fit to dealt out labels that is better than chance',
      { report: { permuted: [exact(0.5), exact(0.8)] } },
      'permuted labels: a fit to labels dealt out anew has an area under the curve of 0.800 [0.750, 0.850]; near 0.5 is asked for',
    ],
    [
      'no control',
      { report: { permuted: [] } },
      'permuted labels: the control with permuted labels was left out',
    ],
    [
      'a shortcut',
      { report: { probes: [{ name: 'loudness', test: null, all: exact(0.8), isShortcut: true }] } },
      'shortcuts: loudness alone has an area under the curve of 0.800',
    ],
    [
      'thresholds that break their rule',
      {
        report: {
          thresholds: {
            ...report.thresholds,
            test: { ...report.thresholds.test, falsePositive: 0.3, keepsRule: false },
          },
        },
      },
      'thresholds: the thresholds do not keep their stated rule on test recordings: coverage 1.000, false positive 0.300, false negative 0.000',
    ],
  ])('refuses %s, by that rule alone', (_name, change, said) => {
    expect(failures(change)).toEqual([said]);
  });

  it('names a group that is too small to be judged, and lets it pass', () => {
    const small = { ...report.groups[0]!, participants: 9, figures: { accuracy: exact(0.1) } };
    const verdict = judge({ report: { groups: [small] } }).find(({ rule }) => rule === 'group sex F');
    expect(verdict).toMatchObject({
      outcome: 'not-applicable',
      figures: { participants: 9, leastParticipants: 10 },
    });
  });

  it('refuses where a figure is no number, whatever the floor', () => {
    expect(failures(withFigure('auc', Number.NaN))).toHaveLength(2);
    expect(failures({ report: { noiseLoss: Number.NaN } })).toHaveLength(1);
  });

  it('passes over what the configuration only warns of', () => {
    const gate = {
      shortcuts: 'warn',
      thresholds: 'warn',
      noise: { whenUnknown: 'pass' },
      permuted: { whenMissing: 'pass' },
    };
    const change = {
      noiseLoss: null,
      permuted: [],
      probes: [{ name: 'loudness', test: null, all: exact(0.8), isShortcut: true }],
    };
    expect(failures({ gate, report: change })).toEqual([]);
  });
});

describe('the rule of production', () => {
  const rule = (change: Partial<typeof compared>, gate: object, current?: GateInput['current']) =>
    judge({
      gate: { production: gate },
      report: { production: { ...compared, ...change } },
      ...(current === undefined ? {} : { current }),
    }).find((one) => one.rule === 'production')!;

  it('asks for significance where better is asked for', () => {
    expect(rule({}, { rule: 'better', test: 'delong' }).outcome).toBe('passed');
    expect(rule({}, { rule: 'better', test: 'mcnemar' })).toMatchObject({
      outcome: 'failed',
      says: expect.stringContaining('p 0.2266') as string,
    });
    const worse = { deLong: { ...compared.deLong!, difference: -0.05 } };
    expect(rule(worse, { rule: 'better' }).outcome).toBe('failed');
  });

  it('asks for a lower end above the margin where not worse is asked for', () => {
    // 0.05 − 1.6449 · 0.02
    expect(rule({}, {}).figures['low']).toBeCloseTo(0.0171, 4);
    const uncertain = { deLong: { ...compared.deLong!, difference: 0, standardError: 0.05 } };
    expect(rule(uncertain, {})).toMatchObject({
      outcome: 'failed',
      says: expect.stringContaining('at least -0.082') as string,
    });
    expect(rule(uncertain, { margin: 0.1 }).outcome).toBe('passed');
    expect(rule({ deLong: null }, {}).outcome).toBe('failed');
    expect(rule({ deLong: null }, { test: 'mcnemar' }).outcome).toBe('passed');
  });

  it('refuses a comparison with another model than the registry has in production now', () => {
    const current = { name: 'breath', version: '1.1.0', sha256: 'c'.repeat(64) };
    expect(rule({}, {}, current)).toMatchObject({
      outcome: 'failed',
      says: expect.stringContaining('breath 1.1.0 in production') as string,
    });
    expect(rule({}, {}, { ...current, sha256: compared.sha256 }).outcome).toBe('passed');
    expect(judge({ current }).find((one) => one.rule === 'production')!.outcome).toBe('failed');
    expect(failures({ current: null })).toEqual([]);
  });

  it('treats a missing and an incomparable model as configured', () => {
    expect(failures({ gate: { production: { whenMissing: 'refuse' } } })).toEqual([
      'production: not compared with a model in production: there is none',
    ]);
    const { name, version, sha256, source } = compared;
    const incomparable = {
      state: 'not-comparable',
      name,
      version,
      sha256,
      source,
      reason: 'fields',
    } as const;
    expect(failures({ report: { production: incomparable } })).toEqual([
      'production: breath 1.0.0 cannot be compared: fields',
    ]);
    const gate = { production: { whenNotComparable: 'pass' } };
    expect(failures({ gate, report: { production: incomparable } })).toEqual([]);
    expect(
      failures({ gate: { production: { rule: 'none' } }, report: { production: incomparable } }),
    ).toEqual([]);
  });
});

describe('the rule of approval', () => {
  const at = '2026-11-21T12:00:00.000Z';
  const account = (username: string, registry = 'https://one.example'): Person => ({
    kind: 'account',
    id: '01900000-0000-7000-8000-000000000001' as Extract<Person, { kind: 'account' }>['id'],
    username,
    registry,
  });
  const approvals = (...by: Person[]) => by.map((one) => ({ by: one, at, why: 'good' }));

  it('refuses without one, and one by whoever trained under any spelling', () => {
    expect(failures({ approvals: [] })).toHaveLength(1);
    expect(failures({ approvals: approvals({ kind: 'named', name: ' GRACE ' }) })).toHaveLength(1);
    expect(failures({ trainedBy: ['grace', 'ada'] })).toHaveLength(1);
    expect(failures({ trainedBy: [] })).toEqual([
      'approval: the run does not say who trained, so nobody can be known to be someone else',
    ]);
    expect(failures({ gate: { approval: 'none' }, approvals: [] })).toEqual([]);
  });

  it('counts only accounts of the registry where there is one', () => {
    const registry = 'https://one.example';
    expect(failures({ registry })).toHaveLength(1);
    expect(failures({ registry, approvals: approvals(account('ada', 'https://two.example')) })).toHaveLength(
      1,
    );
    expect(failures({ registry, approvals: approvals(ada, account('ada')) })).toEqual([]);
    expect(failures({ registry, approvals: approvals(account('grace')) })).toHaveLength(1);
  });
});
