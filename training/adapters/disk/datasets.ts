import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import {
  nameApart,
  readLabelledCsv,
  readPaths,
  type ListedEntry,
  type ListedRows,
} from '../../core/snapshot/listed.ts';
import type { Datasets } from '../../ports/datasets.ts';
import { readTextFile } from './text-files.ts';

/** Data sets as files. Relative paths start at `folder`, those within a list at the list's own folder. */
export function diskDatasets(folder: string): Datasets {
  const listPaths: Datasets['listPaths'] = async ({ file, set }) => {
    const text = await readTextFile(resolve(folder, file));
    if (!text.ok) return text;
    const paths = readPaths(text.value, basename(file), set);
    if (!paths.ok) return paths;
    return done(paths.value.map((path) => ({ name: path, file: resolve(folder, dirname(file), path) })));
  };

  return {
    listPaths,
    async list(source, labels) {
      if (source.kind === 'registry') return refuse('no registry is named', 'Name one with --registry.');
      const noises = source.noises === null ? done([]) : await listPaths(source.noises);
      if (!noises.ok) return noises;
      const rows: Outcome<ListedRows> =
        source.kind === 'csv'
          ? await listCsv(source.file, source.set)
          : await listBoth([
              [source.patients, labels.positive],
              [source.controls, labels.negative],
            ]);
      return rows.ok ? done({ ...rows.value, noises: noises.value }) : rows;
    },
    read: (file) => readFile(resolve(folder, file)).then(done, () => done(undefined)),
    readText: (file) => readTextFile(resolve(folder, file)),
  };

  async function listCsv(file: string, set: string | null): Promise<Outcome<ListedRows>> {
    const text = await readTextFile(resolve(folder, file));
    if (!text.ok) return text;
    const rows = readLabelledCsv(text.value, basename(file), set);
    if (!rows.ok) return rows;
    const place = (entry: ListedEntry): ListedEntry => ({
      ...entry,
      file: resolve(folder, dirname(file), entry.file),
    });
    return done({ ...rows.value, entries: rows.value.entries.map(place) });
  }

  async function listBoth(lists: readonly (readonly [string, string])[]): Promise<Outcome<ListedRows>> {
    const entries: ListedEntry[] = [];
    for (const [file, label] of lists) {
      const paths = await listPaths({ file, set: null });
      if (!paths.ok) return paths;
      for (const { name, file: path } of paths.value) {
        // Two lists may use one path for different files only where they stand in different folders.
        entries.push({
          name,
          file: path,
          subject: join(dirname(file), name),
          label,
          labelSource: basename(file),
          groups: {},
        });
      }
    }
    return done({ entries: nameApart(entries), defects: [], namesSubjects: false });
  }
}
