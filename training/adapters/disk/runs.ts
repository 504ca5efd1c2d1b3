import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFilePathSchema } from '../../../contract/model-manifest.ts';
import {
  runIdSchema,
  runRecordSchema,
  trainingEventSchema,
  type RunRecord,
} from '../../../contract/training/run.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Runs } from '../../ports/runs.ts';
import { claimFile } from './claim.ts';
import { codeOf, writeDurably } from './durable-file.ts';

/** Runs as folders: run.json, events.jsonl, and a claim while a process works on the run. */
export function diskRuns(folder: string): Runs {
  const fileOf = (id: string, name: string): string => join(folder, id, name);

  const readRecord = async (id: string): Promise<Outcome<RunRecord | undefined>> => {
    const path = fileOf(id, 'run.json');
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return done(undefined);
      throw cause;
    }
    const parsed = runRecordSchema.safeParse(parseJson(text));
    if (parsed.success) return done(parsed.data);
    return refuse(
      `${path} is not the record of a run`,
      'It may be of another version of the program; move the folder away.',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  };
  const writeRecord = (record: RunRecord): Promise<void> =>
    writeDurably(fileOf(record.id, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);

  return {
    create: (record) =>
      guarded(record.id, async () => {
        const found = await readRecord(record.id);
        if (!found.ok) return found;
        if (found.value !== undefined) {
          return refuse(`the run ${record.id} is already there`, 'Choose another id.');
        }
        await writeRecord(record);
        return done(null);
      }),
    read: (id) => guarded(id, () => readRecord(id)),
    save: (record) =>
      guarded(record.id, async () => {
        const found = await readRecord(record.id);
        if (!found.ok) return found;
        if (found.value === undefined) return refuse(`there is no run ${record.id}`, 'Create it first.');
        await writeRecord(record);
        return done(null);
      }),
    async list() {
      const names = await readdir(folder).catch(() => []);
      const records: RunRecord[] = [];
      for (const id of names.filter((name) => runIdSchema.safeParse(name).success)) {
        const record = await guarded(id, () => readRecord(id));
        if (!record.ok) return record;
        if (record.value !== undefined) records.push(record.value);
      }
      const place = ({ createdAt, id }: RunRecord): string => `${createdAt} ${id}`;
      return done(records.sort((a, b) => (place(a) < place(b) ? -1 : 1)));
    },
    append: (event) =>
      guarded(event.run, async () => {
        await appendFile(fileOf(event.run, 'events.jsonl'), `${JSON.stringify(event)}\n`);
        return done(null);
      }),
    events: (id) =>
      guarded(id, async () => {
        const text = await readFile(fileOf(id, 'events.jsonl'), 'utf8').catch(() => '');
        // The last line of a killed process may be cut: what is no event is passed over.
        return done(
          text.split('\n').flatMap((line) => {
            const parsed = trainingEventSchema.safeParse(parseJson(line));
            return parsed.success ? [parsed.data] : [];
          }),
        );
      }),
    show: (id, path, bytes) =>
      guarded(id, async () => {
        if (!modelFilePathSchema.safeParse(path).success) {
          return refuse(`"${path}" cannot name an output`, 'This is a defect of the program.');
        }
        await writeDurably(join(folder, id, 'outputs', path), bytes);
        return done(null);
      }),
    claim: (id) =>
      guarded(id, async () => {
        const path = fileOf(id, 'claim');
        const claim = await claimFile(path);
        if (claim.isMine) return done({ release: () => claim.release() });
        const refusal = {
          what: `the run ${id} is being worked on by ${claim.holder}`,
          wayOut: `Wait until it is over; if nobody works on it, remove ${path}.`,
          kind: 'in-use' as const,
        };
        return { ok: false, refusal };
      }),
  };

  async function guarded<T>(id: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    if (!runIdSchema.safeParse(id).success) {
      return refuse(`"${id}" cannot name a run`, 'Use small letters, digits, ".", "_" and "-".');
    }
    try {
      return await work();
    } catch (cause) {
      return refuse(
        `the run ${id} cannot be kept in ${folder} (${codeOf(cause)})`,
        'Choose a folder that may be read and written, on a disk with room.',
      );
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
