/** What of a session may leave the registry, and in which shape. */
import type { Json } from '../../contract/canonical-json.ts';
import type { Consent, Take } from '../../contract/session.ts';
import type { SessionContent } from '../../contract/registry/sync.ts';

export interface StoredSession {
  readonly hospitalId: string;
  readonly workstationId: string;
  readonly state: 'receiving' | 'received';
  readonly receivedAt: string;
  readonly content: SessionContent;
  readonly takes: readonly Take[];
  readonly results: readonly Json[];
  readonly notes: readonly Json[];
}

export interface ExportWishes {
  readonly purpose: Exclude<Consent['purposes'][number], 'care'>;
  readonly includeConsent: boolean;
}

/**
 * The session as a line of an export; undefined where it must not be in one: not whole, a TEST, a consent that does not
 * cover the purpose, or one whose spoken yes cannot be told from the other recordings.
 */
export function exportedSession(
  { hospitalId, workstationId, state, receivedAt, content, takes, results, notes }: StoredSession,
  { purpose, includeConsent }: ExportWishes,
): { readonly [key: string]: unknown } | undefined {
  const { consent } = content;
  if (state !== 'received' || content.kind === 'TEST') return undefined;
  if (consent === null || !consent.purposes.includes(purpose)) return undefined;
  const consentStep = takes.find((take) => take.id === consent.takeId)?.stepKey;
  if (consentStep === undefined) return undefined;
  const exported = includeConsent ? takes : takes.filter((take) => take.stepKey !== consentStep);
  return {
    format: 'spira-session-1',
    hospitalId,
    workstationId,
    receivedAt,
    session: content,
    takes: exported.map((take) => ({ ...take, audio: audioPath(content.id, take.id) })),
    results,
    notes,
  };
}

/** Where a take's WAV is read, with the reader's own right. */
export function audioPath(sessionId: string, takeId: string): string {
  return `/api/sessions/${sessionId}/takes/${takeId}/audio`;
}
