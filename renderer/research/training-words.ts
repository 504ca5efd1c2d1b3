/** Words for what training names by keys; a key that this program does not know stands as it is. */
import { conditions, trainingSteps } from '../../contract/training/run.ts';
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
