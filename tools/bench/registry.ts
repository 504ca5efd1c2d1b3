/** How fast a whole fleet drains into a registry process: into its embedded default, and over services. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  natsMissing,
  postgresMissing,
  startNats,
  startPostgres,
} from '../../registry/adapters/fixtures/services.ts';
import { startS3rver } from '../../registry/adapters/s3/fixtures/s3rver.ts';
import { inMiB, quantile, shown, thisMachine } from './figures.ts';
import {
  enrolStation,
  packRecordings,
  type FleetRecording,
  type FleetSession,
  type FleetStation,
} from './fleet.ts';
import { checkKept, type KeptThere } from './kept-there.ts';
import type { BenchWishes } from './options.ts';
import { readSpeech, sessionRecordings } from './recordings.ts';
import {
  busySecondsOfMachine,
  employ,
  startRegistry,
  type RegistryPeople,
  type RegistryProcess,
} from './registry-process.ts';

/** The fleet of the scale table is 300 by 50 (20 GiB on disk); this many sessions each end within minutes. */
const usual = { workstations: 300, sessions: 2 };
/** Different sounds; which session gets which is a matter of turn. */
const sounds = 8;
const heardTakes = 200;
const enrolledAtOnce = 10;

interface Drained {
  readonly what: string;
  readonly sessions: readonly FleetSession[];
  readonly elapsedS: number;
  /** By why. */
  readonly repeats: ReadonlyMap<string, number>;
  readonly peakBytes: number | undefined;
  readonly registryS: number | undefined;
  readonly fleetS: number;
  /** Of all processes of the machine. */
  readonly busyS: number | undefined;
  readonly kept: KeptThere;
}

interface Places {
  /** How the row is called. */
  readonly what: string;
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The registry as it starts without any setting. Measures, and answers with a Markdown section. */
export function benchEmbeddedRegistry(wishes: BenchWishes): Promise<string> {
  return benchInto(embedded, 'embedded default', wishes);
}

/** The registry over services; a section that says why where they cannot be had. */
export function benchRegistryServices(wishes: BenchWishes): Promise<string> {
  return benchInto(services, 'over services', wishes);
}

async function benchInto(
  open: () => Promise<Places | string>,
  how: string,
  wishes: BenchWishes,
): Promise<string> {
  const workstations = wishes.workstations ?? usual.workstations;
  const sessions = wishes.sessions ?? usual.sessions;
  const upTo = wishes.minutes === undefined ? '' : 'up to ';
  const title = `### Registry, ${how}: ${String(workstations)} workstations, ${upTo}${String(sessions)} sessions each`;
  const places = await open();
  if (typeof places === 'string') return [title, '', `Not measured: ${places}.`].join('\n');
  try {
    const speech = readSpeech();
    const recordings: (readonly FleetRecording[])[] = [];
    for (let seed = 1; seed <= sounds; seed += 1) {
      recordings.push(await packRecordings(sessionRecordings(speech, seed)));
    }
    const { minutes } = wishes;
    const load: Load = { workstations, sessions, recordings, minutes };
    return [title, '', ...report(await drainInto(places, load), load)].join('\n');
  } finally {
    await places.stop();
  }
}

function embedded(): Promise<Places> {
  return Promise.resolve({ what: 'SQLite, disk', settings: {}, stop: () => Promise.resolve() });
}

/** Or why there are none here. */
async function services(): Promise<Places | string> {
  const missing = await postgresMissing();
  if (missing !== undefined) return missing;
  const postgres = await startPostgres({ isDurable: true });
  const s3 = await startS3rver();
  const nats = (await natsMissing()) === undefined ? await startNats() : undefined;
  return {
    what: `PostgreSQL, S3${nats === undefined ? '' : ', NATS'}`,
    settings: {
      DATABASE_URL: await postgres.newDatabase(),
      S3_BUCKET: s3.bucket,
      S3_ENDPOINT: s3.endpoint,
      S3_FORCE_PATH_STYLE: 'true',
      S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      ...(nats === undefined ? {} : { NATS_URL: nats.url }),
    },
    async stop() {
      await nats?.stop();
      await s3.stop();
      await postgres.stop();
    },
  };
}

interface Load {
  readonly workstations: number;
  readonly sessions: number;
  readonly recordings: readonly (readonly FleetRecording[])[];
  readonly minutes: number | undefined;
}

async function drainInto({ what, settings }: Places, load: Load): Promise<Drained> {
  const folder = mkdtempSync(join(tmpdir(), 'spira-bench-'));
  const registry = await startRegistry(folder, settings);
  try {
    const people = await employ(registry);
    const stations = await enrolFleet(people, registry, load.workstations);
    const drained = await drain(registry, stations, load);
    const repeats = summed(stations.map((station) => station.repeats));
    for (const station of stations) station.close();
    const kept = await checkKept(await people.researcherAgain(), drained.sessions, heardTakes);
    return { what, ...drained, repeats, kept };
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function enrolFleet(
  people: RegistryPeople,
  { url }: RegistryProcess,
  count: number,
): Promise<readonly FleetStation[]> {
  const stations: FleetStation[] = [];
  while (stations.length < count) {
    const names = Array.from(
      { length: Math.min(enrolledAtOnce, count - stations.length) },
      (_, index) => `PC ${String(stations.length + index + 1)}`,
    );
    stations.push(...(await Promise.all(names.map((name) => enrolStation(people, url, name)))));
  }
  return stations;
}

export function summed(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [why, times] of all.flatMap((map) => [...map])) sum.set(why, (sum.get(why) ?? 0) + times);
  return sum;
}

/** All workstations at once, each its sessions one after the other, the recordings of a session side by side. */
async function drain(
  registry: RegistryProcess,
  stations: readonly FleetStation[],
  { sessions, recordings, minutes = Number.POSITIVE_INFINITY }: Load,
): Promise<Pick<Drained, 'sessions' | 'elapsedS' | 'peakBytes' | 'registryS' | 'fleetS' | 'busyS'>> {
  const processorBefore = registry.processorS() ?? Number.NaN;
  const own = process.cpuUsage();
  const busyBefore = busySecondsOfMachine();
  const startMs = performance.now();
  const sent = await Promise.all(
    stations.map(async (station, place) => {
      const done: FleetSession[] = [];
      const isInTime = (): boolean => performance.now() - startMs < minutes * 60_000;
      for (let turn = 0; turn < sessions && isInTime(); turn += 1) {
        done.push(await station.send(recordings[(place + turn) % recordings.length]!));
      }
      return done;
    }),
  );
  const elapsedS = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(own);
  const processorAfter = registry.processorS();
  const busyAfter = busySecondsOfMachine();
  return {
    sessions: sent.flat(),
    elapsedS,
    peakBytes: registry.peakBytes(),
    registryS: processorAfter === undefined ? undefined : processorAfter - processorBefore,
    fleetS: (user + system) / 1e6,
    busyS: busyAfter === undefined || busyBefore === undefined ? undefined : busyAfter - busyBefore,
  };
}

function report(drained: Drained, { workstations, sessions, recordings, minutes }: Load): readonly string[] {
  const bytes = recordings.map((all) => all.reduce((total, recording) => total + recording.bytes.length, 0));
  const meanMiB = bytes.reduce((total, value) => total + value, 0) / bytes.length / 2 ** 20;
  const { what, elapsedS, registryS = Number.NaN, fleetS, busyS = Number.NaN, repeats, kept } = drained;
  const seconds = drained.sessions.map(({ ms }) => ms / 1000);
  const sentBytes = drained.sessions.reduce((total, session) => total + session.sentBytes, 0);
  const rows: readonly (readonly [what: string, value: string])[] = [
    ['sessions, of so many', `${inFull(drained.sessions.length)} of ${inFull(workstations * sessions)}`],
    ['drained in, min', shown(elapsedS / 60)],
    ['sessions per second', shown(drained.sessions.length / elapsedS)],
    ['MiB per second', shown(sentBytes / 2 ** 20 / elapsedS)],
    ['median per session, s', shown(quantile(seconds, 0.5))],
    ['p95 per session, s', shown(quantile(seconds, 0.95))],
    ['longest session, s', shown(quantile(seconds, 1))],
    ['peak memory of the registry, MiB', inMiB(drained.peakBytes)],
    ['processor of the registry, s', shown(registryS)],
    ['processor of the fleet, s', shown(fleetS)],
    [
      'processor of everything else on the machine, its services included, s',
      shown(busyS - registryS - fleetS),
    ],
    ['calls that were told to wait, or repeated', inWords(repeats)],
    ['sessions lost', String(kept.lost)],
    ['sessions doubled', String(kept.doubled)],
    ['items to be reviewed', String(kept.reviews)],
  ];
  return [
    `${thisMachine()}; fleet, registry and services share its cores with whatever else runs (below). ` +
      'Simulated workstations on loopback, all at once: each enrols with its own Ed25519 key, signs every call, and has ' +
      'its sessions one after the other; a session is its items, four recordings of 29 s in all as FLAC ' +
      `(${shown(meanMiB)} MiB) by tus side by side, and a receipt whose signature and hashes are checked. Time of a ` +
      'session: from its first call to the receipt. PostgreSQL with fsync; S3 is s3rver, a small server for tests.',
    '',
    `| ${what} | |`,
    '|---|--:|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    `Lost and doubled are counted through the registry's API over all ${inFull(drained.sessions.length)} ` +
      `sessions; the audio of ${String(kept.heard)} recordings was fetched and its SHA-256 compared.` +
      (minutes === undefined ? '' : ` No session was begun after ${String(minutes)} min (\`--minutes\`).`),
  ];
}

function inFull(count: number): string {
  return count.toLocaleString('en');
}

function inWords(repeats: ReadonlyMap<string, number>): string {
  return [...repeats].map(([why, times]) => `${times.toLocaleString('en')} (${why})`).join(', ') || '0';
}
