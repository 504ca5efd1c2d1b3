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
import { employ, startRegistry, type RegistryPeople, type RegistryProcess } from './registry-process.ts';

/** The fleet of the scale table is 300 by 50; this many sessions each end within minutes on two cores. */
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
  readonly kept: KeptThere;
}

interface Places {
  /** How the row is called. */
  readonly what: string;
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Measures, and answers with a Markdown section. */
export async function benchRegistry(wishes: BenchWishes): Promise<string> {
  const workstations = wishes.workstations ?? usual.workstations;
  const sessions = wishes.sessions ?? usual.sessions;
  const speech = readSpeech();
  const recordings: (readonly FleetRecording[])[] = [];
  for (let seed = 1; seed <= sounds; seed += 1) {
    recordings.push(await packRecordings(sessionRecordings(speech, seed)));
  }
  const measured: Drained[] = [];
  const skipped: string[] = [];
  for (const open of [embedded, services]) {
    const places = await open();
    if (typeof places === 'string') {
      skipped.push(places);
      continue;
    }
    try {
      measured.push(await drainInto(places, { workstations, sessions, recordings }));
    } finally {
      await places.stop();
    }
  }
  return report(measured, { workstations, sessions, recordings, skipped });
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
    const kept = await checkKept(people.researcher, drained.sessions, heardTakes);
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
  { sessions, recordings }: Load,
): Promise<Pick<Drained, 'sessions' | 'elapsedS' | 'peakBytes' | 'registryS' | 'fleetS'>> {
  const processorBefore = registry.processorS() ?? Number.NaN;
  const own = process.cpuUsage();
  const startMs = performance.now();
  const sent = await Promise.all(
    stations.map(async (station, place) => {
      const done: FleetSession[] = [];
      for (let turn = 0; turn < sessions; turn += 1) {
        done.push(await station.send(recordings[(place + turn) % recordings.length]!));
      }
      return done;
    }),
  );
  const elapsedS = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(own);
  const processorAfter = registry.processorS();
  return {
    sessions: sent.flat(),
    elapsedS,
    peakBytes: registry.peakBytes(),
    registryS: processorAfter === undefined ? undefined : processorAfter - processorBefore,
    fleetS: (user + system) / 1e6,
  };
}

function report(measured: readonly Drained[], facts: Load & { readonly skipped: readonly string[] }): string {
  const { workstations, sessions, recordings, skipped } = facts;
  const bytes = recordings.map((all) => all.reduce((total, recording) => total + recording.bytes.length, 0));
  const meanMiB = bytes.reduce((total, value) => total + value, 0) / bytes.length / 2 ** 20;
  const lines = [
    `### Registry: ${String(workstations)} workstations, ${String(sessions)} sessions each`,
    '',
    `${thisMachine()}; fleet, registry and services share its cores. Simulated workstations on loopback, all at once: ` +
      'each enrols with its own Ed25519 key, signs every call, and has its sessions one after the other; a session is ' +
      `its items, four recordings of 29 s in all as FLAC (${shown(meanMiB)} MiB) by tus side by side, and a receipt whose ` +
      'signature and hashes are checked. Time of a session: from its first call to the receipt. PostgreSQL with fsync; ' +
      'S3 is s3rver, a small server for tests.',
    '',
    '| registry | sessions per second | MiB per second | median per session, s | p95 per session, s | peak memory of the registry, MiB | processor: registry, fleet, s | calls repeated | lost | doubled | to be reviewed |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...measured.map(row),
    '',
    `Lost and doubled are counted through the registry's API over all ${String(workstations * sessions)} sessions; the audio of ` +
      `${String(measured[0]?.kept.heard ?? 0)} recordings was fetched and its SHA-256 compared. The fleet of the scale ` +
      'table: `npm run bench -- registry --workstations 300 --sessions 50` (hours, and 20 GiB on disk).',
  ];
  if (skipped.length > 0) lines.push('', `Not measured: ${skipped.join('; ')}.`);
  return lines.join('\n');
}

function row({ what, sessions, elapsedS, repeats, peakBytes, registryS, fleetS, kept }: Drained): string {
  const seconds = sessions.map(({ ms }) => ms / 1000);
  const sentBytes = sessions.reduce((total, session) => total + session.sentBytes, 0);
  const cells = [
    what,
    shown(sessions.length / elapsedS),
    shown(sentBytes / 2 ** 20 / elapsedS),
    shown(quantile(seconds, 0.5)),
    shown(quantile(seconds, 0.95)),
    inMiB(peakBytes),
    `${shown(registryS ?? Number.NaN)}, ${shown(fleetS)}`,
    [...repeats].map(([why, times]) => `${String(times)} (${why})`).join(', ') || '0',
    String(kept.lost),
    String(kept.doubled),
    String(kept.reviews),
  ];
  return `| ${cells.join(' | ')} |`;
}
