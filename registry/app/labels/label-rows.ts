/** Labels as rows and as what the rules speak of. */
import type { EntryId, SessionId } from '../../../contract/ids.ts';
import {
  labelQuestionOf,
  labelQuestions,
  type Label,
  type LabelQuestionId,
  type LabelSource,
} from '../../../contract/registry/labels.ts';
import { inForce, lastWords, stageOf, type KnownLabel } from '../../core/labels/labels.ts';
import type { Row, StoreReader, StoreTransaction } from '../../ports/store.ts';
import { nowOf, type World } from '../world.ts';

export type StoredLabel = KnownLabel &
  Pick<Row<'labels'>, 'version' | 'byId' | 'byName' | 'at' | 'why' | 'hospitalId'> & {
    readonly via: Label['via'];
  };

/** With their history, in the registry's order. */
export async function labelsOf(
  reader: StoreReader,
  sessionIds: readonly string[],
): Promise<readonly StoredLabel[]> {
  if (sessionIds.length === 0) return [];
  const rows = await reader.find('labels', {
    where: { sessionId: { in: sessionIds } },
    order: [['sequence', 'ascending']],
  });
  return rows.map(storedLabel);
}

/** Rows were checked when they were written; their types come back here. */
export function storedLabel(row: Row<'labels'>): StoredLabel {
  return {
    ...row,
    question: row.question as LabelQuestionId,
    source: row.source as LabelSource,
    via: row.via as Label['via'],
    reading: row.reading as 1 | 2 | null,
  };
}

/** What stands of each session's labels, of whatever source: for whoever trains. */
export async function labelsInForce(
  reader: StoreReader,
  sessionIds: readonly string[],
  question: LabelQuestionId,
): Promise<ReadonlyMap<string, readonly StoredLabel[]>> {
  const labels = (await labelsOf(reader, sessionIds)).filter((label) => label.question === question);
  return Map.groupBy(inForce(labels), ({ sessionId }) => sessionId);
}

/** Labels of one session as the API tells of them. */
export function shownLabels(labels: readonly StoredLabel[]): Label[] {
  const standing = new Set(
    lastWords(labels)
      .filter(({ value }) => value !== null)
      .map(({ id }) => id),
  );
  return labels.map((label) => ({
    id: label.id as EntryId,
    sessionId: label.sessionId as SessionId,
    question: label.question,
    version: label.version,
    value: label.value,
    source: label.source,
    via: label.via,
    by: { id: label.byId, name: label.byName },
    at: label.at,
    why: label.why,
    reading: label.reading,
    isBlind: label.isBlind,
    supersedes: label.supersedes as EntryId | null,
    isInForce: standing.has(label.id),
  }));
}

export type NewRow = Omit<StoredLabel, 'sequence' | 'version' | 'at'> & {
  /** Now, where it is not said. */
  readonly at?: string;
};

/** Writes a label after all that stand there; the caller has looked what it supersedes. */
export async function insertLabel(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  label: NewRow,
): Promise<StoredLabel> {
  const row = {
    at: nowOf(world),
    ...label,
    version: labelQuestionOf(label.question).version,
    sequence: await transaction.next('labels'),
  };
  await transaction.insert('labels', row);
  return row;
}

/** Writes down where a session stands on its way to a label, after anything that may have moved it. */
export async function noteStages(transaction: StoreTransaction, sessionId: string): Promise<void> {
  const session = await transaction.get('sessions', sessionId);
  if (session === undefined) return;
  const standing = inForce(await labelsOf(transaction, [sessionId]));
  const { hospitalId, sequence, state, kind } = session;
  const purposes = session.purposes as readonly string[];
  for (const { id: question } of labelQuestions) {
    const stage = stageOf(
      { state, kind, purposes },
      standing.filter((label) => label.question === question),
    );
    await transaction.put('labelStages', {
      id: `${question}:${sessionId}`,
      sessionId,
      hospitalId,
      question,
      stage,
      sequence,
    });
  }
}

/** Everything that was said of a session, and who was to say it: for a withdrawal. */
export async function removeLabels(transaction: StoreTransaction, sessionId: string): Promise<void> {
  for (const table of ['labels', 'labelReadings', 'labelStages', 'labelViews'] as const) {
    await transaction.deleteWhere(table, { sessionId });
  }
}
