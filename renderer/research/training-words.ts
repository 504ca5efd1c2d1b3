/** Words for what training names by keys; a key that this program does not know stands as it is. */
import { conditions, trainingSteps } from '../../contract/training/run.ts';
import type { TrainingConfiguration } from '../../contract/training/configuration.ts';
import type { Text } from '../i18n/index.ts';

const metrics = ['accuracy', 'sensitivity', 'specificity', 'f1', 'auc', 'brier'] as const;

/** In the order in which they are read. */
export const metricOrder: readonly string[] = metrics;

export function metricWord({ t }: Pick<Text, 't'>, name: string): string {
  const known = metrics.find((metric) => metric === name);
  return known === undefined ? name : t(`training.metric.${known}`);
}

export function conditionWord({ t }: Pick<Text, 't'>, name: string): string {
  const known = conditions.find((condition) => condition === name);
  return known === undefined ? name : t(`training.condition.${known}`);
}

const networks = ['reference', 'small', 'baseline'] as const;

export function networkWord({ t }: Pick<Text, 't'>, name: string): string {
  const known = networks.find((network) => network === name);
  return known === undefined ? name : t(`training.networkName.${known}`);
}

export function stepWord({ t }: Pick<Text, 't'>, name: string): string {
  const known = trainingSteps.find((step) => step === name);
  return known === undefined ? name : t(`training.step.${known}`);
}

/** The model that a configuration makes, with which network, of which data. */
export function trainedWhat(
  text: Pick<Text, 't' | 'format'>,
  { data, model, network }: TrainingConfiguration,
): string {
  const { name, version } = model;
  return text.t('schedule.trains', {
    name,
    version,
    network: networkWord(text, network),
    data: dataWords(text, data),
  });
}

function dataWords({ t, format }: Pick<Text, 't' | 'format'>, data: TrainingConfiguration['data']): string {
  switch (data.kind) {
    case 'csv':
      return t('schedule.data.csv', { file: data.file });
    case 'lists':
      return t('schedule.data.lists', { files: format.list([data.patients, data.controls]) });
    case 'registry':
      return t('schedule.data.registry', { recordings: format.list(data.recordings) });
    default:
      return data satisfies never;
  }
}
