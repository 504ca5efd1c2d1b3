/** Which sources decide a result: what a module needs at run time, found by following its imports. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { z } from 'zod';

interface Sources {
  /** Paths from the root, in order of the alphabet. */
  readonly files: readonly string[];
  /** Packages that they name. */
  readonly packages: readonly string[];
}

/**
 * All modules that `entries` (paths from the root) reach by relative imports, and by relative names of modules that they
 * start as workers or children; imports of types alone are not followed, as nothing of them is left at run time.
 * Rejects where a module is not there.
 */
export async function reachSources(root: string, entries: readonly string[]): Promise<Sources> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = (await readFile(join(root, file), 'utf8')).replace(typeImports, '');
    for (const [, path] of text.matchAll(relativeModules)) open.push(join(dirname(file), path!));
    for (const [, name] of text.matchAll(packageImports)) packages.add(name!);
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

const typeImports = /^(?:import|export) type [^;]*?from '[^']*';/gmu;
const relativeModules = /'(\.{1,2}\/[^'\s]+\.(?:ts|js))'/gu;
/** By its first part, or its first two where it has a scope; not what Node brings. */
const packageImports = /(?:from|import|import\() ?'((?:@[\w.-]+\/)?[\w][\w.-]*)(?:\/[^']*)?'/gu;

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/**
 * Hexadecimal SHA-256 over what the entries reach: every file's path and content, and version and content hash of every
 * package that they need, with what those need, by package-lock.json.
 */
export async function hashSources(root: string, entries: readonly string[]): Promise<string> {
  const { files, packages } = await reachSources(root, entries);
  const hash = createHash('sha256');
  for (const file of files) {
    const content = createHash('sha256').update(await readFile(join(root, file)));
    hash.update(`${file} ${content.digest('hex')}\n`);
  }
  for (const line of await lockedPackages(root, packages)) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** An installed copy may have no lock: then its packages are known by name only. */
async function lockedPackages(root: string, names: readonly string[]): Promise<readonly string[]> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8').catch(() => '{"packages":{}}');
  const { packages } = lockSchema.parse(JSON.parse(text));
  const lines = new Set<string>();
  const open = [...names];
  const seen = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    lines.add(name);
    // Also where another package brought a version of its own: which one is used is not worth asking.
    for (const [place, one] of Object.entries(packages)) {
      if (place !== `node_modules/${name}` && !place.endsWith(`/node_modules/${name}`)) continue;
      lines.add(`${name} ${one.version ?? ''} ${one.integrity ?? ''}`);
      open.push(...Object.keys({ ...one.dependencies, ...one.optionalDependencies }));
    }
  }
  return [...lines].sort();
}
