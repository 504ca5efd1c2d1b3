/** Every failure that a caller may expect, by code. The pages hold a text per code and language. */
export const problemCodes = [
  // people and rights
  'not-signed-in',
  'locked',
  'forbidden',
  'wrong-credentials',
  'locked-out',
  'account-disabled',
  'account-exists',
  'account-not-found',
  'last-it-account',
  'weak-password',
  'first-account-exists',
  // edges
  'invalid-input',
  'unknown-command',
  'foreign-origin',
  'too-large',
  'not-found',
  'conflict',
  'internal',
  // forms, protocols, sessions
  'definition-invalid',
  'form-incomplete',
  'form-invalid-answer',
  'session-not-found',
  'session-closed',
  'session-incomplete',
  'step-not-found',
  'step-not-skippable',
  'consent-required',
  'consent-text-changed',
  // recordings
  'take-not-found',
  'take-not-open',
  'take-empty',
  'take-damaged',
  'take-verification-failed',
  'recording-in-progress',
  'disk-full',
  'storage-unavailable',
  // audio files
  'audio-empty',
  'audio-not-recognised',
  'audio-unsupported',
  'audio-truncated',
  'audio-damaged',
  'audio-header-missing',
  'audio-rate-unsupported',
  'audio-not-finite',
  'audio-too-long',
  'audio-too-short',
  'audio-file-missing',
  // models and inference
  'model-not-found',
  'model-invalid',
  'model-damaged',
  'model-hash-mismatch',
  'model-golden-mismatch',
  'model-asks-for-label',
  'model-exists',
  'model-key-unknown',
  'model-signature-invalid',
  'model-not-in-service',
  'model-needs-recording',
  'model-needs-field',
  'engine-load-failed',
  'engine-hash-mismatch',
  'engine-provider-unavailable',
  'engine-run-failed',
  'engine-output-invalid',
  'engine-crashed',
  'engine-closed',
  'engine-timed-out',
  // the store and its key
  'key-missing',
  'key-wrong',
  'key-unavailable',
  'store-newer',
  'store-damaged',
  'store-busy',
  'audit-broken',
  // the registry
  'not-enrolled',
  'already-enrolled',
  'registry-address-invalid',
  'registry-code-wrong',
  'registry-other',
  'registry-unreachable',
  'registry-answer-invalid',
  'registry-busy',
  'registry-clock',
  'registry-refused',
  'registry-item-refused',
  'registry-account-shadowed',
  'account-of-registry',
  'take-on-registry',
  'registry-sign-in-needed',
  'registry-forbidden',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** What was tried, with what: facts for the reader's text, never patient data. */
export type ProblemDetails = Readonly<Record<string, string | number | boolean>>;

export interface Problem {
  readonly code: ProblemCode;
  readonly details?: ProblemDetails;
  /** The library's own exception; stays in the process that made it and never reaches a page. */
  readonly cause?: unknown;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail(
  code: ProblemCode,
  details?: ProblemDetails,
  cause?: unknown,
): { readonly ok: false; readonly problem: Problem } {
  return {
    ok: false,
    problem: {
      code,
      ...(details === undefined ? {} : { details }),
      ...(cause === undefined ? {} : { cause }),
    },
  };
}

export function assertNever(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}
