// `npm run check`: every net at once, two at a time, each one quiet unless it has something to say.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { build, packageProgram, root } from '../setup/places.mjs';

interface Net {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** The slowest first, so that two lanes end together. */
const nets: readonly Net[] = [
  {
    name: 'lint',
    program: packageProgram('eslint', 'bin/eslint.js'),
    args: [
      '--max-warnings=0',
      '--cache',
      '--cache-strategy=content',
      `--cache-location=${build}/eslint/cache`,
      '.',
    ],
  },
  {
    name: 'types',
    program: packageProgram('typescript-native', 'bin/tsc'),
    // More checkers would each learn the libraries' types anew, while the other lane wants the processor.
    args: ['--build', '--pretty', 'false', '--checkers', '1'],
  },
  {
    name: 'format',
    program: packageProgram('prettier', 'bin/prettier.cjs'),
    args: ['--check', '--cache', `--cache-location=${build}/prettier`, '--log-level=warn', '.'],
  },
  {
    name: 'boundaries',
    program: packageProgram('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
    args: [
      '--output-type=err-long',
      'contract',
      'native',
      'main',
      'registry',
      'training',
      'preload',
      'renderer',
      'e2e',
      'tools',
    ],
  },
  { name: 'dead code', program: packageProgram('knip', 'bin/knip.js'), args: ['--no-progress'] },
];

interface Verdict {
  readonly net: string;
  readonly isGreen: boolean;
  readonly seconds: number;
}

const reportAt = process.argv.indexOf('--report');
const report = reportAt === -1 ? undefined : process.argv[reportAt + 1];
const verdicts = await runAll(nets, Math.max(2, Math.floor(availableParallelism() / 2)));
if (report !== undefined) {
  const file = join(root, report);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(verdicts, null, 2));
}
process.exitCode = verdicts.every((verdict) => verdict.isGreen) ? 0 : 1;

async function runAll(all: readonly Net[], lanes: number): Promise<readonly Verdict[]> {
  const waiting = [...all];
  const done: Verdict[] = [];
  const lane = async (): Promise<void> => {
    for (let net = waiting.shift(); net !== undefined; net = waiting.shift()) done.push(await runNet(net));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

function runNet(net: Net): Promise<Verdict> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [net.program, ...net.args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => {
      const isGreen = code === 0;
      const seconds = (performance.now() - startedAt) / 1000;
      process.stdout.write(`${isGreen ? 'ok  ' : 'FAIL'} ${net.name} (${seconds.toFixed(1)} s)\n`);
      if (!isGreen) process.stdout.write(`${output.trimEnd()}\n\n`);
      resolve({ net: net.name, isGreen, seconds });
    });
  });
}
