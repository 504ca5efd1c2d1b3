import type { RegistryProblemCode } from '../../contract/registry/problems.ts';

/** Why the registry refuses: a code, and facts without patient data or secrets. */
export interface RegistryProblem {
  readonly code: RegistryProblemCode;
  /** Read by the caller; the published API's clients compare some of these word for word. */
  readonly detail: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  /** Stays in the process. */
  readonly cause?: unknown;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: RegistryProblem };

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse(
  code: RegistryProblemCode,
  detail: string,
  more: Pick<RegistryProblem, 'facts' | 'cause'> = {},
): { readonly ok: false; readonly problem: RegistryProblem } {
  return { ok: false, problem: { code, detail, ...more } };
}
