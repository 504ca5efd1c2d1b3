// `node tools/setup/licences.mjs`: writes resources/licences/THIRD-PARTY.md from the packages of `dependencies` and all
// they depend on. To be run again whenever one of them changes; a test compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { say } from './messages.mjs';
import { modules, root } from './places.mjs';

export const licencesFile = join(root, 'resources', 'licences', 'THIRD-PARTY.md');

/** What the packages themselves state nowhere, or only inside their code: package, part, licence, copyright. */
const inside = [
  [
    'mpg123-decoder',
    'libmpg123',
    'LGPL-2.1-only (LGPL-2.1.txt)',
    'the mpg123 project, Michael Hipp and others',
  ],
  ['@wasm-audio-decoders/ogg-vorbis', 'libogg, libvorbis', 'BSD-3-Clause', 'Xiph.Org Foundation'],
  ['@wasm-audio-decoders/common', 'puff', 'Zlib', 'Mark Adler'],
  [
    'libflacjs',
    'libFLAC 1.3.4, libogg 1.3.6',
    'BSD-3-Clause',
    '2000-2009 Josh Coalson, 2011-2016 Xiph.Org Foundation',
  ],
  ['onnxruntime-node', 'ONNX Runtime', 'MIT', 'Microsoft Corporation'],
  ['@bufbuild/protobuf', 'its own files', 'Apache-2.0', '2021-2026 Buf Technologies, Inc.'],
  ['@bufbuild/protobuf', 'reading and writing of varints', 'BSD-3-Clause', '2008 Google Inc.'],
  ['better-sqlite3-multiple-ciphers', 'SQLite', 'public domain', 'none'],
  ['better-sqlite3-multiple-ciphers', 'SQLite3 Multiple Ciphers', 'MIT', 'Ulrich Telle'],
];

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string} [license]
 * @property {string | { name: string }} [author]
 * @property {Record<string, string>} [dependencies]
 */

/** The text of THIRD-PARTY.md. */
export function thirdPartyText() {
  const packages = runtimePackages();
  /** @type {Map<string, string[]>} names of packages by the text of their licence */
  const texts = new Map();
  const rows = packages.map((pack) => {
    const text = licenceText(pack.folder);
    if (text !== undefined) texts.set(text, [...(texts.get(text) ?? []), pack.name]);
    return `| ${pack.name} | ${pack.version} | ${pack.license ?? '?'} | ${copyright(pack, text)} |`;
  });
  return [
    '# Libraries in this program and their licences',
    '',
    'Made by `tools/setup/licences.mjs` from the packages themselves. LGPL-3.0 adds to GPL-3.0, which is in GPL-3.txt.',
    '',
    '| package | version | licence | copyright |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## What is in them',
    '',
    '| package | contains | licence | copyright |',
    '| --- | --- | --- | --- |',
    ...inside.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## Texts of the licences',
    '',
    ...[...texts].flatMap(([text, names]) => [`### ${names.join(', ')}`, '', '````text', text, '````', '']),
  ].join('\n');
}

/** All packages that run, sorted by name; not those for one platform only, which carry their parent's licence. */
function runtimePackages() {
  /** @type {Map<string, Package & { folder: string }>} by name and version: two versions of one are two */
  const found = new Map();
  /**
   * @param {string} from
   * @param {Record<string, string> | undefined} dependencies
   */
  const visit = (from, dependencies) => {
    for (const name of Object.keys(dependencies ?? {})) {
      const folder = folderOf(name, from);
      const pack = readPackage(folder);
      const key = `${pack.name} ${pack.version}`;
      if (found.has(key)) continue;
      found.set(key, { ...pack, folder });
      visit(folder, pack.dependencies);
    }
  };
  visit(root, readPackage(root).dependencies);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pack]) => pack);
}

/**
 * Where Node finds the package for whoever stands in `from`: its own node_modules, else those of the folders above.
 * @param {string} name
 * @param {string} from
 */
function folderOf(name, from) {
  for (let at = from; at.startsWith(root); at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return join(modules, name);
}

/**
 * @param {string} folder
 * @returns {Package}
 */
function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** @param {string} folder */
function licenceText(folder) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined || !existsSync(join(folder, file))) return undefined;
  const lines = readFileSync(join(folder, file), 'utf8').split(/\r?\n/);
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/**
 * @param {Package} pack
 * @param {string | undefined} text
 */
function copyright(pack, text) {
  const lines = (text ?? '')
    .split('\n')
    .filter((line) => /^\W*copyright\b.*(\(c\)|©|\b(19|20)\d\d\b)/i.test(line));
  // The licences of GNU carry the copyright of their own wording.
  const own = lines
    .map((line) => line.replaceAll('|', ' ').trim())
    .filter((line) => !line.includes('Free Software'));
  if (own.length > 0) return [...new Set(own)].join('; ');
  const author = typeof pack.author === 'string' ? pack.author : pack.author?.name;
  return author === undefined ? 'not stated in the package' : `author: ${author.replace(/ <.*>/, '')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(licencesFile, thirdPartyText());
  say('wrote resources/licences/THIRD-PARTY.md');
}
