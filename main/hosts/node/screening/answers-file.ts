import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import {
  answersSchema,
  checkAnswers,
  formReferenceSchema,
  relevantAnswers,
  type Answers,
  type FormDefinition,
} from '../../../../contract/form.ts';
import { fail, ok, type Result } from '../../../../contract/result.ts';
import type { Versioned } from './command-line.ts';

const withForm = z.strictObject({ form: formReferenceSchema, answers: answersSchema });
const maximumBytes = 1024 * 1024;

export interface FormAnswers {
  readonly form: FormDefinition;
  readonly answers: Answers;
}

export interface AnswersContext {
  readonly forms: readonly FormDefinition[];
  /** For a file that names no form. */
  readonly form: Versioned | undefined;
  /** Local calendar date, YYYY-MM-DD. */
  readonly today: string;
}

/**
 * Answers with the version of the form that asked. Problems: `invalid-input` (not readable, no JSON, other shape),
 * `not-found` (no such form), `form-invalid-answer` with field and fault. Fields without an answer are no fault here.
 */
export function readAnswers(path: string, context: AnswersContext): Result<FormAnswers> {
  const json = readJsonFile(path);
  if (!json.ok) return json;
  const parsed = withForm.safeParse(json.value);
  const plain = answersSchema.safeParse(json.value);
  if (!parsed.success && (!plain.success || context.form === undefined)) {
    const reason = plain.success
      ? 'it names no form: write {"form": {"id", "version"}, "answers": {...}}, or give --form ID@VERSION'
      : z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ');
    return fail('invalid-input', { reason });
  }
  const reference = parsed.success
    ? parsed.data.form
    : { id: context.form?.name ?? '', version: context.form?.version ?? '' };
  const given = parsed.success ? parsed.data.answers : (plain.data ?? {});
  const form = context.forms.find(({ id, version }) => id === reference.id && version === reference.version);
  if (form === undefined) {
    const known = context.forms.map(({ id, version }) => `${id}@${version}`).join(', ');
    return fail('not-found', { what: 'form', form: `${reference.id}@${reference.version}`, known });
  }
  const fault = checkAnswers(form, given, context.today).faults.find(({ kind }) => kind !== 'missing');
  if (fault !== undefined) {
    return fail('form-invalid-answer', {
      field: fault.field,
      fault: fault.kind,
      ...(fault.bound === undefined ? {} : { bound: fault.bound }),
    });
  }
  return ok({ form, answers: relevantAnswers(form, given) });
}

function readJsonFile(path: string): Result<unknown> {
  try {
    if (statSync(path).size > maximumBytes) return fail('too-large', { maximumBytes });
    return ok(JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/u, '')));
  } catch (cause) {
    const reason =
      cause instanceof SyntaxError ? 'not-json' : ((cause as NodeJS.ErrnoException).code ?? 'unreadable');
    return fail('invalid-input', { reason }, cause);
  }
}
