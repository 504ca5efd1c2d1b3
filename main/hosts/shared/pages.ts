/**
 * The built pages, read into memory once. A request is answered by looking its path up in a map that was made from
 * the folder's own names, so no path that a page or a stranger writes ever reaches the disk.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** By path as it stands in a URL: `/index.html`, `/assets/index-abc.js`. */
export type Pages = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.txt': 'text/plain; charset=utf-8',
};

/** Undefined where the folder holds no built page. Files of a type that no page needs are left out. */
export function readPages(folder: string): Pages | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined;
  const pages = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name).toLowerCase()];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
    pages.set(path.slice(folder.length).replaceAll('\\', '/'), { bytes, type, etag });
  }
  return pages;
}

/** The file that a URL's path names; `/` is the one page. */
export function pageAt(pages: Pages, path: string): PageFile | undefined {
  return pages.get(path === '/' ? '/index.html' : path);
}
