import { fail, type Result } from '../../../contract/result.ts';

/** A Result as a page may see it: a problem's cause, which may hold anything, stays in this process. */
export function wireResult(result: Result<unknown>): Result<unknown> {
  if (result.ok) return { ok: true, value: result.value };
  const { code, details } = result.problem;
  return details === undefined ? fail(code) : fail(code, details);
}
