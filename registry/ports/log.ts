/** Structured, without patient data: event names, ids of ours, counts, durations. */
export interface Log {
  info(event: string, facts?: Readonly<Record<string, string | number | boolean | null>>): void;
  warn(event: string, facts?: Readonly<Record<string, string | number | boolean | null>>): void;
  /** `cause` is logged with its stack; it must not hold patient data. */
  error(
    event: string,
    cause: unknown,
    facts?: Readonly<Record<string, string | number | boolean | null>>,
  ): void;
}
