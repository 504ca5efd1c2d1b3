/** Which sessions a query finds, in which order: by ordinal, so that only a page of rows is ever read. */
import { z } from 'zod';
import type { SessionQuery } from '../../../contract/app-api.ts';
import { decisions, type Decision } from '../../../contract/model-manifest.ts';
import { foldText } from '../../../contract/fold-text.ts';
import { countRow, epochMs, type Access, type Value } from './access.ts';

const sorts = {
  hospital: { column: 'hospital_key', index: 'sessions_by_hospital' },
  recordNumber: { column: 'record_number_key', index: 'sessions_by_record_number' },
  model: { column: 'model_key', index: 'sessions_by_model' },
  date: { column: 'created_at_ms', index: 'sessions_by_date' },
  status: { column: 'status_rank', index: 'sessions_by_status' },
  decision: { column: 'decision_rank', index: 'sessions_by_decision' },
  sync: { column: 'sync_rank', index: 'sessions_by_sync' },
  kind: { column: 'kind_rank', index: 'sessions_by_kind' },
} as const satisfies Record<SessionQuery['sort']['column'], { column: string; index: string }>;

/** Up to this many sessions are found first and sorted then; more are read in the order of the sort's index. */
const fewSessions = 2000;
const ordinalRow = z.strictObject({ ordinal: z.int() });

export function listSessions(
  access: Access,
  query: SessionQuery,
): { readonly ordinals: readonly number[]; readonly total: number } {
  const { where, parameters } = conditions(query);
  const total =
    access.get(
      countRow,
      `SELECT count(*) AS count FROM sessions INDEXED BY sessions_for_search WHERE ${where}`,
      parameters,
    )?.count ?? 0;
  const direction = query.sort.direction === 'descending' ? 'DESC' : 'ASC';
  const sort = sorts[query.sort.column];
  const index = total <= fewSessions ? 'sessions_for_search' : sort.index;
  const rows = access.all(
    ordinalRow,
    `SELECT ordinal FROM sessions INDEXED BY ${index} WHERE ${where}
     ORDER BY ${sort.column} ${direction} NULLS LAST, ordinal ${direction} LIMIT @limit OFFSET @offset`,
    { ...parameters, limit: query.limit, offset: query.offset },
  );
  return { total, ordinals: rows.map(({ ordinal }) => ordinal) };
}

function conditions({ filter, search }: SessionQuery): {
  readonly where: string;
  readonly parameters: Readonly<Record<string, Value>>;
} {
  const parts: string[] = [];
  const parameters: Record<string, Value> = {};
  const oneOf = (column: string, values: readonly string[] | undefined): void => {
    if (values === undefined) return;
    parts.push(`${column} IN (SELECT value FROM json_each(@${column}))`);
    parameters[column] = JSON.stringify(values);
  };
  if (filter.statuses === undefined) parts.push(`status <> 'discarded'`);
  oneOf('status', filter.statuses);
  oneOf('mode', filter.modes);
  oneOf('kind', filter.kinds);
  oneOf('sync', filter.sync);
  if (filter.decisions !== undefined) {
    parts.push('decision_bits & @decision_bits <> 0');
    parameters['decision_bits'] = decisionBits(filter.decisions);
  }
  if (filter.from !== undefined) {
    parts.push('created_at_ms >= @from');
    parameters['from'] = epochMs(filter.from);
  }
  if (filter.to !== undefined) {
    parts.push('created_at_ms <= @to');
    parameters['to'] = epochMs(filter.to);
  }
  const needle = foldText(search);
  if (needle !== '') {
    parts.push('instr(search_text, @needle) > 0');
    parameters['needle'] = needle;
  }
  return { where: parts.join(' AND ') || 'TRUE', parameters };
}

/** One bit per decision, so that a session is found by any of its models' decisions. */
export function decisionBits(found: readonly Decision[]): number {
  return found.reduce((bits, decision) => bits | (1 << decisions.indexOf(decision)), 0);
}
