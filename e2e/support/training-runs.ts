/** Runs, schedules and jobs as training programs bring them to the registry. */
import type { TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import { trainingConfigurationSchema } from '../../contract/training/configuration.ts';
import type { RegistryUser } from './registry.ts';

const at = '2026-11-20T10:00:00.000Z';
const hash = (digit: string): string => digit.repeat(64);
const configuration = (seed: number) =>
  trainingConfigurationSchema.parse({
    data: { kind: 'csv', file: 'digits.csv' },
    fit: { seed },
    model: { name: 'digits-demonstration', version: '1.0.0', recording: 'sustentada' },
  });

export interface RunWish {
  readonly id: string;
  readonly parent: string | null;
  readonly seed: number;
  /** How much better than a plain run it is. */
  readonly quality: number;
}

/** A run that was fitted and evaluated, over data that every run of these tests shares. */
export async function putRun(user: RegistryUser, { id, parent, seed, quality }: RunWish): Promise<void> {
  const step = (figures: Readonly<Record<string, number | string>>) => ({
    state: 'done',
    key: hash('1'),
    configurationSha256: hash('2'),
    inputs: {},
    outputs: {},
    figures,
    startedAt: at,
    finishedAt: at,
    codeVersion: '0.1.0',
    isReused: false,
  });
  const metric = (value: number) => ({ value, low: value - 0.06, high: Math.min(1, value + 0.05) });
  const metrics = (loss: number) => ({
    accuracy: metric(0.9 + quality - loss),
    sensitivity: metric(0.88 + quality - loss),
    specificity: metric(0.92 + quality - loss),
    auc: metric(0.94 + quality - loss),
    brier: metric(0.11 + loss),
  });
  await user.json('PUT', `/api/v1/training/runs/${id}`, {
    record: {
      format: 1,
      id,
      parent,
      createdAt: at,
      folder: 'runs',
      configuration: configuration(seed),
      codeVersion: '0.1.0',
      codeSha256: hash('3'),
      environment: {},
      steps: {
        snapshot: step({ dataHash: hash('a') }),
        split: step({ splitHash: hash('b') }),
        features: step({}),
        fit: step({}),
        evaluate: step({ accuracy: 0.9 + quality, auc: 0.94 + quality }),
      },
    },
    metrics: { clean: metrics(0), 'noisy-controls': metrics(0.03), 'noisy-both': metrics(0.05) },
    curve: Array.from({ length: 24 }, (_, index) => ({
      epoch: index + 1,
      trainingLoss: 0.7 * Math.exp(-index / (9 - 40 * quality)) + 0.04,
      evaluationLoss: 0.7 * Math.exp(-index / 9) + 0.12 - quality + 0.02 * Math.sin(index * seed),
      evaluationAccuracy: 0.5 + (0.4 + quality) * (1 - Math.exp(-index / 5)),
      learningRate: 0.001,
    })),
  });
}

/** Every Saturday, unless the wish says otherwise. */
export async function putSchedule(user: RegistryUser, id: string, wish: object = {}): Promise<void> {
  await user.json('PUT', `/api/training/schedules/${id}`, {
    kind: 'digits',
    occasion: { on: 'cron', expression: '0 3 * * 6', timeZone: 'America/Sao_Paulo' },
    configuration: configuration(1),
    ...wish,
  });
}

export async function schedulesOf(user: RegistryUser): Promise<readonly TrainingSchedule[]> {
  const { schedules } = await user.json<{ readonly schedules: readonly TrainingSchedule[] }>(
    'GET',
    '/api/training/schedules',
  );
  return schedules;
}

export async function startJob(user: RegistryUser, scheduleId: string): Promise<void> {
  await user.json('POST', '/api/training/jobs', { scheduleId });
}
