/** Forms and protocols as JSON files: those that are shipped, and those of this PC. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { formDefinitionSchema, type FormDefinition } from '../../../contract/form.ts';
import { protocolDefinitionSchema } from '../../../contract/protocol.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { newestVersionsFirst } from '../../core/definition-order.ts';
import type { Definitions, RefusedDefinition } from '../../ports/definitions.ts';
import { writeFileSafely } from '../system/write-file-safely.ts';

const maximumBytes = 4 * 1024 * 1024;

interface Read<T> {
  readonly definitions: readonly T[];
  readonly refused: readonly RefusedDefinition[];
}

export interface DefinitionFolders {
  readonly forms: string;
  readonly protocols: string;
}

/**
 * `own` belongs to this PC: what was kept, and what IT or a registry put there; its folders need not exist. Where both
 * hold a version, the own one counts, and a shipped one that differs is refused by name.
 */
export function openDefinitions(folders: {
  readonly shipped: DefinitionFolders;
  readonly own: DefinitionFolders;
}): Definitions {
  return {
    async list() {
      const forms = await readBoth(folders.own.forms, folders.shipped.forms, formDefinitionSchema);
      if (!forms.ok) return forms;
      const protocols = await readBoth(
        folders.own.protocols,
        folders.shipped.protocols,
        protocolDefinitionSchema,
      );
      if (!protocols.ok) return protocols;
      return ok({
        forms: newestVersionsFirst(forms.value.definitions),
        protocols: newestVersionsFirst(protocols.value.definitions),
        refused: [...forms.value.refused, ...protocols.value.refused],
      });
    },
    async keep({ form, protocol }) {
      const keptForm =
        form === undefined ? ok(null) : await keepOne(folders.own.forms, form, formDefinitionSchema);
      if (!keptForm.ok || protocol === undefined) return keptForm;
      return keepOne(folders.own.protocols, protocol, protocolDefinitionSchema);
    },
  };
}

type Versioned = Pick<FormDefinition, 'id' | 'version'>;

async function readBoth<T extends Versioned>(
  own: string,
  shipped: string,
  schema: z.ZodType<T>,
): Promise<Result<Read<T>>> {
  const here = await readFolder(own, schema, 'may-be-missing');
  if (!here.ok) return here;
  const given = await readFolder(shipped, schema);
  if (!given.ok) return given;
  const added: T[] = [];
  const differing: RefusedDefinition[] = [];
  for (const definition of given.value.definitions) {
    const kept = here.value.definitions.find((other) => isSameVersion(other, definition));
    if (kept === undefined) added.push(definition);
    else if (!isDeepStrictEqual(kept, definition)) {
      const file = fileOf(definition);
      differing.push({
        file,
        problem: fail('definition-invalid', { file, reason: 'version-twice' }).problem,
      });
    }
  }
  return ok({
    definitions: [...here.value.definitions, ...added],
    refused: [...here.value.refused, ...given.value.refused, ...differing],
  });
}

async function keepOne<T extends Versioned>(
  folder: string,
  definition: T,
  schema: z.ZodType<T>,
): Promise<Result<null>> {
  const here = await readFolder(folder, schema, 'may-be-missing');
  if (!here.ok) return here;
  const kept = here.value.definitions.find((other) => isSameVersion(other, definition));
  if (kept !== undefined) {
    return isDeepStrictEqual(kept, definition) ? ok(null) : fail('conflict', { reason: 'definition-kept' });
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    writeFileSafely(join(folder, fileOf(definition)), Buffer.from(JSON.stringify(definition, null, 2)));
    return ok(null);
  } catch (cause) {
    return fail('storage-unavailable', { what: 'definitions' }, cause);
  }
}

function isSameVersion(left: Versioned, right: Versioned): boolean {
  return left.id === right.id && left.version === right.version;
}

/** Ids and versions are checked by their schemas, so that this is a plain file name. */
function fileOf({ id, version }: Versioned): string {
  return `${id}-${version}.json`;
}

async function readFolder<T extends Versioned>(
  folder: string,
  schema: z.ZodType<T>,
  presence?: 'may-be-missing',
): Promise<Result<Read<T>>> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  } catch (cause) {
    if (presence === 'may-be-missing' && isMissing(cause)) return ok({ definitions: [], refused: [] });
    return fail('definition-invalid', { file: folder, reason: 'folder-unreadable' }, cause);
  }
  const definitions: T[] = [];
  const refused: RefusedDefinition[] = [];
  for (const file of names) {
    const read = await readDefinition(folder, file, schema);
    const isRepeated = read.ok && definitions.some((other) => isSameVersion(other, read.value));
    if (read.ok && !isRepeated) definitions.push(read.value);
    else {
      const problem = read.ok
        ? fail('definition-invalid', { file, reason: 'version-twice' }).problem
        : read.problem;
      refused.push({ file, problem });
    }
  }
  return ok({ definitions, refused });
}

async function readDefinition<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<Result<T>> {
  const path = join(folder, file);
  let content: unknown;
  try {
    if ((await stat(path)).size > maximumBytes)
      return fail('definition-invalid', { file, reason: 'too-large' });
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'unreadable';
    return fail('definition-invalid', { file, reason }, cause);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(
    'definition-invalid',
    { file, at: issue?.path.join('.') ?? '', reason: issue?.message ?? 'unknown' },
    parsed.error,
  );
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
