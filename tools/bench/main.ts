// `npm run bench -- screening|store|training`: measures here, prints, puts the section into docs/benchmarks.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { root } from '../setup/places.mjs';
import { benchScreening } from './screening.ts';
import { benchStore } from './store.ts';
import { withSection } from './sections.ts';
import { benchTraining } from './training.ts';

const benches: Readonly<Record<string, () => Promise<string>>> = {
  screening: benchScreening,
  store: benchStore,
  training: benchTraining,
};
const help = `usage: npm run bench -- ${Object.keys(benches).join('|')} [...]
Prints a table and writes it into docs/benchmarks.md.
`;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (wanted.includes('--help')) {
  process.stdout.write(help);
} else if (wanted.length === 0 || unknown.length > 0) {
  process.stderr.write(unknown.length > 0 ? `no such benchmark: ${unknown.join(', ')}\n${help}` : help);
  process.exitCode = 2;
} else {
  for (const name of new Set(wanted)) await runBench(name);
}

async function runBench(name: string): Promise<void> {
  const section = await benches[name]?.();
  if (section === undefined) return;
  process.stdout.write(`${section}\n`);
  const file = join(root, 'docs', 'benchmarks.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, withSection(before, name, section));
}
