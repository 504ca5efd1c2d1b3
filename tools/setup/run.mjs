// `node tools/setup/run.mjs FILE [args]`: sets up if needed, then runs FILE (a program of ours, or `package:file` for a
// program of a library) on Node 24. Every npm script goes through here, so each one works on a fresh clone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ensureInstalled } from './install.mjs';
import { giveUp } from './messages.mjs';
import { findNode } from './node24.mjs';
import { modules, root } from './places.mjs';
import { run } from './processes.mjs';

const [target, ...args] = process.argv.slice(2);
if (target === undefined) giveUp('usage: node tools/setup/run.mjs FILE [args]');

await ensureInstalled();
const [library, file] = target.includes(':') ? target.split(':', 2) : [];
const path = library && file ? join(modules, library, file) : join(root, target);
if (!existsSync(path)) giveUp(`${target} is not there`);
// Whom the system trusts, a hospital's own authority among them, is trusted by every program of ours.
const env = { NODE_USE_SYSTEM_CA: process.env['NODE_USE_SYSTEM_CA'] ?? '1' };
process.exitCode = (await run(findNode(), [path, ...args], { env })).code;
