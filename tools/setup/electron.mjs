import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { say } from './messages.mjs';
import { build, modules, packageProgram } from './places.mjs';
import { run } from './processes.mjs';

const obtainLimitMs = 20_000;
const refusalHoldsMs = 6 * 3_600_000;
const refusalNote = join(build, 'electron-refused.json');

/**
 * Electron's program if it is here or can be had within 20 seconds; a refusal is remembered for six hours.
 * @param {string} node
 * @returns {Promise<string | null>}
 */
export async function findElectron(node) {
  const reason = whyNotHere();
  if (reason !== null) {
    say(`Electron is not used: ${reason}`);
    return null;
  }
  const present = installedElectron();
  if (present !== null) return present;
  if (wasRefusedLately()) return null;
  say(`fetching Electron (at most ${obtainLimitMs / 1000} s)`);
  const result = await run(node, [packageProgram('electron', 'install.js')], {
    timeoutMs: obtainLimitMs,
    isQuiet: true,
  });
  if (result.signal === 'SIGINT' || result.signal === 'SIGTERM') process.exit(result.code);
  const fetched = result.code === 0 ? installedElectron() : null;
  if (fetched === null) {
    say('Electron could not be fetched; starting in the browser that is installed instead');
    rememberRefusal();
  }
  return fetched;
}

/** Electron's own sandbox must hold: where it cannot, the Node host serves. */
function whyNotHere() {
  if (process.platform !== 'linux') return null;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display';
  return process.getuid?.() === 0 ? 'its sandbox does not work for the user root' : null;
}

function installedElectron() {
  const folder = join(modules, 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const program = join(
    process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'),
    readFileSync(pathFile, 'utf8'),
  );
  return existsSync(program) ? program : null;
}

function rememberRefusal() {
  try {
    mkdirSync(build, { recursive: true });
    writeFileSync(refusalNote, JSON.stringify({ atMs: Date.now(), version: electronVersion() }));
  } catch {
    // A folder that may not be written to costs the next start another try, nothing else.
  }
}

function wasRefusedLately() {
  try {
    const note = JSON.parse(readFileSync(refusalNote, 'utf8'));
    const ageMs = Date.now() - note.atMs;
    return note.version === electronVersion() && ageMs >= 0 && ageMs < refusalHoldsMs;
  } catch {
    return false;
  }
}

function electronVersion() {
  return JSON.parse(readFileSync(join(modules, 'electron', 'package.json'), 'utf8')).version;
}
