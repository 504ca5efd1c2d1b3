/** Why a run stops: what is wrong, with what, and the way out. Read by a researcher at a command line, in English. */
export interface Refusal {
  readonly what: string;
  /** The things concerned, by name; may be long. */
  readonly items?: readonly string[];
  readonly wayOut: string;
  /** `in-use`: another process works on it. `gate`: the release gate does not let the model pass. */
  readonly kind?: 'in-use' | 'gate';
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(what: string, wayOut: string, items?: readonly string[]): Outcome<never> {
  return { ok: false, refusal: { what, wayOut, ...(items === undefined ? {} : { items }) } };
}
