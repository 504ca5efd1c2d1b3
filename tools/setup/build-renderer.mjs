// `npm run build:renderer`
import process from 'node:process';
import { findNode } from './node24.mjs';
import { buildRenderer } from './renderer.mjs';

process.exitCode = await buildRenderer(findNode());
