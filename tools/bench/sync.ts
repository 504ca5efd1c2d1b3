/**
 * How well the workstation's own sync engine fills a bad line: real recordings through FLAC, tus and receipts into a
 * registry process, over a line that is slow, long and cut again and again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionId } from '../../contract/ids.ts';
import type { TakeAudio } from '../../main/ports/store-sync.ts';
import { openFaultProxy, type FaultProxy } from '../faults/fault-proxy.ts';
import { openBenchWorkstation, type BenchWorkstation } from './bench-workstation.ts';
import { inMiB, shown, thisMachine } from './figures.ts';
import { checkKept, type KeptThere } from './kept-there.ts';
import type { BenchWishes } from './options.ts';
import { readSpeech, sessionRecordings } from './recordings.ts';
import { employ, startRegistry, type RegistryPeople } from './registry-process.ts';

const bitsPerSecond = 1_000_000;
const roundTripMs = 300;
const meanMsBetweenCuts = 20_000;
const usualSessions = 20;
const aims = { share: 0.9, ofWav: 0.65 };
/** Nothing that works takes this much longer than the bytes alone. */
const givenUpAfter = 10;

interface Drained {
  readonly sessions: number;
  readonly wavBytes: number;
  readonly packedBytes: number;
  readonly upBytes: number;
  readonly cuts: number;
  readonly elapsedMs: number;
  readonly receipts: number;
  readonly kept: KeptThere;
}

/** Measures, and answers with a Markdown section. `sessions` in the wishes makes it smaller or larger. */
export async function benchSync(wishes: BenchWishes): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'spira-bench-'));
  const registry = await startRegistry(join(folder, 'registry'));
  const closers: (() => Promise<void>)[] = [() => registry.stop()];
  try {
    const people = await employ(registry);
    const proxy = await openFaultProxy(registry, { bitsPerSecond, roundTripMs, meanMsBetweenCuts });
    closers.push(() => proxy.close());
    const station = await openBenchWorkstation(join(folder, 'workstation'));
    closers.push(() => station.close());
    const ids = await recordAll(station, wishes.sessions ?? usualSessions);
    await enrol(station, proxy, people);
    return report(await drain({ station, proxy, people, ids }));
  } finally {
    for (const close of closers.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordAll(station: BenchWorkstation, count: number): Promise<readonly SessionId[]> {
  const speech = readSpeech();
  const ids: SessionId[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push(await station.record(sessionRecordings(speech, index + 1)));
  }
  return ids;
}

/** With one code, as often as the line needs: asking again leads to the same end. */
async function enrol(station: BenchWorkstation, proxy: FaultProxy, people: RegistryPeople): Promise<void> {
  const code = await people.invite();
  const url = `http://127.0.0.1:${String(proxy.port)}`;
  for (let tries = 1; ; tries += 1) {
    try {
      await station.asIt('sync.enrol', { url, code, name: 'Leito 4' });
      return;
    } catch (cause) {
      if (tries === 20) throw cause;
    }
  }
}

interface Bench {
  readonly station: BenchWorkstation;
  readonly proxy: FaultProxy;
  readonly people: RegistryPeople;
  readonly ids: readonly SessionId[];
}

async function drain({ station, proxy, people, ids }: Bench): Promise<Drained> {
  const takes = ids.flatMap((id) => station.takesOf(id));
  const wavBytes = takes.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const upBefore = proxy.bytes.up;
  const cutsBefore = proxy.cuts;
  const startMs = performance.now();
  station.startSync();
  await untilDrained(station, (wavBytes * 8 * givenUpAfter * 1000) / bitsPerSecond);
  const elapsedMs = performance.now() - startMs;
  const { store } = station.world;
  const [receipts, audio] = store.read((transaction) => [
    ids.filter(
      (id) =>
        transaction.sync.newestReceipt(id) !== undefined &&
        transaction.sessions.summary(id)?.sync === 'synced',
    ).length,
    ids.flatMap((id): readonly TakeAudio[] => transaction.sync.audioOf(id)),
  ]);
  const known = ids.map((id) => ({ id, takes: station.takesOf(id), resultCount: 0 }));
  return {
    sessions: ids.length,
    wavBytes,
    packedBytes: audio.reduce((total, { upload }) => total + (upload?.sizeBytes ?? 0), 0),
    upBytes: proxy.bytes.up - upBefore,
    cuts: proxy.cuts - cutsBefore,
    elapsedMs,
    receipts,
    kept: await checkKept(people.researcher, known, takes.length),
  };
}

/** Until nothing of any session is left to do, by the workstation's own store. */
function untilDrained({ world, onEvent }: BenchWorkstation, atMostMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const open = (): number => world.store.read(({ sync }) => sync.countOpen());
    const giveUp = setTimeout(() => {
      const { activity, problem } = world.memory.sync;
      const why = JSON.stringify({ activity, problem, open: open() });
      reject(new Error(`not drained after ${shown(atMostMs / 1000)} s: ${why}`));
    }, atMostMs);
    onEvent(() => {
      if (open() > 0) return;
      clearTimeout(giveUp);
      resolve();
    });
  });
}

/** Seconds that so many bytes take on the line, with nothing else on it. */
export function lineSeconds(bytes: number): number {
  return (bytes * 8) / bitsPerSecond;
}

function report(drained: Drained): string {
  const { sessions, wavBytes, packedBytes, upBytes, cuts, elapsedMs, receipts, kept } = drained;
  const elapsedS = elapsedMs / 1000;
  const alone = lineSeconds(packedBytes);
  const lines = [
    `### Sync: ${String(sessions)} sessions over a bad line`,
    '',
    `${thisMachine()}. The workstation's own engine on real adapters; a registry process with its embedded default; ` +
      `between them a proxy: ${String(bitsPerSecond / 1e6)} Mbit/s, ${String(roundTripMs)} ms round trip, each ` +
      `connection cut after ${String(meanMsBetweenCuts / 1000)} s on average (exponential, seeded). ` +
      `${String(sessions)} sessions of about 29 s in four recordings (48 kHz, 16 bits: read speech with the noise of a ` +
      'microphone, a vowel, a room), all waiting when the line opens.',
    '',
    '| what | measured | aim |',
    '|---|--:|--:|',
    `| time to drain, s | ${shown(elapsedS)} | |`,
    `| time that the packed recordings alone need on this line, s | ${shown(alone)} | |`,
    `| share of the line that recordings had | ${shown(alone / elapsedS)} | ${String(aims.share)} |`,
    `| all that was sent, share of the line | ${shown(lineSeconds(upBytes) / elapsedS)} | |`,
    `| WAV, MiB | ${inMiB(wavBytes)} | |`,
    `| packed, MiB | ${inMiB(packedBytes)} | |`,
    `| all that was sent, MiB | ${inMiB(upBytes)} | |`,
    `| sent bytes / WAV bytes | ${shown(upBytes / wavBytes)} | under ${String(aims.ofWav)} |`,
    `| connections cut | ${String(cuts)} | |`,
    `| sessions with a receipt | ${String(receipts)} of ${String(sessions)} | all |`,
    `| lost, doubled, to be reviewed | ${String(kept.lost)}, ${String(kept.doubled)}, ${String(kept.reviews)} | 0, 0, 0 |`,
    '',
    `Lost and doubled are counted through the registry's API; every one of the ${String(kept.heard)} recordings was ` +
      'fetched there and its SHA-256 compared with that of the workstation’s WAV.',
  ];
  return lines.join('\n');
}
