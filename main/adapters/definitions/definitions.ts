/** Forms and protocols as JSON files in two folders. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { formDefinitionSchema } from '../../../contract/form.ts';
import { protocolDefinitionSchema } from '../../../contract/protocol.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { newestVersionsFirst } from '../../core/definition-order.ts';
import type { Definitions, RefusedDefinition } from '../../ports/definitions.ts';

const maximumBytes = 4 * 1024 * 1024;

interface Read<T> {
  readonly definitions: readonly T[];
  readonly refused: readonly RefusedDefinition[];
}

export function openDefinitions(folders: {
  readonly forms: string;
  readonly protocols: string;
}): Definitions {
  return {
    async list() {
      const forms = await readFolder(folders.forms, formDefinitionSchema);
      if (!forms.ok) return forms;
      const protocols = await readFolder(folders.protocols, protocolDefinitionSchema);
      if (!protocols.ok) return protocols;
      return ok({
        forms: newestVersionsFirst(forms.value.definitions),
        protocols: newestVersionsFirst(protocols.value.definitions),
        refused: [...forms.value.refused, ...protocols.value.refused],
      });
    },
  };
}

async function readFolder<T extends { readonly id: string; readonly version: string }>(
  folder: string,
  schema: z.ZodType<T>,
): Promise<Result<Read<T>>> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  } catch (cause) {
    return fail('definition-invalid', { file: folder, reason: 'folder-unreadable' }, cause);
  }
  const definitions: T[] = [];
  const refused: RefusedDefinition[] = [];
  for (const file of names) {
    const read = await readDefinition(folder, file, schema);
    const isRepeated =
      read.ok &&
      definitions.some(({ id, version }) => id === read.value.id && version === read.value.version);
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
