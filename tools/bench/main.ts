// `npm run bench -- NAME [--sessions N] [--workstations N]`: measures here, prints, puts the section into docs/benchmarks.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { root } from '../setup/places.mjs';
import { readBenchCall, type BenchCall, type BenchWishes } from './options.ts';
import { benchPredictions } from './predictions.ts';
import { benchEmbeddedRegistry, benchRegistryServices } from './registry.ts';
import { benchScreening } from './screening.ts';
import { benchStore } from './store.ts';
import { withSection } from './sections.ts';
import { benchSync } from './sync.ts';
import { benchTraining } from './training.ts';

const benches: Readonly<Record<string, (wishes: BenchWishes) => Promise<string>>> = {
  predictions: benchPredictions,
  'registry-embedded': benchEmbeddedRegistry,
  'registry-services': benchRegistryServices,
  screening: benchScreening,
  store: benchStore,
  sync: benchSync,
  training: benchTraining,
};
/** A registry is judged by all of them; each has a section of its own. */
const together: Readonly<Record<string, readonly string[]>> = {
  registry: ['registry-embedded', 'registry-services', 'predictions'],
};
const known = [...Object.keys(benches), ...Object.keys(together)];
const help = `usage: npm run bench -- ${known.join('|')} [...] [options]
Prints a table and writes it into docs/benchmarks.md. "registry" is ${together['registry']?.join(', ') ?? ''}.

  --workstations N   registry: how many send at once
  --sessions N       registry: how many each of them sends; sync: how many wait
  --minutes N        registry: begins no session after so many minutes, and says how many there were
`;

await main();

async function main(): Promise<void> {
  let call: BenchCall;
  try {
    call = readBenchCall(process.argv.slice(2));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    return complain(`${cause.message}\n${help}`);
  }
  const { names, wishes } = call;
  if (call.help) return void process.stdout.write(help);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return complain(`no such benchmark: ${unknown.join(', ')}\n${help}`);
  if (names.length === 0) return complain(help);
  const all = names.flatMap((name) => together[name] ?? [name]);
  for (const name of new Set(all)) await runBench(name, wishes);
}

function complain(message: string): void {
  process.stderr.write(message);
  process.exitCode = 2;
}

async function runBench(name: string, wishes: BenchWishes): Promise<void> {
  const section = await benches[name]?.(wishes);
  if (section === undefined) return;
  process.stdout.write(`${section}\n`);
  const file = join(root, 'docs', 'benchmarks.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, withSection(before, name, section));
}
