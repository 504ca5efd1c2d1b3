import {
  runIdSchema,
  runRecordSchema,
  type RunRecord,
  type TrainingEvent,
} from '../../contract/training/run.ts';
import { modelFilePathSchema } from '../../contract/model-manifest.ts';
import { done, refuse } from '../core/outcome.ts';
import type { Runs } from './runs.ts';

/** Runs that last as long as the process. */
export function memoryRuns(): Runs & { readonly shown: ReadonlyMap<string, Uint8Array> } {
  const records = new Map<string, string>();
  const logs = new Map<string, readonly TrainingEvent[]>();
  const claimed = new Set<string>();
  const shown = new Map<string, Uint8Array>();
  const badId = (id: string) =>
    runIdSchema.safeParse(id).success
      ? undefined
      : refuse(`"${id}" cannot name a run`, 'Use small letters, digits, ".", "_" and "-".');
  const recordOf = (id: string): RunRecord | undefined => {
    const text = records.get(id);
    return text === undefined ? undefined : runRecordSchema.parse(JSON.parse(text));
  };
  return {
    shown,
    async create(record) {
      const refusal = badId(record.id);
      if (refusal !== undefined) return refusal;
      if (records.has(record.id))
        return refuse(`the run ${record.id} is already there`, 'Choose another id.');
      records.set(record.id, JSON.stringify(record));
      return done(null);
    },
    read: async (id) => badId(id) ?? done(recordOf(id)),
    async save(record) {
      if (!records.has(record.id)) return refuse(`there is no run ${record.id}`, 'Create it first.');
      records.set(record.id, JSON.stringify(record));
      return done(null);
    },
    async list() {
      const place = ({ createdAt, id }: RunRecord): string => `${createdAt} ${id}`;
      const all = [...records.keys()].map((id) => recordOf(id)!);
      return done(all.sort((a, b) => (place(a) < place(b) ? -1 : 1)));
    },
    async append(event) {
      if (!records.has(event.run)) return refuse(`there is no run ${event.run}`, 'Create it first.');
      logs.set(event.run, [...(logs.get(event.run) ?? []), { ...event }]);
      return done(null);
    },
    events: async (id) => badId(id) ?? done(logs.get(id) ?? []),
    async show(id, path, bytes) {
      const refusal = badId(id);
      if (refusal !== undefined) return refusal;
      if (!modelFilePathSchema.safeParse(path).success) {
        return refuse(`"${path}" cannot name an output`, 'This is a defect of the program.');
      }
      shown.set(`${id}/${path}`, bytes.slice());
      return done(null);
    },
    async claim(id) {
      const refusal = badId(id);
      if (refusal !== undefined) return refusal;
      if (claimed.has(id)) return refuse(`the run ${id} is being worked on`, 'Wait until it is over.');
      claimed.add(id);
      return done({
        release: async () => {
          claimed.delete(id);
        },
      });
    },
  };
}
