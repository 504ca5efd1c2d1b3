/** The evaluation as a page that stands alone: no script, nothing loaded from anywhere. */
import type { TrainingConfiguration } from '../../../contract/training/configuration.ts';
import type { EvaluationReport } from '../evaluate/report.ts';
import { describeProduction } from '../compare/production.ts';
import type { Interval } from '../evaluate/intervals.ts';
import { metricNames } from '../fit/metrics.ts';
import { barPlot, calibrationPlot, escapeText, linePlot } from './svg.ts';
import { howTested, thresholdsFrom } from './wording.ts';

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #c4c4cc;padding:.3rem .7rem;text-align:left}
svg{color:#123a63;font-size:12px;max-width:100%;margin:.5rem 1rem .5rem 0}svg text{fill:#1b1b1f}
.warning{border-left:4px solid #8a4b00;padding:.3rem .8rem;margin:.5rem 0;background:#fff6e8}`;

/** An HTML document in English, for researchers. Names no recording and no participant. */
export function renderReport(report: EvaluationReport, configuration: TrainingConfiguration): string {
  const { model, features } = configuration;
  const sections = [
    `<h1>Evaluation of ${escapeText(model.name)} ${escapeText(model.version)}</h1>`,
    `<p>${escapeText(configuration.network)} network, ${features.kind} windows of ${features.windowS} s every ${features.stepS} s. Intervals: ${Math.round(100 * report.level)} %, participants resampled ${report.replicates} times within class. The unit is the recording; calls are made at a score of 0.5. ${howTested(report)}</p>`,
    warnings(report),
    `<h2>Test recordings</h2>${conditionTable(report)}`,
    `<h2>Curves</h2>${curves(report)}`,
    `<h2>Groups</h2>${groups(report)}`,
    `<h2>Decision</h2>${decision(report, configuration)}`,
    `<h2>Beside the model in production</h2><p>${escapeText(describeProduction(report.production))}</p>`,
    `<h2>Controls</h2>${controls(report)}`,
    `<h2>Data</h2>${data(report)}`,
  ];
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Evaluation of ${escapeText(model.name)} ${escapeText(model.version)}</title><style>${style}</style></head><body>\n${sections.join('\n')}\n</body></html>\n`;
}

function warnings({ warnings: all }: EvaluationReport): string {
  if (all.length === 0) return '<p>No warnings.</p>';
  return all
    .map((text) => `<p class="warning"><strong>Warning:</strong> ${escapeText(text)}.</p>`)
    .join('\n');
}

function conditionTable({ conditions, validation }: EvaluationReport): string {
  const columns = [
    ...Object.entries(conditions).map(([name, figures]) => [name, figures] as const),
    ['validation, clean', validation] as const,
  ];
  return table(
    ['', ...columns.map(([name]) => name)],
    metricNames.map((metric) => [metric, ...columns.map(([, figures]) => estimate(figures[metric]))]),
  );
}

function curves(report: EvaluationReport): string {
  const { roc, calibration, fit } = report;
  const unit = [0, 1] as const;
  return [
    linePlot(
      { title: 'ROC', xLabel: 'false positive rate', yLabel: 'true positive rate', x: unit, y: unit },
      [
        {
          name: 'model',
          dashes: '',
          points: roc.map(({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate]),
        },
        {
          name: 'chance',
          dashes: '2 4',
          points: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    ),
    calibrationPlot(
      {
        title: `Calibration (expected error ${estimate(calibration.expectedError)})`,
        xLabel: 'mean score',
        yLabel: 'truly positive',
        x: unit,
        y: unit,
      },
      calibration.bins.map(({ meanScore, positiveShare }) => ({ x: meanScore, ...positiveShare })),
    ),
    fit.curve.length === 0 ? '<p>There is no curve of learning.</p>' : learning(report),
  ].join('\n');
}

function learning({ fit }: EvaluationReport): string {
  const losses = fit.curve.flatMap(({ trainingLoss, evaluationLoss }) => [trainingLoss, evaluationLoss]);
  const epochs = [0, Math.max(1, fit.curve.length - 1)] as const;
  return linePlot(
    {
      title: `Learning (best epoch ${fit.bestEpoch}, stopped: ${fit.stop})`,
      xLabel: 'epoch',
      yLabel: 'loss',
      x: epochs,
      y: [0, Math.max(0.1, ...losses)],
    },
    [
      {
        name: 'training',
        dashes: '4 3',
        points: fit.curve.map(({ epoch, trainingLoss }) => [epoch, trainingLoss]),
      },
      {
        name: 'validation',
        dashes: '',
        points: fit.curve.map(({ epoch, evaluationLoss }) => [epoch, evaluationLoss]),
      },
    ],
  );
}

function groups({ groups: all }: EvaluationReport): string {
  if (all.length === 0) return '<p>The data tell no groups apart.</p>';
  const named = all.map((one) => ({ ...one, name: `${one.group}: ${one.value}` }));
  return [
    barPlot(
      'Accuracy per group',
      named.map(({ name, recordings, figures }) => ({
        name: `${name} (${recordings})`,
        ...figures['accuracy']!,
      })),
    ),
    table(
      ['group', 'recordings', 'participants', ...metricNames],
      named.map(({ name, recordings, participants, figures }) => [
        name,
        String(recordings),
        String(participants),
        ...metricNames.map((metric) => estimate(figures[metric])),
      ]),
    ),
  ].join('\n');
}

function decision(report: EvaluationReport, { evaluate }: TrainingConfiguration): string {
  const { thresholds } = report;
  const { validation, test, allowed } = thresholds;
  const { positive, negative } = thresholds.thresholds;
  const rule =
    evaluate.thresholds.kind === 'error'
      ? `at most ${percent(evaluate.thresholds.atMost)} of each class called wrongly`
      : `at least ${percent(evaluate.thresholds.atLeast)} of recordings answered`;
  const row = (name: string, counts: typeof test.positiveClass): readonly string[] => [
    name,
    String(counts.negative),
    String(counts.inconclusive),
    String(counts.positive),
  ];
  return [
    `<p>Positive at or above ${positive.toFixed(3)}, negative at or below ${negative.toFixed(3)}, else inconclusive; chosen on ${thresholdsFrom(report)} for ${rule}. On test recordings the rule is ${test.keepsRule ? 'kept' : '<strong>not kept</strong>'}: coverage ${estimate(test.intervals['coverage'])}, false positive ${estimate(test.intervals['falsePositive'])}, false negative ${estimate(test.intervals['falseNegative'])}. The model may say: ${allowed.join(', ')}.</p>`,
    table(
      ['', 'negative', 'inconclusive', 'positive'],
      [
        row('validation, positive class', validation.positiveClass),
        row('validation, negative class', validation.negativeClass),
        row('test, positive class', test.positiveClass),
        row('test, negative class', test.negativeClass),
      ],
    ),
  ].join('\n');
}

function controls({ permuted, probes, noiseLoss }: EvaluationReport): string {
  const rows = [
    [
      'leak',
      'no participant and no audio is on two sides',
      'checked on the stored split; a leak stops the run',
    ],
    ...permuted.map((auc, index) => [
      `permuted labels ${index + 1}`,
      `area under the curve ${estimate(auc)}`,
      'near 0.5 where nothing leaks',
    ]),
    ...(permuted.length === 0 ? [['permuted labels', 'not done', 'left out by the configuration']] : []),
    [
      'noise',
      noiseLoss === null ? 'not known' : `accuracy lost: ${noiseLoss.toFixed(3)}`,
      'clean minus the worst with noise on test recordings',
    ],
    ...probes.map(({ name, test, all, isShortcut }) => [
      `probe: ${name}`,
      `area under the curve, all recordings ${estimate(all)}, test ${test === null ? 'not defined' : estimate(test)}`,
      isShortcut ? 'a shortcut' : 'no shortcut',
    ]),
  ];
  return table(['control', 'found', ''], rows);
}

function data({ sides, exclusions, dataHash, splitHash }: EvaluationReport): string {
  const left = Object.entries(exclusions).map(([kind, count]) => `${count} ${kind}`);
  return [
    table(
      ['side', 'recordings', 'positive participants', 'negative participants'],
      Object.entries(sides).map(([side, facts]) => [
        side,
        String(facts.recordings),
        String(facts.positiveParticipants),
        String(facts.negativeParticipants),
      ]),
    ),
    `<p>Left out: ${left.length === 0 ? 'nothing' : escapeText(left.join(', '))}. Data <code>${dataHash}</code>, split <code>${splitHash}</code>.</p>`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const headCells = head.map((cell) => `<th scope="col">${escapeText(cell)}</th>`).join('');
  const body = rows.map((row) => {
    const [first, ...rest] = row;
    return `<tr><th scope="row">${escapeText(first!)}</th>${rest.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`;
  });
  return `<table><thead><tr>${headCells}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

function estimate(interval: Interval | undefined): string {
  if (interval === undefined) return 'not defined';
  const { value, low, high } = interval;
  return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
