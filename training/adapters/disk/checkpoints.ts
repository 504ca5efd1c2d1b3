import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { isRunName, type Checkpoints } from '../../ports/checkpoints.ts';

const digestBytes = 32;

/** Checkpoints as files of a folder: the SHA-256 of the content, then the content. */
export function diskCheckpoints(folder: string): Checkpoints {
  const pathOf = (run: string): string => join(folder, `${run}.checkpoint`);
  return {
    save: (run, content) =>
      guarded(run, 'saved', async () => {
        await mkdir(folder, { recursive: true });
        // One writer per run: what a killed one left half-written is written over.
        const draft = `${pathOf(run)}.draft`;
        const file = await open(draft, 'w');
        try {
          await file.writeFile(Buffer.concat([digestOf(content), content]));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, pathOf(run));
        await syncFolder(folder);
        return done(null);
      }),
    read: (run) =>
      guarded(run, 'read', async () => {
        const bytes = await readFile(pathOf(run)).catch((cause: NodeJS.ErrnoException) => {
          if (cause.code === 'ENOENT') return undefined;
          throw cause;
        });
        if (bytes === undefined) return done(undefined);
        const content = bytes.subarray(digestBytes);
        if (bytes.length < digestBytes || !digestOf(content).equals(bytes.subarray(0, digestBytes))) {
          return refuse(
            `the checkpoint ${pathOf(run)} is damaged`,
            'Remove it to start the fit again from the beginning.',
          );
        }
        return done(content);
      }),
    remove: (run) =>
      guarded(run, 'removed', async () => {
        await rm(pathOf(run), { force: true });
        await rm(`${pathOf(run)}.draft`, { force: true });
        return done(null);
      }),
  };

  async function guarded<T>(
    run: string,
    tried: string,
    work: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    if (!isRunName(run)) return refuse(`"${run}" cannot name a run`, 'Use letters, digits, ".", "_", "-".');
    try {
      return await work();
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
      return refuse(
        `the checkpoint ${pathOf(run)} cannot be ${tried} (${code})`,
        'Choose a folder that may be written, on a disk with room.',
      );
    }
  }
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this and keeps names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
