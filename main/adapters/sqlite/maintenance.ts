/** The check and the backup of the whole database, in a thread of its own: both read every page. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { fail, ok, problemCodes, type Result } from '../../../contract/result.ts';
import type { StoreFiles } from './store-files.ts';

const reportSchema = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    value: z.strictObject({ integrity: z.literal('ok'), backup: z.string().nullable() }),
  }),
  z.strictObject({
    ok: z.literal(false),
    problem: z.strictObject({
      code: z.enum(problemCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  }),
]);

export interface MaintenanceReport {
  readonly integrity: 'ok';
  /** File name of the backup that was made; null: the newest one is of today. */
  readonly backup: string | null;
}

export interface Maintenance {
  /**
   * Checks the database and then, where the newest backup is a day old, makes one. `store-damaged` (`backup` names
   * the newest good one; none is made and none is dropped), `disk-full`, `storage-unavailable`, `store-busy`.
   */
  run(now: string): Promise<Result<MaintenanceReport>>;
  integrity(): 'ok' | 'failed' | 'unchecked';
  /** Ends what runs; a half-made backup is dropped at the next run. */
  stop(): void;
}

export function createMaintenance(options: {
  readonly files: StoreFiles;
  readonly key: Uint8Array;
  readonly workerPath?: string;
}): Maintenance {
  let integrity: 'ok' | 'failed' | 'unchecked' = 'unchecked';
  let running: { readonly worker: Worker; readonly report: Promise<Result<MaintenanceReport>> } | undefined;

  async function start(worker: Worker): Promise<Result<MaintenanceReport>> {
    const answer = await new Promise<unknown>((resolve) => {
      worker.once('message', resolve);
      worker.once('error', (error) =>
        resolve({ ok: false, problem: { code: 'storage-unavailable', details: { reason: error.message } } }),
      );
      worker.once('exit', () => resolve(undefined));
    });
    running = undefined;
    const report = reportSchema.safeParse(answer);
    if (!report.success) return fail('storage-unavailable', { reason: 'maintenance-ended' });
    if (report.data.ok) {
      integrity = 'ok';
      return ok(report.data.value);
    }
    const { code, details } = report.data.problem;
    if (code === 'store-damaged') integrity = 'failed';
    return fail(code, details);
  }

  return {
    run(now) {
      if (running !== undefined) return running.report;
      const path = options.workerPath ?? fileURLToPath(new URL('./maintenance-worker.ts', import.meta.url));
      const worker = new Worker(path, {
        workerData: { files: options.files, key: options.key, now },
        // The program may end while this runs.
        stdin: false,
      });
      worker.unref();
      const report = start(worker);
      running = { worker, report };
      return report;
    },
    integrity: () => integrity,
    stop() {
      void running?.worker.terminate();
    },
  };
}
