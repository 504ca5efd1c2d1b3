/** Where runs are kept besides the disk, as options and environment say. */
import type { RegistryConnection } from '../adapters/registry-http/connection.ts';
import { registryTracker } from '../adapters/registry-http/runs.ts';
import type { Tracker } from '../ports/tracker.ts';

export const trackingHelp = `Runs are kept at the registry too, where one is named; what is away never makes a run fail.
`;

export function openTrackers(registry: RegistryConnection | undefined): readonly Tracker[] {
  return registry === undefined ? [] : [registryTracker(registry)];
}
