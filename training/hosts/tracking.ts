/** Where runs are kept besides the disk: at the registry that options name, in MLflow as its own variables say. */
import process from 'node:process';
import { mlflowTracker } from '../adapters/mlflow/tracker.ts';
import type { RegistryConnection } from '../adapters/registry-http/connection.ts';
import { registryTracker } from '../adapters/registry-http/runs.ts';
import type { Tracker } from '../ports/tracker.ts';

export const trackingHelp = `Runs are kept at the registry too, where one is named, and in MLflow where MLFLOW_TRACKING_URI names a server (with
MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD; MLFLOW_EXPERIMENT_NAME, else
"spira"). What is away never makes a run fail: it gets what it lacks by the next step, or by "runs --sync".
`;

export function openTrackers(
  registry: RegistryConnection | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): readonly Tracker[] {
  const named = (name: string): string | undefined => {
    const value = environment[name];
    return value === undefined || value.trim() === '' ? undefined : value;
  };
  const uri = named('MLFLOW_TRACKING_URI');
  return [
    ...(registry === undefined ? [] : [registryTracker(registry)]),
    ...(uri === undefined
      ? []
      : [
          mlflowTracker({
            uri,
            token: named('MLFLOW_TRACKING_TOKEN'),
            username: named('MLFLOW_TRACKING_USERNAME'),
            password: named('MLFLOW_TRACKING_PASSWORD'),
            experiment: named('MLFLOW_EXPERIMENT_NAME') ?? 'spira',
          }),
        ]),
  ];
}
