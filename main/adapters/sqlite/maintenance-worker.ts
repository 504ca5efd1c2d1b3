import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { maintain } from './maintain.ts';

const dataSchema = z.strictObject({
  files: z.strictObject({ database: z.string(), keyCheck: z.string(), backups: z.string() }),
  key: z.instanceof(Uint8Array),
  now: z.iso.datetime({ precision: 3 }),
});

const result = maintain(dataSchema.parse(workerData));
parentPort?.postMessage(
  result.ok
    ? result
    : {
        ok: false,
        problem: {
          code: result.problem.code,
          ...(result.problem.details === undefined ? {} : { details: result.problem.details }),
        },
      },
);
