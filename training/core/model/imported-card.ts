import { languages } from '../../../contract/localized.ts';
import type { ModelDescription } from '../../../contract/training/model-description.ts';
import type { LoggedModel } from './mlmodel.ts';

/** The card of a model that was made elsewhere: what its description says, and that nothing of it was measured here. */
export function renderImportedCard(
  description: ModelDescription,
  { runId, mlflowVersion }: LoggedModel,
): string {
  const { title, name, version, licence, isDemonstration, intendedUse, trainedOn, limits } = description;
  const { metrics, thresholds, dataHash } = description;
  const purpose = isDemonstration
    ? ' **A demonstration. Not for diagnosis.**'
    : ' Only within its stated use and limits.';
  const rows = metrics.map(
    ({ name: metric, value, low, high, level, method }) =>
      `| ${cell(metric)} | ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] | ${level} | ${cell(method)} |`,
  );
  return [
    `# ${title.en}`,
    `Model \`${name}\`, version ${version}.${purpose} Licence: ${licence}.`,
    ...languages.map((language) =>
      [
        `## ${language}`,
        `**${title[language]}**`,
        `- ${intendedUse[language]}`,
        `- ${trainedOn[language]}`,
        `- ${limits.text[language]}`,
      ].join('\n'),
    ),
    '## Warnings',
    '- This model was made elsewhere. None of the figures below was measured by this program.',
    '## How well it does, as its maker says',
    rows.length === 0
      ? 'Not stated.'
      : ['| metric | value | level | method |', '|---|---|---|---|', ...rows].join('\n'),
    '## Decision',
    `Positive at or above ${thresholds.positive.toFixed(3)}, negative at or below ${thresholds.negative.toFixed(3)}, else inconclusive. The model may say: ${limits.decisions.join(', ')}. Scores are shown no lower than ${limits.lowestScore} and no higher than ${limits.highestScore}.`,
    '## Where it comes from',
    `Logged with MLflow${mlflowVersion === null ? '' : ` ${mlflowVersion}`}, run ${runId ?? 'not stated'}. Data hash \`${dataHash}\`. The golden inputs are synthetic vowels, nobody's voice; their scores are those of this graph on the CPU.`,
  ]
    .join('\n\n')
    .concat('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/[\r\n]+/gu, ' ');
}
