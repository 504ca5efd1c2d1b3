/** One schedule: a small fleet works while everything that can go wrong does, then calm comes, and all must be well. */
import { hospitalIdSchema, type HospitalId, type WorkstationId } from '../../contract/registry/ids.ts';
import type { AccountId } from '../../contract/ids.ts';
import { createHospital, renameHospital } from '../../registry/app/people/hospitals.ts';
import { withdrawSession } from '../../registry/app/sessions/withdraw-session.ts';
import { inviteWorkstation, revokeWorkstation } from '../../registry/app/workstations/workstations.ts';
import type { Call, World } from '../../registry/app/world.ts';
import type { Outcome } from '../../registry/core/outcome.ts';
import { BlobFailure } from '../../registry/ports/blobs.ts';
import { StoreFailure } from '../../registry/ports/store.ts';
import { openChecks, Violation, type Checks } from './checks.ts';
import { openCluster, type Answerer, type Cluster } from './registry-cluster.ts';
import { openStation, type Station, type StationFlaws } from './station.ts';
import { chanceOf, createTimeline, type Chance, type Timeline } from './timeline.ts';

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

interface Fleet {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly cluster: Cluster;
  readonly checks: Checks;
  readonly stations: readonly Station[];
  readonly hospitals: readonly HospitalId[];
  readonly trace: (line: string) => void;
  readonly onBug: (what: string, cause: unknown) => void;
  /** Workstations whose access was ended and that are not enrolled again yet. */
  readonly replaced: Set<string>;
}

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

/** On good days: hospitals, workstations, people. */
async function begin({ seed, timeline, chance, note, onBug, flaws }: Beginning): Promise<Fleet> {
  const cluster = openCluster({
    seed,
    processes: chance.between(1, 3),
    timeline,
    chance,
    trace: note,
    onBug,
    answerer: flaws.answerer,
    flaw: flaws.registry,
  });
  const stations: Station[] = [];
  const checks = openChecks(cluster, () => stations);
  const hospitals: HospitalId[] = [];
  for (let index = chance.between(1, 2); index > 0; index -= 1) {
    const made = await must(createHospital(asIt(cluster.world), { name: `Hospital ${String(index)}` }));
    hospitals.push(hospitalIdSchema.parse(made.id));
  }
  for (let index = chance.between(1, 4); index > 0; index -= 1) {
    const station = openStation({
      name: `W${String(index)}`,
      timeline,
      chance,
      cluster,
      claim: checks.claim,
      trace: note,
      onBug,
      flaws: flaws.station ?? {},
    });
    // Clocks of wards: right, a little off, a day off.
    station.setWallClock(chance.pick([0, 0, 90_000, -240_000, dayMs, -dayMs, 26 * hourMs]));
    stations.push(station);
    station.start();
    const code = await invite(cluster.world, chance.pick(hospitals));
    const beginning = station.begin(code, {
      pausesOnMetered: true,
      schedule: null,
      bandwidthBytesPerS: chance.is(0.2) ? chance.between(200, 5000) : null,
      keepAudioDays: chance.pick([null, 1, 5, 30]),
    });
    let hasBegun = false;
    void beginning.then(() => (hasBegun = true));
    const isThrough = await timeline.run(() => hasBegun, timeline.now() + hourMs);
    if (!isThrough) throw new Violation('a workstation could not be set up');
  }
  return { timeline, chance, cluster, checks, stations, hospitals, trace: note, onBug, replaced: new Set() };
}

/** The bad days: everything that will happen is laid out in time first. */
async function live(fleet: Fleet): Promise<void> {
  const { timeline, chance, cluster, stations } = fleet;
  const lengthMs = chance.pick([3, 10, 30]) * minuteMs;
  const beganMs = timeline.now();
  const roughness = chance.pick([0, 0.1, 0.5, 1]);
  cluster.troubles.roughness = chance.pick([0, 0.2, 1]);
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
  const { troubles } = cluster;
  times(4, () => cluster.kill(chance.between(0, 2), forAWhile()));
  times(1, () => forA(fleet, forAWhile(), 'database away', (is) => (troubles.isStoreAway = is)));
  times(1, () => forA(fleet, forAWhile(), 'blobs away', (is) => (troubles.areBlobsAway = is)));
  times(1, () =>
    forA(fleet, forAWhile(), 'blob store full', (is) =>
      cluster.blobs.setCapacity(is ? 2000 : Number.POSITIVE_INFINITY),
    ),
  );
  times(2, () => void withdrawThere(fleet));
  times(1, () => void rename(fleet));
  if (chance.is(0.2)) at(() => replace(fleet, chance.pick(stations)));

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
async function calmDown({ timeline, cluster, stations, checks, trace, replaced }: Fleet): Promise<void> {
  trace('calm');
  cluster.troubles.roughness = 0;
  cluster.troubles.isStoreAway = false;
  cluster.troubles.areBlobsAway = false;
  cluster.blobs.setCapacity(Number.POSITIVE_INFINITY);
  cluster.reviveAll();
  for (const station of stations) {
    station.line.roughness = 0;
    station.line.isDown = false;
    station.line.hasPortal = false;
    station.setFull(false);
    station.losePowerInWrite(Number.POSITIVE_INFINITY, 0);
    station.network.setMetered(null);
    station.start();
    station.network.change();
  }
  let left: string | undefined = '';
  for (let rounds = 0; left !== undefined; rounds += 1) {
    if (rounds === 24) throw new Violation(`never comes to rest: ${left}`);
    // As long as a process that died may hold an upload.
    await timeline.run(() => false, timeline.now() + 6 * minuteMs);
    left = replaced.size > 0 ? 'a workstation is not enrolled again' : checks.whatIsLeft();
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

/** A person at the registry; a process that dies in the middle leaves it undone or done. */
async function atTheRegistry<T>(
  { cluster, onBug }: Fleet,
  what: string,
  work: (call: Call) => Promise<T>,
): Promise<T | undefined> {
  const world = cluster.anyWorld();
  if (world === undefined) return undefined;
  try {
    return await work(asIt(world));
  } catch (cause) {
    const isAway = cause instanceof StoreFailure || cause instanceof BlobFailure;
    if (!isAway) onBug(what, cause);
    return undefined;
  }
}

async function withdrawThere(fleet: Fleet): Promise<void> {
  const { cluster, chance, checks, trace } = fleet;
  const sessions = await cluster.store.read((reader) => reader.find('sessions', {}));
  if (sessions.length === 0) return;
  const { id } = chance.pick(sessions);
  trace(`registry withdraws ${id.slice(-6)}`);
  checks.askedThere.add(id);
  const done = await atTheRegistry(fleet, 'withdraws', (call) =>
    // Whoever was not answered asks again later; here they may also let it be.
    withdrawSession(call, id, chance.is(0.5) ? 'withdrawal' : 'deletion'),
  );
  if (done?.ok === true) checks.withdrawnThere.add(id);
}

async function rename(fleet: Fleet): Promise<void> {
  const { chance, hospitals, trace } = fleet;
  const hospitalId = chance.pick(hospitals);
  const name = `Renamed ${String(chance.between(1, 1e6))}`;
  trace(`${name}`);
  await atTheRegistry(fleet, 'renames', (call) =>
    renameHospital(call, { params: { hospitalId }, body: { name } }),
  );
}

/** IT ends a workstation's access and enrols the same PC again, as long as it takes. */
function replace(fleet: Fleet, station: Station): void {
  const { cluster, timeline, trace, chance, replaced } = fleet;
  const enrolment = station.store.read(({ sync }) => sync.facts().enrolment);
  if (enrolment === null) return;
  const workstationId: WorkstationId = enrolment.workstationId;
  if (replaced.has(station.name)) return;
  replaced.add(station.name);
  trace(`${station.name} is revoked`);
  void atTheRegistry(fleet, 'revokes', (call) => revokeWorkstation(call, { workstationId }));
  const again = async (): Promise<void> => {
    const row = await cluster.store.read((reader) => reader.get('workstations', workstationId));
    // The process died, or the database was away: then it is let be.
    if (row?.revokedAt === null) return void replaced.delete(station.name);
    if (!station.isOn) return void timeline.after(10 * minuteMs, () => void again());
    const code = await invite(cluster.world, enrolment.hospital.id);
    // A PC believes that it is out only when the registry said so.
    await station.askSync();
    timeline.after(chance.between(10_000, 2 * minuteMs), () => {
      // An impatient person: the answer to this may come when the PC is enrolled again already.
      if (chance.is(0.5)) void station.askSync();
      void station.enrol(code).then(() => {
        // Also where the power was lost before anybody was told.
        const now = station.store.read(({ sync }) => sync.facts().enrolment?.workstationId);
        if (now === workstationId) return void timeline.after(minuteMs, () => void again());
        replaced.delete(station.name);
        trace(`${station.name} is enrolled again`);
      });
    });
  };
  timeline.after(10 * minuteMs, () => void again());
}

function asIt(world: World): Call {
  return {
    world,
    caller: {
      kind: 'account',
      accountId: '01900000-0000-7000-8000-0000000000c1' as AccountId,
      username: 'ines',
      roles: ['it'],
      hospitals: 'all',
    },
    requestId: 'request',
  };
}

async function invite(world: World, hospitalId: HospitalId): Promise<string> {
  const { code } = await must(
    inviteWorkstation(asIt(world), { params: { hospitalId }, body: { validHours: 24 } }),
  );
  return code;
}

async function must<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.ok) return settled.value;
  throw new Violation(`the registry refuses its own people: ${settled.problem.code}`);
}
