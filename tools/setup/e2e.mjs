// `npm run e2e`: the pages built, then playwright with the browser that is installed. Arguments go to playwright.
import process from 'node:process';
import { findChromium } from './chromium.mjs';
import { giveUp } from './messages.mjs';
import { findNode } from './node24.mjs';
import { packageProgram } from './places.mjs';
import { run } from './processes.mjs';
import { buildRenderer } from './renderer.mjs';

const node = findNode();
const chromium = findChromium();
if (chromium === null)
  giveUp('no Chromium, Chrome or Edge was found: install one, or name it in SPIRA_BROWSER');
const built = await buildRenderer(node);
if (built !== 0) process.exit(built);
const ended = await run(
  node,
  [
    packageProgram('@playwright/test', 'cli.js'),
    'test',
    '-c',
    'e2e/playwright.config.ts',
    ...process.argv.slice(2),
  ],
  { env: { SPIRA_BROWSER: chromium } },
);
process.exitCode = ended.code;
