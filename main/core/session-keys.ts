/** What a session is found and sorted by in the list, from its record and its results. */
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { ScreeningResult, SessionStatus, SessionSummary } from '../../contract/session.ts';
import { foldText } from '../../contract/fold-text.ts';

export type SummaryResults = SessionSummary['results'];

/** `earlier` with one more result: the newest of each model, the newest of all first. */
export function withResult(earlier: SummaryResults, result: ScreeningResult): SummaryResults {
  const { name, version } = result.model;
  const { outcome } = result;
  return [
    {
      model: { name, version },
      isDemonstration: result.model.isDemonstration,
      status: outcome.status,
      decision: outcome.status === 'completed' ? outcome.decision : null,
    },
    ...earlier.filter((other) => other.model.name !== name || other.model.version !== version),
  ];
}

/** Names sort as text, versions of one name as numbers. */
export function modelSortKey(model: ModelReference): string {
  const version = model.version.replace(/\d+/gu, (digits) => digits.padStart(8, '0'));
  return `${model.name} ${version}`;
}

/** Record number and hospital in searchable form; the line break keeps a search from matching across the two. */
export function searchText(session: {
  readonly recordNumber: string | null;
  readonly hospital: string | null;
}): string {
  return `${foldText(session.recordNumber ?? '')}\n${foldText(session.hospital ?? '')}`;
}

/** Complete: the recording part is closed, so a registry may receive it. */
export const completeStatuses: readonly SessionStatus[] = ['recorded', 'processing', 'completed', 'error'];
