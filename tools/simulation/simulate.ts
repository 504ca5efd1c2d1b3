/** One schedule: a small fleet works while everything that can go wrong does, then calm comes, and all must be well. */
import type { World } from '../../registry/app/world.ts';
import { openChecks } from './checks.ts';
import type { Fleet, Place } from './fleet.ts';
import { openKeyRing } from './keys.ts';
import { moveAway, type MoveKind } from './moves.ts';
import { openCluster, type Answerer, type Cluster } from './registry-cluster.ts';
import { foundAdministration, foundHospital, invite, openRegistryPeople } from './registry-people.ts';
import { openStation, type Station, type StationFlaws } from './station.ts';
import { chanceOf, createTimeline, type Chance, type Timeline } from './timeline.ts';
import { Violation } from './violation.ts';

/** Bugs that are planted, to see whether they are found. */
export interface Flaws {
  readonly answerer?: Answerer;
  readonly registry?: (world: World) => World;
  readonly station?: StationFlaws;
}

export interface Schedule {
  readonly seed: number;
  /** Undefined: all went as it must. */
  readonly failure: string | undefined;
  /** What happened, a line each, the oldest left out where there were too many. */
  readonly trace: readonly string[];
  readonly turns: number;
  readonly sessions: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const longestTrace = 400;

/** The same seed gives the same schedule, to the byte. */
export async function simulate(seed: number, flaws: Flaws = {}): Promise<Schedule> {
  const timeline = createTimeline();
  const chance = chanceOf(seed);
  const trace: string[] = [];
  const note = (line: string): void => {
    trace.push(`${(timeline.now() / 1000).toFixed(1)}s ${line}`);
    if (trace.length > longestTrace) trace.shift();
  };
  let sessions = 0;
  let failure: string | undefined;
  try {
    const bugs: string[] = [];
    const onBug = (what: string, cause: unknown): void => {
      bugs.push(`${what}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    };
    const fleet = await begin({ seed, timeline, chance, note, onBug, flaws });
    timeline.betweenTurns(async () => {
      if (bugs.length > 0) throw new Violation(bugs[0]);
      await fleet.checks.atThisMoment();
    });
    await live(fleet);
    await calmDown(fleet);
    await fleet.checks.atTheEnd();
    sessions = fleet.checks.completed.size;
  } catch (cause) {
    if (!(cause instanceof Violation)) throw cause;
    failure = cause.message;
  }
  return { seed, failure, trace, turns: timeline.turns, sessions };
}

interface Beginning {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly note: (line: string) => void;
  readonly onBug: (what: string, cause: unknown) => void;
  readonly flaws: Flaws;
}

/** On good days: registries, hospitals, workstations, people. */
async function begin({ seed, timeline, chance, note, onBug, flaws }: Beginning): Promise<Fleet> {
  const ring = openKeyRing(seed);
  const places: Place[] = [];
  const stations: Station[] = [];
  for (const name of chance.is(0.4) ? ['R', 'S'] : ['R']) {
    const cluster = openCluster({
      name,
      seed: seed + (name === 'R' ? 0 : 0x5000_0000),
      ring,
      processes: chance.between(1, 3),
      timeline,
      chance,
      trace: note,
      onBug,
      answerer: flaws.answerer,
      flaw: flaws.registry,
    });
    await foundAdministration(cluster.world);
    const people = openRegistryPeople({ name, cluster, chance, ring, trace: note, onBug });
    for (let index = chance.between(1, 2); index > 0; index -= 1) {
      people.hospitals.push(await foundHospital(cluster.world, `Hospital ${name}${String(index)}`));
    }
    places.push({ url: `https://${name.toLowerCase()}.example`, cluster, people });
  }
  const [home, ...others] = places;
  if (home === undefined) throw new Error('there is no registry');
  const clusterAt = (url: string): Cluster =>
    places.find((place) => place.url === url)?.cluster ?? home.cluster;
  const clusters = places.map(({ cluster }) => cluster);
  const checks = openChecks({ ring, clusters, stations: () => stations });
  for (let index = chance.between(1, 4); index > 0; index -= 1) {
    const station = openStation({
      name: `W${String(index)}`,
      timeline,
      chance,
      ring,
      clusterAt,
      claim: checks.claim,
      trace: note,
      onBug,
      flaws: flaws.station ?? {},
    });
    // Clocks of wards: right, a little off, a day off.
    station.setWallClock(chance.pick([0, 0, 90_000, -240_000, dayMs, -dayMs, 26 * hourMs]));
    stations.push(station);
    station.start();
    const code = await invite(home.cluster.world, chance.pick(home.people.hospitals));
    const beginning = station.begin(home.url, code, {
      pausesOnMetered: true,
      schedule: null,
      bandwidthBytesPerS: chance.is(0.2) ? chance.between(200, 5000) : null,
      keepAudioDays: chance.pick([null, 0, 0, 1, 30]),
    });
    let hasBegun = false;
    void beginning.then(() => (hasBegun = true));
    const isThrough = await timeline.run(() => hasBegun, timeline.now() + hourMs);
    if (!isThrough) throw new Violation('a workstation could not be set up');
  }
  return { timeline, chance, places: [home, ...others], checks, stations, trace: note, moving: new Set() };
}

/** The bad days: everything that will happen is laid out in time first. */
async function live(fleet: Fleet): Promise<void> {
  const { timeline, chance, places, stations } = fleet;
  const lengthMs = chance.pick([3, 10, 30]) * minuteMs;
  const beganMs = timeline.now();
  const roughness = chance.pick([0, 0.1, 0.5, 1]);
  for (const { cluster } of places) cluster.troubles.roughness = chance.pick([0, 0.2, 1]);
  const at = (call: () => void): void => void timeline.after(chance.between(0, lengthMs), call);
  const times = (most: number, call: () => void): void => {
    for (let left = chance.between(0, most); left > 0; left -= 1) at(call);
  };
  const forAWhile = (): number => chance.pick([1000, 20_000, 2 * minuteMs, 15 * minuteMs]);

  let number = 0;
  for (const station of stations) {
    const { line } = station;
    line.roughness = roughness;
    for (let left = chance.between(0, 3); left > 0; left -= 1) at(() => void station.record((number += 1)));
    times(2, () => void station.addNote());
    times(1, () => void station.screen());
    times(1, () => void station.withdraw());
    times(2, () => void station.askSync());
    times(3, () => forA(fleet, forAWhile(), `${station.name} line down`, (is) => (line.isDown = is)));
    times(1, () => forA(fleet, forAWhile(), `${station.name} portal`, (is) => (line.hasPortal = is)));
    times(1, () => station.losePower(forAWhile()));
    times(3, () => station.losePowerInWrite(chance.between(1, 30), forAWhile()));
    times(1, () => station.close(forAWhile()));
    times(1, () => forA(fleet, forAWhile(), `${station.name} disk full`, (is) => station.setFull(is)));
    times(1, () => {
      fleet.trace(`${station.name} clock set`);
      station.setWallClock(chance.between(-2 * dayMs, 2 * dayMs));
    });
    times(2, () => station.network.change());
    times(1, () => station.network.setMetered(chance.is(0.5)));
  }
  for (const { cluster, people } of places) {
    const { troubles } = cluster;
    times(4, () => cluster.kill(chance.between(0, 2), forAWhile()));
    times(1, () => forA(fleet, forAWhile(), 'database away', (is) => (troubles.isStoreAway = is)));
    times(1, () => forA(fleet, forAWhile(), 'blobs away', (is) => (troubles.areBlobsAway = is)));
    times(1, () =>
      forA(fleet, forAWhile(), 'blob store full', (is) =>
        cluster.blobs.setCapacity(is ? 2000 : Number.POSITIVE_INFINITY),
      ),
    );
    times(2, () => void people.withdraw(fleet.checks));
    times(1, () => void people.rename());
    times(10, () => void people.changeAccounts());
    times(2, () => void people.publishDefinition());
    times(3, () => void people.changeModels());
  }
  const kinds: readonly MoveKind[] =
    places.length > 1 ? ['revoked', 'leaves', 'elsewhere', 'elsewhere'] : ['revoked', 'leaves'];
  if (chance.is(0.4)) at(() => moveAway(fleet, chance.pick(stations), chance.pick(kinds)));
  if (chance.is(0.1)) at(() => moveAway(fleet, chance.pick(stations), chance.pick(kinds)));

  await timeline.run(() => false, beganMs + lengthMs);
  if (chance.is(0.1)) await aWeek(fleet);
}

/** Everybody is away; what was sent is not gone on with until its place at the registry has expired. */
async function aWeek({ timeline, chance, stations, trace }: Fleet): Promise<void> {
  trace('a week passes');
  for (const station of stations) station.losePower(8 * dayMs);
  await timeline.run(() => false, timeline.now() + chance.between(6 * dayMs, 8 * dayMs));
}

/** No faults any more, but what is wrong with the clocks. Everything must come to rest by itself. */
async function calmDown({ timeline, places, stations, checks, trace, moving }: Fleet): Promise<void> {
  trace('calm');
  for (const { cluster } of places) {
    cluster.troubles.roughness = 0;
    cluster.troubles.isStoreAway = false;
    cluster.troubles.areBlobsAway = false;
    cluster.blobs.setCapacity(Number.POSITIVE_INFINITY);
    cluster.reviveAll();
  }
  for (const station of stations) {
    station.line.roughness = 0;
    station.line.isDown = false;
    station.line.hasPortal = false;
    station.setFull(false);
    station.losePowerInWrite(Number.POSITIVE_INFINITY, 0);
    station.network.setMetered(null);
    // A screening that a full disk broke off goes on when the app starts again, as it does the next morning.
    station.losePower(1000);
    timeline.after(2000, () => station.network.change());
  }
  let left: string | undefined = '';
  for (let rounds = 0; left !== undefined; rounds += 1) {
    if (rounds === 24) throw new Violation(`never comes to rest: ${left}`);
    // As long as a process that died may hold an upload.
    await timeline.run(() => false, timeline.now() + 6 * minuteMs);
    // As long as somebody may be at one, no model takes over.
    for (const station of stations) void station.setAsideDrafts();
    left = moving.size > 0 ? 'a workstation is not enrolled again' : checks.whatIsLeft();
  }
  // One more pass for what was learnt in the last, then a week in which all that lies around expires.
  for (const station of stations) void station.askSync();
  await timeline.run(() => false, timeline.now() + 2 * minuteMs);
  for (const station of stations) station.losePower(100 * dayMs);
  await timeline.run(() => false, timeline.now() + 9 * dayMs);
}

function forA({ timeline, trace }: Fleet, ms: number, what: string, set: (is: boolean) => void): void {
  trace(`${what} for ${String(ms / 1000)}s`);
  set(true);
  timeline.after(ms, () => set(false));
}
