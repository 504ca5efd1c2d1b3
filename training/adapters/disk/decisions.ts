import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { decisionSchema, type Decision } from '../../../contract/training/release.ts';
import { brokenAt, nextDecision } from '../../core/gate/decision-chain.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Decisions } from '../../ports/decisions.ts';
import { codeOf } from './durable-file.ts';

/** A file is only held while a line is written: longer, and its holder has died. */
const tries = 200;
const betweenTriesMs = 25;

/** The log as a file of lines, one JSON object each, one writer at a time over all processes. */
export function diskDecisions(path: string): Decisions {
  const read = async (): Promise<Outcome<readonly Decision[]>> => {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return '';
      throw cause;
    });
    // A writer that was killed leaves a last line without its end: nobody was told that it was written.
    const lines = text.split('\n').slice(0, -1);
    const entries: Decision[] = [];
    for (const [index, line] of lines.entries()) {
      const parsed = decisionSchema.safeParse(parseJson(line));
      if (!parsed.success) return edited(path, index + 1);
      entries.push(parsed.data);
    }
    const broken = brokenAt(entries, sha256);
    return broken === undefined ? done(entries) : edited(path, broken);
  };

  const append: Decisions['append'] = async (content) => {
    const entries = await read();
    if (!entries.ok) return entries;
    const entry = nextDecision(content, entries.value.at(-1), sha256);
    const file = await open(path, 'a+', 0o600);
    try {
      await file.truncate(await wholeLength(path));
      await file.appendFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return done(entry);
  };

  return {
    list: () => guarded(path, read),
    append: (content) => guarded(path, () => locked(`${path}.lock`, path, () => append(content))),
  };
}

async function wholeLength(path: string): Promise<number> {
  return (await readFile(path)).lastIndexOf('\n') + 1;
}

async function locked<T>(lock: string, path: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let tried = 0; ; tried++) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause;
    }
    if (tried === tries) {
      return refuse(
        `the log of decisions ${path} is held by another process`,
        `If none is at work, remove ${lock} and do the same again.`,
      );
    }
    await wait(betweenTriesMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function guarded<T>(path: string, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (cause) {
    return refuse(
      `the log of decisions ${path} cannot be kept (${codeOf(cause)})`,
      'Choose a folder that may be read and written, on a disk with room.',
    );
  }
}

function edited(path: string, line: number): Outcome<never> {
  return refuse(
    `the log of decisions ${path} was edited: entry ${line} does not follow from the one before`,
    'Put back the copy that was not; nothing is decided on an edited log.',
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
