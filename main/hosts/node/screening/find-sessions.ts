/** What on the disk is one session, and which file is which recording. Reads names only. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fail, ok, type Problem, type Result } from '../../../../contract/result.ts';

export interface FoundSession {
  /** As it is called in the output: the folder's or the file's name. */
  readonly name: string;
  readonly recordings: readonly { readonly key: string; readonly path: string }[];
  readonly answersPath: string | undefined;
  /** What is wrong before a file was opened, and with which. */
  readonly problem?: Problem;
  readonly problemPath?: string;
  /** Files of the folder that nobody asks for. */
  readonly ignored: readonly string[];
}

export interface KnownKeys {
  /** Keys of the protocol's steps and of the models' recordings. */
  readonly all: ReadonlySet<string>;
  /** What the chosen models ask for. */
  readonly asked: readonly string[];
}

const audioExtensions = new Set(['.wav', '.wave', '.flac', '.mp3', '.ogg', '.oga']);
const answersName = 'answers.json';

export function findSessions(paths: readonly string[], keys: KnownKeys): readonly FoundSession[] {
  const loose: string[] = [];
  const sessions: FoundSession[] = [];
  for (const path of paths) {
    const kind = kindOf(path);
    if (!kind.ok) sessions.push(refused(path, kind.problem));
    else if (kind.value === 'file') loose.push(path);
    else sessions.push(...sessionsOfFolder(path, keys));
  }
  return [...sessionsOfFiles(loose, keys), ...sessions];
}

function kindOf(path: string): Result<'file' | 'folder'> {
  try {
    return ok(statSync(path).isDirectory() ? 'folder' : 'file');
  } catch (cause) {
    return fail(
      'audio-file-missing',
      { reason: (cause as NodeJS.ErrnoException).code ?? 'unreadable' },
      cause,
    );
  }
}

function refused(path: string, problem: Problem): FoundSession {
  const name = basename(path);
  return { name, recordings: [], answersPath: undefined, problem, problemPath: path, ignored: [] };
}

/** A folder of sessions, or one that holds recordings itself. */
function sessionsOfFolder(folder: string, keys: KnownKeys): readonly FoundSession[] {
  const listed = listFolder(folder);
  if (!listed.ok) return [refused(folder, listed.problem)];
  const { files, folders } = listed.value;
  const audio = files.filter((name) => isRecording(name, keys)).map((name) => join(folder, name));
  const inside = folders.map((name) => sessionOfFolder(join(folder, name), keys));
  if (audio.length === 0) {
    if (inside.length > 0) return inside;
    // Answers alone are enough for a model that asks for nothing else.
    return files.includes(answersName)
      ? [sessionOfFolder(folder, keys)]
      : [refused(folder, { code: 'audio-file-missing' })];
  }
  const isOneSession = inside.length === 0 && areDifferentKeys(audio, keys);
  const direct = isOneSession ? [sessionOfFolder(folder, keys)] : sessionsOfFiles(audio, keys);
  return [...direct, ...inside];
}

/** A sub-folder: one session, whatever lies in it. */
function sessionOfFolder(folder: string, keys: KnownKeys): FoundSession {
  const listed = listFolder(folder);
  if (!listed.ok) return refused(folder, listed.problem);
  const { files } = listed.value;
  const audio = files.filter((name) => isRecording(name, keys)).map((name) => join(folder, name));
  const named = audio.filter((path) => keys.all.has(stemOf(path)));
  const others = audio.filter((path) => !keys.all.has(stemOf(path)));
  const answersPath = files.includes(answersName) ? join(folder, answersName) : undefined;
  const base = { name: basename(folder), answersPath };
  const [asked, ...more] = keys.asked;
  const [only, ...rest] = others;
  if (
    named.length === 0 &&
    only !== undefined &&
    rest.length === 0 &&
    asked !== undefined &&
    more.length === 0
  ) {
    return { ...base, recordings: [{ key: asked, path: only }], ignored: [] };
  }
  const recordings = named.map((path) => ({ key: stemOf(path), path }));
  const twice = recordings.find(
    ({ key }, index) => recordings.findIndex((other) => other.key === key) !== index,
  );
  if (twice !== undefined) {
    const problem: Problem = { code: 'conflict', details: { recording: twice.key, reason: 'two-files' } };
    return { ...base, recordings: [], problem, problemPath: twice.path, ignored: [] };
  }
  if (recordings.length === 0 && answersPath === undefined)
    return refused(folder, { code: 'audio-file-missing' });
  return { ...base, recordings, ignored: others.map((path) => basename(path)) };
}

/** Files of one folder that are all named by different keys are one session; every other file is one of its own. */
function sessionsOfFiles(paths: readonly string[], keys: KnownKeys): readonly FoundSession[] {
  const folders = Map.groupBy(paths, dirname);
  return [...folders].flatMap(([folder, files]): FoundSession[] => {
    if (areDifferentKeys(files, keys)) {
      const name = files.length === 1 ? basename(files[0] ?? folder) : basename(folder);
      const recordings = files.map((path) => ({ key: stemOf(path), path }));
      return [{ name, recordings, answersPath: undefined, ignored: [] }];
    }
    return files.map((path) => sessionOfFile(path, keys));
  });
}

function sessionOfFile(path: string, keys: KnownKeys): FoundSession {
  const name = basename(path);
  const stem = stemOf(path);
  const key = keys.all.has(stem) ? stem : keys.asked.length === 1 ? keys.asked[0] : undefined;
  if (key === undefined) {
    const problem: Problem = {
      code: 'model-needs-recording',
      details: { recording: keys.asked.join(', '), reason: 'name-the-file-by-its-key' },
    };
    return refused(path, problem);
  }
  return { name, recordings: [{ key, path }], answersPath: undefined, ignored: [] };
}

function areDifferentKeys(paths: readonly string[], keys: KnownKeys): boolean {
  const stems = paths.map(stemOf);
  return stems.every((stem) => keys.all.has(stem)) && new Set(stems).size === stems.length;
}

function isRecording(name: string, keys: KnownKeys): boolean {
  return (
    !name.startsWith('.') && (audioExtensions.has(extname(name).toLowerCase()) || keys.all.has(stemOf(name)))
  );
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}

function listFolder(
  folder: string,
): Result<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  try {
    const entries = readdirSync(folder)
      .sort()
      .map((name) => ({ name, kind: kindOf(join(folder, name)) }));
    const ofKind = (kind: 'file' | 'folder'): string[] =>
      entries.filter((entry) => entry.kind.ok && entry.kind.value === kind).map((entry) => entry.name);
    return ok({ files: ofKind('file'), folders: ofKind('folder').filter((name) => !name.startsWith('.')) });
  } catch (cause) {
    return fail(
      'audio-file-missing',
      { reason: (cause as NodeJS.ErrnoException).code ?? 'unreadable' },
      cause,
    );
  }
}
