/** Everybody and everything of one schedule. */
import type { Checks } from './checks.ts';
import type { Cluster } from './registry-cluster.ts';
import type { RegistryPeople } from './registry-people.ts';
import type { Station } from './station.ts';
import type { Chance, Timeline } from './timeline.ts';

export interface Place {
  readonly url: string;
  readonly cluster: Cluster;
  readonly people: RegistryPeople;
}

export interface Fleet {
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** The registry to which everybody belongs at first, and in some schedules another. */
  readonly places: readonly [Place, ...Place[]];
  readonly checks: Checks;
  readonly stations: readonly Station[];
  readonly trace: (line: string) => void;
  /** Workstations that are on their way to another enrolment. */
  readonly moving: Set<string>;
}
